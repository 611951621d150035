#include <omp.h>
#include <openssl/evp.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "datasets/core/source_registry.hpp"
#include "datasets/synthetic/edu_score_grid.hpp"
#include "datasets/synthetic/inverse_normal.hpp"
#include "datasets/synthetic/synthetic_web.hpp"

using namespace maskbench;

namespace {

SyntheticWebParams shaped(Index n, Index d, Index seed) {
  SyntheticWebParams params;
  params.n = n;
  params.d = d;
  params.seed = seed;
  return params;
}

SyntheticWebRows drawn(const SyntheticWebParams& params) {
  return SyntheticWeb(params).rows(0, params.n);
}

// Every column's bytes of rows [first, first + count), one after the other.
std::string bytes_of(const SyntheticWebRows& rows, std::size_t first, std::size_t count) {
  const std::size_t d = rows.features.size() / rows.length.size();
  std::string bytes(reinterpret_cast<const char*>(rows.features.data() + first * d),
                    count * d * sizeof(float));
  for (const auto* column : {&rows.dclm, &rows.edu, &rows.wiki}) {
    bytes.append(reinterpret_cast<const char*>(column->data() + first), count * sizeof(float));
  }
  for (const auto* column : {&rows.length, &rows.cluster, &rows.duplicate_group, &rows.good}) {
    bytes.append(reinterpret_cast<const char*>(column->data() + first), count * sizeof(std::int32_t));
  }
  return bytes;
}

std::string all_bytes(const SyntheticWebRows& rows) {
  return bytes_of(rows, 0, rows.length.size());
}

std::string sha256(const std::string& bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha256(), nullptr);
  std::string text;
  for (unsigned int i = 0; i < size; ++i) {
    text += "0123456789abcdef"[digest[i] >> 4];
    text += "0123456789abcdef"[digest[i] & 15];
  }
  return text;
}

double row_product(const float* a, const float* b, std::size_t d) {
  double sum = 0;
  for (std::size_t j = 0; j < d; ++j) sum += static_cast<double>(a[j]) * static_cast<double>(b[j]);
  return sum;
}

template <class T>
double quantile(std::vector<T> values, double share) {
  std::sort(values.begin(), values.end());
  return static_cast<double>(
      values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))]);
}

template <class T>
std::vector<double> ranks(const std::vector<T>& values) {  // equal values share their mean rank
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> rank(values.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t end = first;
    while (end < order.size() && !(values[order[first]] < values[order[end]])) ++end;
    for (std::size_t i = first; i < end; ++i) rank[order[i]] = 0.5 * static_cast<double>(first + end - 1);
    first = end;
  }
  return rank;
}

template <class A, class B>
double spearman(const std::vector<A>& left, const std::vector<B>& right) {
  const std::vector<double> a = ranks(left), b = ranks(right);
  const double mean = 0.5 * static_cast<double>(a.size() - 1);
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - mean) * (b[i] - mean);
    aa += (a[i] - mean) * (a[i] - mean);
    bb += (b[i] - mean) * (b[i] - mean);
  }
  return ab / std::sqrt(aa * bb);
}

}  // namespace

TEST_CASE("canonical log, exp and inverse normal agree with libm", "[synthetic_web]") {
  for (double x = 1e-12; x < 1e12; x *= 1.37) {
    REQUIRE(canonical::log(x) == Approx(std::log(x)).epsilon(1e-14).margin(1e-15));
  }
  for (double x = -50; x < 50; x += 0.37) REQUIRE(canonical::exp(x) == Approx(std::exp(x)).epsilon(1e-13));
  for (double u = 1e-9; u < 1; u += 0.00037) {
    REQUIRE(0.5 * std::erfc(-canonical::inverse_normal(u) / std::sqrt(2.0)) == Approx(u).epsilon(1e-5));
  }
}

TEST_CASE("the mixing keeps dot products and spreads an axis over all coordinates", "[synthetic_web]") {
  for (const std::size_t d : {2u, 3u, 16u, 100u, 384u}) {
    const Mixing mixing(d, Stream(11, purpose("test mixing")));
    std::vector<float> a(d), b(d), spare(d);
    for (std::size_t j = 0; j < d; ++j) {
      a[j] = static_cast<float>(std::sin(static_cast<double>(j)));
      b[j] = static_cast<float>(std::cos(static_cast<double>(j * j)));
    }
    const double before = row_product(a.data(), b.data(), d), norm = row_product(a.data(), a.data(), d);
    mixing.apply(a, spare);
    mixing.apply(b, spare);
    CHECK(row_product(a.data(), b.data(), d) == Approx(before).margin(1e-4));
    CHECK(row_product(a.data(), a.data(), d) == Approx(norm).epsilon(1e-5));
  }
  std::vector<float> axis(384), spare(384);
  axis[0] = 1.0f;
  Mixing(384, Stream(11, purpose("test mixing"))).apply(axis, spare);
  const float largest = *std::max_element(axis.begin(), axis.end(),
                                          [](float a, float b) { return std::fabs(a) < std::fabs(b); });
  CHECK(std::fabs(largest) < 0.35f);
}

