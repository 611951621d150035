// frank_wolfe_disf: Frank-Wolfe on inclusion probabilities for DiSF with mean and scale frozen, then for DiSF
// itself, then the top S.
//
//   p_0 = S/n;   v_t = top S of grad F(p_t);   p_{t+1} = p_t + a_t (v_t - p_t),  a_t = argmax over [0, 1] of
//   F on that line U = top S of p_T (ties: the smaller id)
//
// with F(p) = lambda q.p/S - (1 - lambda) ||offdiag Z' diag(p) Z||^2 / ((S-1)^2 d(d-1)), Z standardised over
// all rows. For in-set DiSF, which has no concave extension, F is a surrogate, not a relaxation (facts
// 8c, 7); there `refine` steps follow on E, the correlations weighted by p (disf_extension.hpp), equal to the
// objective at sets. Source: the conditional gradient method (frank1956algorithm); DiSF (fan2025disf) selects
// greedily instead. Guarantee: F(p_T) is within O(1/T) of its maximum. E only rises. None for the set. Cost:
// a step is a gradient of n d^2/2 multiply-adds and a dual of S d^2/2. Memory: O(d^2 + n).
//
//   code       facts        meaning
//   inclusion  p            inclusion probability of a candidate
//   point      A(p)         the dual, or E's moments, at p; affine, so that it moves with p
//   vertex     v            a set: entries 0 and 1
//   gap        grad.(v-p)   how far F(p) may be from the maximum of F
//
// Departs from the source: the second phase, since F may shrink a column's variance where in-set DiSF cannot.
// `swaps` adds exact improvements of the objective itself (disf_swaps.hpp).

#include "algorithms/core/largest_places.hpp"
#include "algorithms/core/selector.hpp"
#include "algorithms/relaxation/disf_swaps.hpp"
#include "algorithms/relaxation/golden_section.hpp"

namespace maskbench {
namespace {

struct FrankWolfeDisfParams {
  std::int64_t steps = 30;
  double gap = 1e-3;
  std::int64_t refine = 30;
  std::int64_t swaps = 0;

  template <class Visit>
  void fields(Visit&& visit) {
    visit("steps", steps, between(1, 1e6), "Frank-Wolfe steps at most (T)");
    visit("gap", gap, between(0, 1), "end when the duality gap is at most this share of |F|");
    visit("refine", refine, between(0, 1e6),
          "steps on the in-set form afterwards, where that is the objective");
    visit("swaps", swaps, between(0, 1e6), "rows that are tried to be swapped out afterwards");
  }
};

class FrankWolfeDisf final : public Selector {
 public:
  using Params = FrankWolfeDisfParams;
  explicit FrankWolfeDisf(const Params& params) : params_(params) {}

  std::optional<std::string> refuses(const Problem& problem) const override {
    if (params_.swaps > 0 && (problem.budget.unit != Unit::rows || !problem.quotas.empty()))
      return "swaps need a budget in rows and no quotas";
    if (problem.objective->surrogate(problem) != nullptr) return std::nullopt;
    return "needs DiSF as the objective or as a joint one's diversity";
  }

  Selection select(const Problem& problem, RunContext& context) override {
    const auto surrogate = context.starting([&] { return problem.objective->surrogate(problem); });
    std::vector<double> inclusion(problem.candidates.size(), problem.expected_share());
    bool on = climb(problem, *surrogate, inclusion, context);
    if (on && params_.refine > 0) {
      const auto extension = problem.objective->extension(problem);
      if (extension != nullptr) on = climb(problem, *extension, surrogate->picks(), inclusion, context);
    }
    Selection selection = take_highest(problem, inclusion);
    if (on && params_.swaps > 0) on = swap_by_slopes(problem, *surrogate, params_.swaps, selection, context);
    if (!on) selection.why = Stop::interrupted;
    return selection;
  }

  std::int64_t scratch_bytes(const Problem& problem) const override {
    const auto n = static_cast<std::int64_t>(problem.candidates.size());
    return 24 * n + Selector::scratch_bytes(problem) + 3 * problem.objective->greedy_bytes(n);
  }

