#include "datasets/synthetic/synthetic_web.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>
#include <string>
#include <utility>

#include "datasets/core/dataset.hpp"
#include "datasets/core/huge_pages.hpp"
#include "datasets/core/source_registry.hpp"
#include "datasets/core/watch.hpp"
#include "datasets/synthetic/edu_score_grid.hpp"
#include "datasets/synthetic/inverse_normal.hpp"

namespace maskbench {
namespace {

// What scripts/fit_synthetic_web measures on web_sample and prints; the card has both sides. Latents in the
// order dclm, edu, wiki, length, good. Human judgements (targets_dclm_human) say how `good` goes with dclm
// (AUC 0.87) and length (0.74); its 0.35 and 0.25 with edu and wiki, and its shares, are chosen.
constexpr double kCorrelation[5][5] = {{1.000, 0.121, -0.023, 0.785, 0.780},
                                       {0.121, 1.000, 0.419, 0.082, 0.350},
                                       {-0.023, 0.419, 1.000, -0.077, 0.250},
                                       {0.785, 0.082, -0.077, 1.000, 0.530},
                                       {0.780, 0.350, 0.250, 0.530, 1.000}};
constexpr double kClusterPart[5] = {0.38, 0.35, 0.36, 0.27, 0.35};  // share of variance
// Of the row's part, the share along the first five axes.
constexpr double kFeaturePart[5] = {0.36, 0.36, 0.32, 0.29, 0.36};
constexpr double kDclmMean = 0.295, kDclmDeviation = 0.682;
constexpr double kWikiMean = -4.258, kWikiDeviation = 1.061;
// Tokens; deviations of log length below and above the median.
constexpr double kLengthMedian = 482.0, kLengthShorter = 1.007, kLengthLonger = 0.89;
// Deviation of a row's cosine to the mean's axis, times 1 - m^2; its correlation with the length's latent.
constexpr double kCosineDeviation = 0.074, kCosineByLength = 0.20;
constexpr double kSpectrumTail = 0.5;  // variance along axis j is j^-decay exp(-tail (j / d)^2)
constexpr double kTightest = 0.6;      // largest share of its rows' variance that a cluster explains

constexpr double kGolden = std::numbers::phi - 1.0;
constexpr std::size_t kLength = 3, kGood = 4;

// In (0, 1).
double uniform(std::uint32_t word) {
  return (static_cast<double>(word) + 0.5) * 0x1p-32;
}

double normal(std::uint32_t word) {
  return canonical::inverse_normal(uniform(word));
}

double power(double base, double exponent) {
  return canonical::exp(exponent * canonical::log(base));
}

// Normals 0, 1, ... of the stream's counter `row`. The middle's formula for all of a batch, then the tails: a
// branch for each number would cost as much again.
void fill_normals(const Stream& stream, Index row, std::span<float> out) {
  constexpr std::size_t kBatch = 64;
  std::array<double, kBatch> q;
  for (std::size_t at = 0; at < out.size(); at += kBatch) {
    for (std::size_t i = 0; i < kBatch; i += 4) {
      const auto words = stream.block(static_cast<std::uint64_t>(row), (at + i) / 4);
      for (std::size_t w = 0; w < 4; ++w) q[i + w] = uniform(words[w]) - 0.5;
    }
    const std::span<float> batch = out.subspan(at, std::min(kBatch, out.size() - at));
    for (std::size_t i = 0; i < batch.size(); ++i)
      batch[i] = static_cast<float>(canonical::inverse_normal_middle(q[i]));
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (std::fabs(q[i]) > canonical::kMiddle)
        batch[i] = static_cast<float>(canonical::inverse_normal_tail(q[i]));
    }
  }
}

// The five columns get mean 0, variance 1 and no correlation under the weights, so that what is fitted does
// not hang on the few draws of the large clusters. With fewer clusters than columns the last ones become 0.
template <std::size_t k>
void whiten(std::vector<std::array<double, k>>& rows, const std::vector<double>& weight) {
  const auto dot = [&](std::size_t a, std::size_t b) {
    double sum = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) sum += weight[i] * rows[i][a] * rows[i][b];
    return sum;
  };
  for (std::size_t a = 0; a < k; ++a) {
    double mean = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) mean += weight[i] * rows[i][a];
    for (auto& row : rows) row[a] -= mean;
    for (std::size_t b = 0; b < a; ++b) {
      const double along = dot(a, b);
      for (auto& row : rows) row[a] -= along * row[b];
    }
    const double variance = dot(a, a);
    for (auto& row : rows) row[a] = variance > 1e-9 ? row[a] / std::sqrt(variance) : 0.0;
  }
}