TEST_CASE("the first rows of synthetic_web do not change when n grows", "[synthetic_web]") {
  SyntheticWebParams params = shaped(500, 24, 3);
  params.duplicates = 0.2;
  const SyntheticWebRows few = drawn(params);
  params.n = 2000;
  const SyntheticWebRows many = drawn(params);
  CHECK(all_bytes(few) == bytes_of(many, 0, 500));
  CHECK(all_bytes(SyntheticWeb(params).rows(700, 300)) == bytes_of(many, 700, 300));
}

TEST_CASE("synthetic_web draws the same bytes on every machine and thread count", "[synthetic_web]") {
  const SyntheticWebParams params = shaped(64, 16, 7);
  const int threads = omp_get_max_threads();
  omp_set_num_threads(1);
  const std::string alone = all_bytes(drawn(params));
  omp_set_num_threads(2);
  const std::string shared = all_bytes(drawn(params));
  omp_set_num_threads(threads);
  CHECK(alone == shared);
  CHECK(sha256(alone) == "07fc7ec2a4af3a79069122aebc5939c359fc5ebd1e4de6f0220067349e69a0eb");
  CHECK(all_bytes(drawn(shaped(64, 16, 8))) != alone);
}

TEST_CASE("synthetic_web lies where real web documents lie", "[synthetic_web]") {
  constexpr std::size_t kRows = 3000, kWidth = 384;
  const SyntheticWebRows rows = drawn(shaped(kRows, kWidth, 1));
  std::vector<double> mean(kWidth), cosines;
  for (std::size_t i = 0; i < kRows; ++i) {
    const float* const row = rows.features.data() + i * kWidth;
    REQUIRE(row_product(row, row, kWidth) == Approx(1.0).margin(1e-6));
    for (std::size_t j = 0; j < kWidth; ++j) mean[j] += static_cast<double>(row[j]) / kRows;
    cosines.push_back(row_product(row, rows.features.data() + (i * 7 + 1) % kRows * kWidth, kWidth));
  }
  CHECK(std::sqrt(std::inner_product(mean.begin(), mean.end(), mean.begin(), 0.0)) ==
        Approx(0.892).margin(0.003));
  CHECK(quantile(cosines, 0.5) == Approx(0.795).margin(0.006));
  CHECK(quantile(cosines, 0.01) == Approx(0.736).margin(0.012));
  CHECK(quantile(cosines, 0.99) == Approx(0.856).margin(0.012));

  CHECK(spearman(rows.dclm, rows.length) == Approx(0.765).margin(0.05));
  CHECK(spearman(rows.edu, rows.wiki) == Approx(0.40).margin(0.07));
  CHECK(spearman(rows.dclm, rows.edu) == Approx(0.12).margin(0.07));
  CHECK(spearman(rows.dclm, rows.wiki) == Approx(-0.02).margin(0.07));
  CHECK(quantile(rows.length, 0.05) == Approx(92).epsilon(0.15));
  CHECK(quantile(rows.length, 0.5) == Approx(482).epsilon(0.1));
  CHECK(quantile(rows.length, 0.95) == Approx(2130).epsilon(0.15));
  CHECK(*std::min_element(rows.length.begin(), rows.length.end()) >= 1);

  std::set<float> grid, found(rows.edu.begin(), rows.edu.end());
  for (const GridScore& one : kEduScoreGrid) grid.insert(one.score);
  CHECK(std::includes(grid.begin(), grid.end(), found.begin(), found.end()));
  CHECK(found.size() > 120);
  CHECK(quantile(rows.edu, 0.5) == Approx(1.96).margin(0.06));
}