 private:
  // To the maximum of a concave F; false: told to stop.
  bool climb(const Problem& problem, const Relaxation& surrogate, std::vector<double>& inclusion,
             RunContext& context) const {
    std::vector<double> slope(inclusion.size()), point = surrogate.dual(inclusion);
    for (std::int64_t step = 0; step < params_.steps; ++step) {
      surrogate.slopes(point, slope);
      const std::vector<double> vertex = top_set(slope, surrogate.picks());
      const double gap = along(slope, inclusion, vertex);
      double value = surrogate.intercept(point);
      for (std::size_t c = 0; c < slope.size(); ++c) value += slope[c] * inclusion[c];
      if (gap <= params_.gap * std::abs(value)) return true;
      std::vector<double> move = surrogate.dual(vertex);
      for (std::size_t k = 0; k < move.size(); ++k) move[k] -= point[k];
      const double bend = surrogate.curvature(move).value();
      const double length = bend > 0 ? std::min(1.0, gap / (2 * bend)) : 1.0;
      if (!walk(problem, length, vertex, move, inclusion, point, context)) return false;
      context.progress(0.5 * static_cast<double>(step + 1) / static_cast<double>(params_.steps));
    }
    return true;
  }

  // Uphill on the extension, by the best length of a golden-section search; false: as above.
  bool climb(const Problem& problem, const Extension& extension, Index picks, std::vector<double>& inclusion,
             RunContext& context) const {
    std::vector<double> slope(inclusion.size()), point = extension.moments(inclusion);
    double value = extension.value(point);
    for (std::int64_t step = 0; step < params_.refine; ++step) {
      extension.slopes(point, slope);
      const std::vector<double> vertex = top_set(slope, picks);
      std::vector<double> move = extension.moments(vertex), there(move.size());
      for (std::size_t k = 0; k < move.size(); ++k) move[k] -= point[k];
      const auto value_at = [&](double length) {
        for (std::size_t k = 0; k < there.size(); ++k) there[k] = point[k] + length * move[k];
        return extension.value(there);
      };
      const double length = best_share(value_at), reached = value_at(length);
      if (reached <= value + 1e-6 * std::abs(value)) return true;
      value = reached;
      if (!walk(problem, length, vertex, move, inclusion, point, context)) return false;
      context.progress(0.5 + 0.5 * static_cast<double>(step + 1) / static_cast<double>(params_.refine));
    }
    return true;
  }

  static std::vector<double> top_set(std::span<const double> slope, Index picks) {
    std::vector<Index> places;
    largest_places(slope, picks, places);
    std::vector<double> vertex(slope.size(), 0.0);
    for (const Index place : places) vertex[place] = 1;
    return vertex;
  }

  static double along(std::span<const double> slope, std::span<const double> from,
                      std::span<const double> to) {
    double sum = 0;
    for (std::size_t c = 0; c < slope.size(); ++c) sum += slope[c] * (to[c] - from[c]);
    return sum;
  }

  static bool walk(const Problem& problem, double length, std::span<const double> vertex,
                   std::span<const double> move, std::vector<double>& inclusion, std::vector<double>& point,
                   RunContext& context) {
    for (std::size_t c = 0; c < vertex.size(); ++c) inclusion[c] += length * (vertex[c] - inclusion[c]);
    for (std::size_t k = 0; k < move.size(); ++k) point[k] += length * move[k];
    context.count(Work::steps, 1);
    context.count(Work::rows_read, static_cast<std::int64_t>(vertex.size()) + problem.rows_to_pick());
    return !context.stopping() && context.checkpoint([&] { return take_highest(problem, inclusion).items; });
  }

  Params params_;
};

}  // namespace

MASKBENCH_SELECTOR(frank_wolfe_disf, FrankWolfeDisf,
                   "Frank-Wolfe on the frozen form of DiSF, then the top rows", "frank1956algorithm",
                   .needs_features = true, .needs_objective = true)

}  // namespace maskbench