template <std::size_t k>
std::array<double, k> times(const std::array<std::array<double, k>, k>& lower,
                            const std::array<double, k>& vector) {
  std::array<double, k> product{};
  for (std::size_t a = 0; a < k; ++a) {
    for (std::size_t b = 0; b <= a; ++b) product[a] += lower[a][b] * vector[b];
  }
  return product;
}

}  // namespace

// What a row is made of before copies are mixed.
struct SyntheticWeb::Draw {
  Latents latent;
  double cosine;               // deviation of its cosine to the mean's axis
  std::vector<float> normals;  // axes
};

struct SyntheticWeb::Scratch {
  explicit Scratch(std::size_t d)
      : mine{{}, 0, std::vector<float>(d - 1)}, own{{}, 0, std::vector<float>(d - 1)}, values(d), spare(d) {}
  Draw mine, own;
  std::vector<float> values, spare;
};

SyntheticWeb::SyntheticWeb(const SyntheticWebParams& params)
    : params_(params),
      axes_(params.d - 1),
      layout_(static_cast<std::uint64_t>(params.seed), purpose("synthetic_web layout")),
      trait_(static_cast<std::uint64_t>(params.seed), purpose("synthetic_web trait")),
      noise_(static_cast<std::uint64_t>(params.seed), purpose("synthetic_web noise")),
      mixing_(params.d, Stream(static_cast<std::uint64_t>(params.seed), purpose("synthetic_web mixing"))) {
  if (params_.clusters * params_.d > (Index{1} << 30)) {
    throw UserError("synthetic_web: clusters times d is " + std::to_string(params_.clusters * params_.d) +
                    "; at most 2^30 (4 GiB of centres) is allowed");
  }
  std::vector<double> variance(axes_);
  double sum = 0;
  for (std::size_t a = 0; a < axes_; ++a) {
    const auto j = static_cast<double>(a + 1);
    const double part = j / static_cast<double>(params_.d);
    variance[a] = power(j, -params_.decay) * canonical::exp(-kSpectrumTail * part * part);
    sum += variance[a];
  }
  for (const double one : variance) scale_.push_back(static_cast<float>(std::sqrt(one / sum)));

  for (std::size_t a = 0; a < kLatents; ++a) {  // Cholesky
    for (std::size_t b = 0; b <= a; ++b) {
      double rest = kCorrelation[a][b];
      for (std::size_t c = 0; c < b; ++c) rest -= factor_[a][c] * factor_[b][c];
      factor_[a][b] = a == b ? std::sqrt(rest) : rest / factor_[b][b];
    }
  }

  double documents = 0, below = 0;
  for (const GridScore& one : kEduScoreGrid) documents += one.documents;
  for (const GridScore& one : kEduScoreGrid) {
    below += one.documents;
    if (below < documents) grid_.push_back(canonical::inverse_normal(below / documents));
  }
  good_above_ = -canonical::inverse_normal(params_.good);

  // A copy that keeps a share 1 - e of its variance has expected cosine 1 - (1 - m^2)(1 - sqrt(1 - e)) to its
  // original.
  const double kept =
      std::max(0.0, 1.0 - (1.0 - params_.duplicate_cosine) / (1.0 - params_.mean_norm * params_.mean_norm));
  edit_limit_ = 1.0 - kept * kept;
  draw_clusters();
}

void SyntheticWeb::draw_clusters() {
  const std::size_t clusters = params_.clusters;
  std::vector<double> weight(clusters);
  double sum = 0;
  for (std::size_t k = 0; k < clusters; ++k) {
    weight[k] = power(static_cast<double>(k + 1) + params_.zipf_offset, -params_.zipf);
    sum += weight[k];
  }
  for (double& one : weight) one /= sum;
  double reach = 0;
  for (const double one : weight) reach_.push_back(reach += one);

  const Stream stream(static_cast<std::uint64_t>(params_.seed), purpose("synthetic_web cluster"));
  const double start = stream.uniform(0);
  centre_.resize(clusters * axes_);
  std::vector<double> mean(axes_);
  for (std::size_t k = 0; k < clusters; ++k) {
    // The share that a cluster explains is exponential over clusters: most are loose, a few are templates.
    // Equidistributed over the ranks, so that no seed makes all large clusters tight.
    const double spread = static_cast<double>(k) * kGolden + start;
    const double share =
        std::min(kTightest, -params_.cluster_share * canonical::log(1.0 - (spread - std::floor(spread))));
    within_.push_back(static_cast<float>(std::sqrt(1.0 - share)));
    const std::span<float> centre(centre_.data() + k * axes_, axes_);
    fill_normals(stream.split(1), static_cast<Index>(k), centre);
    for (std::size_t a = 0; a < axes_; ++a) {
      centre[a] *= static_cast<float>(std::sqrt(share));
      mean[a] += weight[k] * static_cast<double>(centre[a]);
    }
  }
  for (std::size_t k = 0; k < clusters; ++k) {  // around 0, so that the rows' mean is the mean's axis
    for (std::size_t a = 0; a < axes_; ++a) centre_[k * axes_ + a] -= static_cast<float>(mean[a]);
  }
  draw_effects(weight);
}