TEST_CASE("synthetic_web's planted truth shows in what is drawn", "[synthetic_web]") {
  SyntheticWebParams params = shaped(4000, 64, 5);
  params.duplicates = 0.3;
  params.clusters = 20;
  params.zipf = 1.0;
  params.zipf_offset = 0.0;
  params.good = 0.2;
  const SyntheticWebRows rows = drawn(params);
  const auto feature = [&](std::int32_t i) { return rows.features.data() + i * 64; };

  double copies = 0, copy_cosine = 0, lowest = 1;
  for (std::int32_t i = 0; i < 4000; ++i) {
    const std::size_t at = i;
    const std::int32_t source = rows.duplicate_group[at];
    REQUIRE(source <= i);
    REQUIRE(rows.duplicate_group[source] == source);
    if (source == i) continue;
    REQUIRE(rows.cluster[at] == rows.cluster[source]);
    const double cosine = row_product(feature(i), feature(source), 64);
    copies += 1;
    copy_cosine += cosine;
    lowest = std::min(lowest, cosine);
  }
  CHECK(copies / 4000 == Approx(0.3).margin(0.025));
  CHECK(copy_cosine / copies > 0.96);
  CHECK(lowest > 0.85);

  std::vector<double> sizes(20), dclm(20);
  double good = 0, good_dclm = 0, all_dclm = 0;
  for (std::size_t i = 0; i < 4000; ++i) {
    const std::size_t k = rows.cluster[i];
    const auto score = static_cast<double>(rows.dclm[i]);
    sizes[k] += 1;
    dclm[k] += score;
    good += rows.good[i];
    good_dclm += rows.good[i] * score;
    all_dclm += score;
  }
  CHECK(sizes[0] / 4000 == Approx(0.278).margin(0.03));  // 1 / (1 + 1/2 + ... + 1/20)
  CHECK(sizes[1] / sizes[0] == Approx(0.5).margin(0.07));
  CHECK(good / 4000 == Approx(0.2).margin(0.04));
  CHECK(good_dclm / good - all_dclm / 4000 > 0.4);  // half a deviation and more

  double between = 0, total = 0;
  for (std::size_t k = 0; k < 20; ++k)
    between += sizes[k] * std::pow(dclm[k] / sizes[k] - all_dclm / 4000, 2);
  for (const float score : rows.dclm) total += std::pow(static_cast<double>(score) - all_dclm / 4000, 2);
  CHECK(between / total == Approx(0.38).margin(0.08));
}

TEST_CASE("synthetic_web at the edges of its parameters", "[synthetic_web]") {
  SyntheticWebParams params = shaped(50, 2, 0);
  params.clusters = 1;
  params.duplicates = 0;
  const SyntheticWebRows narrow = drawn(params);
  for (std::size_t i = 0; i < 50; ++i) {
    REQUIRE(narrow.duplicate_group[i] == static_cast<std::int32_t>(i));
    REQUIRE(std::isfinite(narrow.dclm[i]));
    REQUIRE(row_product(narrow.features.data() + 2 * i, narrow.features.data() + 2 * i, 2) ==
            Approx(1.0).margin(1e-6));
  }
  params = shaped(50, 7, 0);
  params.duplicate_cosine = 1;  // copies are exact
  params.duplicates = 0.9;
  const SyntheticWebRows copies = drawn(params);
  for (std::size_t i = 0; i < 50; ++i) {
    const std::size_t source = copies.duplicate_group[i];
    REQUIRE(bytes_of(copies, i, 1).substr(0, 28) == bytes_of(copies, source, 1).substr(0, 28));
  }
}

TEST_CASE("synthetic_web is a registered source that refuses bad parameters", "[synthetic_web]") {
  const auto data = sources().make(parse_spec("synthetic_web[n=40,d=8,seed=2]"))->load();
  CHECK(data->size() == 40);
  CHECK(data->features().cols == 8);
  CHECK(data->quality_columns() == std::vector<std::string>{"dclm", "edu", "wiki"});
  CHECK(data->lengths().size() == 40);
  CHECK(data->label("duplicate_group").size() == 40);
  const SyntheticWebRows rows = drawn(shaped(40, 8, 2));
  CHECK(std::memcmp(data->features().data, rows.features.data(), 40 * 8 * sizeof(float)) == 0);
  CHECK(sources().find("synthetic_web").traits.seeded);

  for (const char* bad : {"n=0", "n=-5", "d=1", "d=x", "zipf=-1", "zipf_offset=-1", "clusters=0",
                          "cluster_share=1.5", "mean_norm=1", "duplicates=1", "duplicates=-0.1",
                          "duplicate_cosine=2", "good=0", "good=nan", "seed=-1", "rows=5"}) {
    INFO(bad);
    CHECK_THROWS_AS(sources().make(parse_spec(std::string("synthetic_web[") + bad + "]")), UserError);
  }
  CHECK_THROWS_AS(SyntheticWeb(read_params<SyntheticWebParams>("", {{"clusters", "100000"}, {"d", "20000"}})),
                  UserError);
}
