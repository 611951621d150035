// Sampling without replacement and the gradients of its log-probability, against enumeration and exact
// formulas.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <numeric>

#include "algorithms/kernels/gumbel_topk.hpp"
#include "algorithms/kernels/philox_words.hpp"
#include "algorithms/kernels/plackett_luce.hpp"
#include "algorithms/kernels/random_subset.hpp"
#include "datasets/arithmetic/canonical_math.hpp"

using namespace maskbench;

namespace {

// Probability of drawing `order` without replacement in proportion to the weights.
double ordered_probability(const std::vector<double>& weight, const std::vector<std::int32_t>& order) {
  double left = std::accumulate(weight.begin(), weight.end(), 0.0), probability = 1;
  for (const std::int32_t i : order) {
    probability *= weight[i] / left;
    left -= weight[i];
  }
  return probability;
}

double set_probability(const std::vector<double>& weight, std::vector<std::int32_t> set) {
  std::sort(set.begin(), set.end());
  double sum = 0;
  do sum += ordered_probability(weight, set);
  while (std::next_permutation(set.begin(), set.end()));
  return sum;
}

// Every ordered sample of `count` of n.
std::vector<std::vector<std::int32_t>> all_orders(std::int32_t n, std::size_t count) {
  std::vector<std::vector<std::int32_t>> orders{{}};
  for (std::size_t k = 0; k < count; ++k) {
    std::vector<std::vector<std::int32_t>> longer;
    for (const auto& order : orders) {
      for (std::int32_t i = 0; i < n; ++i) {
        if (std::find(order.begin(), order.end(), i) != order.end()) continue;
        longer.push_back(order);
        longer.back().push_back(i);
      }
    }
    orders = std::move(longer);
  }
  return orders;
}

MaskSet one_mask(const std::vector<std::int32_t>& items) {
  return {1, static_cast<Index>(items.size()), items};
}

std::vector<double> exps(const std::vector<double>& logits) {
  std::vector<double> weight;
  for (const double logit : logits) weight.push_back(std::exp(logit));
  return weight;
}

}  // namespace

TEST_CASE("canonical exp and log agree with the library's to rounding") {
  for (int k = 0; k < 20000; ++k) {
    const double x = -690 + 0.069 * k;
    CHECK(std::abs(canonical::exp(x) / std::exp(x) - 1) < 1e-15 * std::max(1.0, std::abs(x) * 0.01) + 4e-16);
    const double y = std::exp(x);
    CHECK(std::abs(canonical::log(y) - std::log(y)) <= 4e-16 * std::max(1.0, std::abs(std::log(y))));
  }
  for (double f = 1e-9; f < 0.5; f *= 1.7) {  // near 1 the relative error counts
    CHECK(canonical::log(1 - f) == Approx(std::log1p(-f + (f - (1 - (1 - f))))).epsilon(1e-14));
    CHECK(canonical::one_minus_exp_minus(f) == Approx(-std::expm1(-f)).epsilon(2e-15));
  }
}

TEST_CASE("vectorised Philox words are the stream's") {
  const Stream stream(42, purpose("test"));
  std::vector<std::uint32_t> words;
  philox_words(stream, 0x1234567890u, 37, words);
  for (std::uint64_t i = 0; i < 37; ++i) {
    const auto block = stream.block(i, 0x1234567890u);
    for (std::size_t k = 0; k < 4; ++k) CHECK(words[4 * i + k] == block[k]);
  }
}

TEST_CASE("threshold sampling gives the masks of the plain sort") {
  const Stream stream(7, purpose("masks"));
  for (const double spread : {0.0, 1.0, 6.0, 40.0}) {
    for (const Index picked : {1, 30, 300, 2000}) {
      std::vector<double> weight;
      for (std::uint64_t i = 0; i < 2000; ++i)
        weight.push_back(std::exp(spread * (stream.uniform(i, 999) - 1)));
      MaskSet ordered, ascending;
      MaskSampler sampler;
      sampler.draw(stream, 5, weight, 12, picked, true, ordered);
      sampler.draw(stream, 5, weight, 12, picked, false, ascending);
      for (Index j = 0; j < 12; ++j) {
        auto expected = ordered_sample(stream, 5 + static_cast<std::uint64_t>(j), weight, picked);
        const auto begin = static_cast<std::ptrdiff_t>(j * picked);
        CHECK(std::equal(expected.begin(), expected.end(), ordered.items.begin() + begin));
        std::sort(expected.begin(), expected.end());
        CHECK(std::equal(expected.begin(), expected.end(), ascending.items.begin() + begin));
      }
    }
  }
}

TEST_CASE("masks follow the Plackett-Luce law (chi-square, fixed seed)") {
  const std::vector<double> weight{1.0, 2.5, 0.3, 1.7, 0.9};
  const auto orders = all_orders(5, 3);
  std::map<std::vector<std::int32_t>, double> seen;
  constexpr int kDraws = 60000;
  MaskSampler sampler;
  MaskSet masks;
  sampler.draw(Stream(11, purpose("law")), 0, weight, kDraws, 3, true, masks);
  for (std::size_t j = 0; j < kDraws; ++j)
    ++seen[{masks.items.begin() + static_cast<std::ptrdiff_t>(3 * j),
            masks.items.begin() + static_cast<std::ptrdiff_t>(3 * j + 3)}];
  double chi_square = 0, total = 0;
  for (const auto& order : orders) {
    const double probability = ordered_probability(weight, order);
    const double expected = kDraws * probability;
    total += probability;
    chi_square += (seen[order] - expected) * (seen[order] - expected) / expected;
  }
  CHECK(total == Approx(1.0));
  CHECK(chi_square < 98.3);  // 59 degrees of freedom: exceeded with probability 0.001
}