void SyntheticWeb::draw_effects(const std::vector<double>& weight) {
  const Stream stream(static_cast<std::uint64_t>(params_.seed), purpose("synthetic_web effect"));
  effect_.resize(weight.size());
  for (std::size_t k = 0; k < effect_.size(); ++k) {
    for (std::size_t j = 0; j < kLatents; ++j)
      effect_[k][j] = canonical::inverse_normal(stream.uniform(k, j));
  }
  whiten(effect_, weight);
  for (Latents& one : effect_) one = times(factor_, one);
}

Index SyntheticWeb::original(Index row) const {
  while (row > 0 && layout_.uniform(static_cast<std::uint64_t>(row), 0) < params_.duplicates) {
    row = static_cast<Index>(
        layout_.below(static_cast<std::uint64_t>(row), static_cast<std::uint64_t>(row), 1));
  }
  return row;
}

void SyntheticWeb::draw(Index row, Draw& into) const {
  fill_normals(noise_, row, into.normals);
  const auto first = trait_.block(static_cast<std::uint64_t>(row), 0);
  const auto second = trait_.block(static_cast<std::uint64_t>(row), 1);
  for (std::size_t j = 0; j < kLatents; ++j) into.latent[j] = normal(j < 4 ? first[j] : second[j - 4]);
  into.cosine = normal(second[1]);
}

void SyntheticWeb::mix_copy(Draw& of_original, const Draw& own, double edit) const {
  const double keep = std::sqrt(1.0 - edit), change = std::sqrt(edit);
  for (std::size_t j = 0; j < kLatents; ++j)
    of_original.latent[j] = keep * of_original.latent[j] + change * own.latent[j];
  const auto keep_f = static_cast<float>(keep), change_f = static_cast<float>(change);
  for (std::size_t a = 0; a < axes_; ++a) {
    of_original.normals[a] = keep_f * of_original.normals[a] + change_f * own.normals[a];
  }
}

void SyntheticWeb::write(Index row, Index at, Scratch& scratch, SyntheticWebRows& out) const {
  const Index source = original(row);
  Draw& mine = scratch.mine;
  draw(source, mine);
  if (source != row) {
    draw(row, scratch.own);
    mix_copy(mine, scratch.own, edit_limit_ * layout_.uniform(static_cast<std::uint64_t>(row), 3));
  }
  const double reached = layout_.uniform(static_cast<std::uint64_t>(source), 2);
  const auto found =
      std::upper_bound(reach_.begin(), reach_.end() - 1, reached);  // the last one takes what rounding left
  const std::size_t k = found - reach_.begin();

  for (std::size_t j = 0; j < std::min(kLatents, axes_); ++j) {
    mine.latent[j] = std::sqrt(kFeaturePart[j]) * static_cast<double>(mine.normals[j]) +
                     std::sqrt(1.0 - kFeaturePart[j]) * mine.latent[j];
  }
  Latents latent = times(factor_, mine.latent);
  for (std::size_t j = 0; j < kLatents; ++j) {
    latent[j] = std::sqrt(kClusterPart[j]) * effect_[k][j] + std::sqrt(1.0 - kClusterPart[j]) * latent[j];
  }

  const double wobble =
      std::sqrt(1.0 - kCosineByLength * kCosineByLength) * mine.cosine + kCosineByLength * latent[kLength];
  const double m = params_.mean_norm;
  const double cosine = std::clamp(m + kCosineDeviation * (1.0 - m * m) * wobble, -0.999, 0.999);
  const auto radius = static_cast<float>(std::sqrt(1.0 - cosine * cosine));
  const float* const centre = centre_.data() + k * axes_;
  scratch.values[0] = static_cast<float>(cosine);
  for (std::size_t a = 0; a < axes_; ++a) {
    scratch.values[a + 1] = radius * (scale_[a] * (centre[a] + within_[k] * mine.normals[a]));
  }
  mixing_.apply(scratch.values, scratch.spare);
  double norm = 0;
  for (const float value : scratch.values) norm += static_cast<double>(value) * static_cast<double>(value);
  norm = std::sqrt(norm);
  float* const features = out.features.data() + at * (axes_ + 1);
  for (std::size_t a = 0; a <= axes_; ++a)
    features[a] = static_cast<float>(static_cast<double>(scratch.values[a]) / norm);

  const std::size_t i = at;
  const auto step = std::upper_bound(grid_.begin(), grid_.end(), latent[1]) - grid_.begin();
  out.dclm[i] = static_cast<float>(kDclmMean + kDclmDeviation * latent[0]);
  out.edu[i] = kEduScoreGrid[step].score;
  out.wiki[i] = static_cast<float>(kWikiMean + kWikiDeviation * latent[2]);
  const double deviation = latent[kLength] < 0 ? kLengthShorter : kLengthLonger;
  out.length[i] = 1 + static_cast<std::int32_t>(kLengthMedian * canonical::exp(deviation * latent[kLength]));
  out.cluster[i] = static_cast<std::int32_t>(k);
  out.duplicate_group[i] = static_cast<std::int32_t>(source);
  out.good[i] = latent[kGood] > good_above_ ? 1 : 0;
}

