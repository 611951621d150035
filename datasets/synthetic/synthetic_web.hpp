// synthetic_web: rows that stand in for embedded web documents at any size, with the truth behind them.
//
// Row i, before it is mixed and brought to unit norm, is
//
//   ( g_i,  sqrt(1 - g_i^2) s_a (c_ka + w_k e_ia)  for a = 1 .. d-1 )
//
// g_i is its cosine to the shared mean: `mean_norm` and a deviation, larger for longer documents. k is its
// cluster, drawn by the Zipf-Mandelbrot law; s_a the decaying scale of axis a; c_k the cluster's centre and
// w_k^2 the share of variance that the centre leaves (exponential over clusters: most are loose, a few are
// templates); e_i the row's own standard normals. The vector is then turned by an orthogonal map that depends
// on the seed (mixing.hpp): the coordinates of real embeddings are not their principal axes, so they
// correlate, and DiSF and quantisation have to see that.
//
// Five latent normals (dclm, edu, wiki, length, good), correlated with each other, are part cluster, part
// row, and of the row's part a share lies along the first five axes, so that scores can be read off the
// features, as real ones can.
//
// A copy (probability `duplicates`) takes an earlier row, drawn uniformly, goes back to that one's original,
// and mixes its own normals into the original's; uniform choice makes the sizes of groups of copies a power
// law.
//
// Every row is a pure function of (seed, row, parameters): nothing depends on n, on other rows or on threads,
// and the arithmetic is canonical (datasets/arithmetic/canonical_math.hpp), so that the bytes are the same on
// every machine. The defaults are fitted by scripts/fit_synthetic_web; the card has both sides.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "datasets/core/params.hpp"
#include "datasets/core/random.hpp"
#include "datasets/core/types.hpp"
#include "datasets/synthetic/mixing.hpp"

namespace maskbench {

struct SyntheticWebParams {
  std::int64_t n = 10000;
  std::int64_t d = 384;
  std::int64_t seed = 0;
  std::int64_t clusters = 1000;
  double zipf = 1.6;
  double zipf_offset = 31.0;
  double cluster_share = 0.15;
  double mean_norm = 0.892;
  double decay = 0.42;
  double duplicates = 0.003;
  double duplicate_cosine = 0.95;
  double good = 0.1;

  template <class Visit>
  void fields(Visit&& visit) {
    visit("n", n, between(1, std::numeric_limits<std::int32_t>::max()), "rows");
    visit("d", d, between(2, 65536), "features a row");
    visit("seed", seed, between(0, 0x1p53), "what all rows are drawn from");
    visit("clusters", clusters, between(1, 100000), "clusters to draw from");
    visit("zipf", zipf, between(0, 10), "cluster r has weight (r + zipf_offset)^-zipf");
    visit("zipf_offset", zipf_offset, between(0, 1e6), "flattens the largest clusters");
    visit("cluster_share", cluster_share, between(0, 0.9),
          "share of a row's variance that its cluster explains");
    visit("mean_norm", mean_norm, between(0, 0.999), "norm of the mean of the unit rows");
    visit("decay", decay, between(0, 10), "variance along principal direction j falls as j^-decay");
    visit("duplicates", duplicates, between(0, 0.99), "share of rows that copy an earlier row");
    visit("duplicate_cosine", duplicate_cosine, between(0, 1),
          "lowest expected cosine of a copy to its original");
    visit("good", good, above(0, 0.999), "share of rows that are good");
  }
};

// What is known of `count` rows; every column has an entry a row.
struct SyntheticWebRows {
  std::vector<float> features;                // count x d, row-major, unit rows
  std::vector<float> dclm, edu, wiki;         // scores, higher is better; edu lies on kEduScoreGrid
  std::vector<std::int32_t> length;           // tokens, at least 1
  std::vector<std::int32_t> cluster;          // 0 is the largest
  std::vector<std::int32_t> duplicate_group;  // row id of the original; a row that copies none names itself
  std::vector<std::int32_t> good;  // 1: what the three scores are noisy views of is in its top share
};

class SyntheticWeb {
 public:
  explicit SyntheticWeb(const SyntheticWebParams& params);

  SyntheticWebRows rows(Index first, Index count) const;  // any range; n is not looked at

 private:
  static constexpr std::size_t kLatents = 5;  // dclm, edu, wiki, length, good
  using Latents = std::array<double, kLatents>;
  struct Draw;
  struct Scratch;

  void draw_clusters();
  void draw_effects(const std::vector<double>& weight);
  Index original(Index row) const;
  void draw(Index row, Draw& into) const;
  void mix_copy(Draw& of_original, const Draw& own, double edit) const;
  void write(Index row, Index at, Scratch& scratch, SyntheticWebRows& out) const;

  SyntheticWebParams params_;
  std::size_t axes_;  // d - 1: all but the mean's
  Stream layout_, trait_, noise_;
  std::vector<double> reach_;    // clusters: cumulative probability
  std::vector<float> centre_;    // clusters x axes
  std::vector<float> within_;    // clusters: standard deviation of a row around its centre, per unit of scale
  std::vector<Latents> effect_;  // clusters: what it adds to the latents, correlated, unit variance
  std::vector<float> scale_;     // axes: standard deviation, squares sum to 1
  std::vector<double> grid_;     // edu: latent below which a row has at most this grid score
  std::array<Latents, kLatents> factor_;  // Cholesky factor of the latents' correlations
  double edit_limit_;                     // largest share of variance that a copy redraws
  double good_above_;                     // latent
  Mixing mixing_;
};

}  // namespace maskbench