TEST_CASE("pl_ordered is the gradient of the log-probability and of the enumerated expectation") {
  const std::vector<double> logits{0.3, -1.1, 0.8, 0.0, 1.4, -0.2};
  const auto weight = exps(logits);
  const auto orders = all_orders(6, 3);
  const auto reward = [](const std::vector<std::int32_t>& order) {  // any function of the set
    double sum = 0;
    for (const std::int32_t i : order) sum += std::sin(1.0 + 2 * i) * (i % 2 == 0 ? 1 : 0.3);
    return sum * sum;
  };
  const auto expectation = [&](const std::vector<double>& at) {
    double sum = 0;
    for (const auto& order : orders) sum += ordered_probability(exps(at), order) * reward(order);
    return sum;
  };
  std::vector<double> expected_gradient(6, 0.0), out(6);
  for (const auto& order : orders) {
    const std::vector<double> advantage{ordered_probability(weight, order) * reward(order)};
    pl_ordered_gradient(one_mask(order), weight, advantage, out);
    for (std::size_t i = 0; i < 6; ++i) expected_gradient[i] += out[i];
  }
  for (std::size_t i = 0; i < 6; ++i) {
    auto up = logits, down = logits;
    up[i] += 1e-5;
    down[i] -= 1e-5;
    CHECK(expected_gradient[i] ==
          Approx((expectation(up) - expectation(down)) / 2e-5).epsilon(1e-7).margin(1e-9));
  }
}

TEST_CASE("pl_set is the gradient of the set's log-probability") {
  const std::vector<double> logits{0.3, -1.1, 0.8, 0.0, 1.4, -0.2, -3.0};
  const std::vector<std::int32_t> set{4, 0, 6, 2};
  std::vector<double> out(7);
  pl_set_gradient(one_mask(set), exps(logits), std::vector<double>{1.0}, out);
  CHECK(std::accumulate(out.begin(), out.end(), 0.0) == Approx(0.0).margin(1e-8));
  for (std::size_t i = 0; i < 7; ++i) {
    auto up = logits, down = logits;
    up[i] += 1e-5;
    down[i] -= 1e-5;
    const double slope =
        (std::log(set_probability(exps(up), set)) - std::log(set_probability(exps(down), set))) / 2e-5;
    CHECK(out[i] == Approx(slope).epsilon(1e-6).margin(1e-8));
  }
}

TEST_CASE("pl_set sums to zero for large sets, and is constant where everything is picked") {
  const Stream stream(3, purpose("large"));
  std::vector<double> weight;
  for (std::uint64_t i = 0; i < 500; ++i) weight.push_back(std::exp(3 * stream.uniform(i)));
  MaskSampler sampler;
  MaskSet masks;
  sampler.draw(stream, 1, weight, 2, 200, true, masks);
  std::vector<double> out(500);
  pl_set_gradient(masks, weight, std::vector<double>{1.0, 0.5}, out);
  CHECK(std::accumulate(out.begin(), out.end(), 0.0) == Approx(0.0).margin(1e-6));

  std::vector<std::int32_t> everything(500);
  std::iota(everything.begin(), everything.end(), 0);
  pl_set_gradient(one_mask(everything), weight, std::vector<double>{1.0}, out);
  CHECK(std::all_of(out.begin(), out.end(), [](double g) { return g == 0; }));
}

TEST_CASE(
    "the mask gradient is the advantage-weighted count, and equals pl_ordered's direction at flat logits") {
  const std::vector<double> weight(8, 1.0);
  MaskSampler sampler;
  MaskSet masks;
  sampler.draw(Stream(5, purpose("flat")), 0, weight, 3, 4, false, masks);
  const std::vector<double> advantage{1.0, -0.25, -0.75};
  std::vector<double> out(8);
  mask_gradient(masks, advantage, out);
  for (std::int32_t b = 0; b < 8; ++b) {
    double sum = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      const auto begin = masks.items.begin() + static_cast<std::ptrdiff_t>(4 * j);
      if (std::find(begin, begin + 4, b) != begin + 4) sum += advantage[j];
    }
    CHECK(out[b] == Approx(sum));
  }
}

TEST_CASE("random subsets are distinct, ascending and uniform") {
  const Stream stream(9, purpose("subset"));
  std::vector<int> seen(10, 0);
  for (std::uint64_t draw = 0; draw < 20000; ++draw) {
    const auto subset = random_subset(stream, draw, 10, 3);
    REQUIRE(subset.size() == 3);
    REQUIRE(std::is_sorted(subset.begin(), subset.end()));
    REQUIRE(std::adjacent_find(subset.begin(), subset.end()) == subset.end());
    for (const Index i : subset) ++seen[i];
  }
  for (const int count : seen) CHECK(std::abs(count - 6000) < 5 * std::sqrt(20000 * 0.3 * 0.7));
  CHECK(random_subset(stream, 0, 5, 5) == std::vector<Index>{0, 1, 2, 3, 4});
  CHECK(random_subset(stream, 0, 5, 0).empty());
}

TEST_CASE("a random partition holds every number once, in parts of almost equal size") {
  const auto parts = random_partition(Stream(1, 2), 103, 10);
  std::vector<Index> all;
  for (const auto& part : parts) {
    CHECK((part.size() == 10 || part.size() == 11));
    all.insert(all.end(), part.begin(), part.end());
  }
  std::sort(all.begin(), all.end());
  REQUIRE(all.size() == 103);
  for (Index i = 0; i < 103; ++i) CHECK(all[i] == i);
}