SyntheticWebRows SyntheticWeb::rows(Index first, Index count) const {
  MASKBENCH_CHECK(first >= 0 && count >= 0, "rows from 0 on");
  const std::size_t size = count;
  SyntheticWebRows out;
  out.features.reserve(size * (axes_ + 1));
  prefer_huge_pages(out.features);
  out.features.resize(size * (axes_ + 1));
  for (std::vector<float>* column : {&out.dclm, &out.edu, &out.wiki}) column->resize(size);
  for (std::vector<std::int32_t>* column : {&out.length, &out.cluster, &out.duplicate_group, &out.good}) {
    column->resize(size);
  }
  constexpr Index kRows = 64;  // between two looks
  Looks looks((count + kRows - 1) / kRows);
#pragma omp parallel
  {
    Scratch scratch(axes_ + 1);
#pragma omp for schedule(static)
    for (Index begin = 0; begin < count; begin += kRows) {
      if (looks.stopped()) continue;
      for (Index i = begin; i < std::min(count, begin + kRows); ++i) write(first + i, i, scratch, out);
    }
  }
  looks.finish();
  return out;
}

namespace {

class SyntheticWebSource final : public Source {
 public:
  using Params = SyntheticWebParams;
  SyntheticWebSource(const Params& params, const SourceName& name) : params_(params), name_(name) {}

  std::shared_ptr<const Dataset> load(const std::string& scratch) const override {
    const SyntheticWeb web(params_);
    DatasetBuilder builder(name_.canonical, params_.n);
    SyntheticWebRows rows;
    constexpr double kMaking = 0.9;  // of the work; the rest is the check of the rows
    if (scratch.empty()) {
      {
        const PartOfWork part(0, kMaking);
        rows = web.rows(0, params_.n);
      }
      const PartOfWork part(kMaking, 1);
      builder.features(kFeatures, std::move(rows.features), params_.d);
    } else {
      builder.features(kFeatures, write_rows(web, scratch, rows));
    }
    builder.score("dclm", std::move(rows.dclm));
    builder.score("edu", std::move(rows.edu));
    builder.score("wiki", std::move(rows.wiki));
    builder.quality_columns({"dclm", "edu", "wiki"});
    builder.sizes("tokens", "length", std::move(rows.length));
    builder.label("cluster", std::move(rows.cluster));
    builder.label("duplicate_group", std::move(rows.duplicate_group));
    builder.label("good", std::move(rows.good));
    return builder.build();
  }

  DataSize size() const override {
    constexpr Index kColumns = 7;  // of four bytes a row
    return {params_.n, params_.n * params_.d * 4, params_.n * kColumns * 4};
  }

 private:
  static constexpr const char* kFeatures = "embedding";

  // The features go to a scratch file some thousand rows at a time, the other columns to `all`.
  std::shared_ptr<const RowFile> write_rows(const SyntheticWeb& web, const std::string& scratch,
                                            SyntheticWebRows& all) const {
    const auto file = std::make_shared<RowFile>(scratch, params_.d, params_.n);
    const auto place = [&](Index row) { return name_.key + ", row " + std::to_string(row); };
    const auto append = [&](auto& column, const auto& more) {
      column.reserve(params_.n);
      column.insert(column.end(), more.begin(), more.end());
    };
    const Index together = 16 * file->tile_rows();
    for (Index first = 0; first < params_.n; first += together) {
      SyntheticWebRows some = web.rows(first, std::min(together, params_.n - first));
      check_rows(some.features, params_.d, true, kFeatures, [&](Index row) { return place(first + row); });
      file->append(some.features);
      append(all.dclm, some.dclm);
      append(all.edu, some.edu);
      append(all.wiki, some.wiki);
      append(all.length, some.length);
      append(all.cluster, some.cluster);
      append(all.duplicate_group, some.duplicate_group);
      append(all.good, some.good);
    }
    return file;
  }

  Params params_;
  SourceName name_;
};

}  // namespace

MASKBENCH_SOURCE(synthetic_web, SyntheticWebSource,
                 "documents drawn to look like FineWeb, with the truth behind them", "penedo2024fineweb",
                 .seeded = true)

}  // namespace maskbench
