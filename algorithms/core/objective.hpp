// A set function f : 2^V -> R, larger is better, and its shortcuts. The oracle value() is the truth;
// everything else must agree with it, and the contract suite checks that it does.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "algorithms/core/best_rows.hpp"
#include "algorithms/core/problem.hpp"
#include "datasets/core/dataset.hpp"

namespace maskbench {

// Claims that tests try to refute.
struct ObjectiveTraits {
  bool monotone = false;            // adding a row never lowers f
  bool submodular = false;          // gains never grow
  bool concave_relaxation = false;  // relax() gives a concave function, equal to f at 0/1 points
  bool linear = false;              // f is a mean of row scores
  bool valueless = false;           // stands for "no objective": its value means nothing and is shown as none
  bool affine_duals = false;        // dual(p) of the relaxation is affine in p: curvature() tells
};

// Where a greedy run stands: a growing set U under a fixed `size` S of the denominators.
class GreedyState {
 public:
  virtual ~GreedyState() = default;
  virtual double value() const = 0;          // equals Objective::value(U, S)
  virtual double gain(Index row) const = 0;  // f(U + row) - f(U), for a row not in U
  virtual void add(Index row) = 0;
  virtual void swap(Index out, Index in) = 0;  // U - out + in
  // out[k] = gain(rows[k]); override where a pass over all rows is cheaper than single calls.
  virtual void gains(std::span<const Index> rows, std::span<double> out) const {
    for (std::size_t k = 0; k < rows.size(); ++k) out[k] = gain(rows[k]);
  }
  // A cheap number never below gain(row), in float64 too: what lazy methods look at first.
  virtual double upper(Index row) const { return gain(row); }
  // out[k] >= gain(rows[k]) likewise. True: these are the gains themselves, there is nothing cheaper.
  virtual bool uppers(std::span<const Index> rows, std::span<double> out) const {
    gains(rows, out);
    return true;
  }
};

// What a greedy run will be about: the S of the denominators, and the rows that it may ask for.
struct GreedyStart {
  Index size = 0;
  std::span<const Index> candidates;
  std::span<const Index> items;        // U at the start (kept rows)
  bool lazy = false;                   // upper() will be asked for most rows, gain() for few
  std::span<const Index> reference{};  // f is then batch_value() over these; empty: value()

  static GreedyStart of(const Problem& problem, bool lazy = false) {
    return {problem.expected_rows(), problem.candidates, problem.kept, lazy, problem.reference};
  }
};

// G masks over a batch of N_b rows, each with `picked` positions 0..N_b-1 in the order in which they were
// drawn.
struct MaskSet {
  Index masks = 0;                  // G
  Index picked = 0;                 // S_b
  std::vector<std::int32_t> items;  // G x S_b positions
};

// Rewards of many masks over a batch: DATAMASK's hot path.
class MaskScorer {
 public:
  virtual ~MaskScorer() = default;
  // rewards[j] = Objective::batch_value of mask j's rows.
  virtual void score(std::span<const Index> batch, const MaskSet& masks, std::span<double> rewards) = 0;
};

// A concave extension F over {0 <= p <= 1}, equal to f at 0/1 points: p has one entry a candidate, kept rows
// count as 1, the set size S is fixed, and so is what the rows may take of a budget in tokens. F is given by
// its duals y, vectors of the objective's own (X'p for pairwise similarity):
//
//   F(p) = min over y of [intercept(y) + slopes(y).p],   attained at y = dual(p), where slopes(y) is the
//   gradient
//
// so that every y whatever bounds f from above over all feasible sets: a certificate is one such y
// (facts 8a to 8c).
class Relaxation {
 public:
  explicit Relaxation(const Problem& problem)
      : candidates_(problem.candidates), picks_(problem.rows_to_pick()) {
    if (!problem.sized()) return;
    room_.room = problem.budget.amount;
    for (const Index row : problem.kept) room_.room -= problem.length_of(row);
    for (const Index row : candidates_) room_.lengths.push_back(problem.length_of(row));
  }
  virtual ~Relaxation() = default;
  virtual std::vector<double> dual(std::span<const double> inclusion) const = 0;
  virtual double intercept(std::span<const double> dual) const = 0;
  virtual void slopes(std::span<const double> dual, std::span<double> out) const = 0;

  // Where dual() is affine, F(p + t h) = F(p) + t slopes.h - t^2 curvature(dual(p + h) - dual(p)) exactly;
  // nothing where not. Of no step (an empty one) it is 0.
  virtual std::optional<double> curvature(std::span<const double> step) const {
    (void)step;
    return std::nullopt;
  }

  // out = a subgradient in y of intercept(y) + the sum of slopes(y) over `chosen` (places among the
  // candidates), for bounds by descent on y. False: it has none to give.
  virtual bool dual_subgradient(std::span<const double> dual, std::span<const Index> chosen,
                                std::span<double> out) const {
    (void)dual, (void)chosen, (void)out;
    return false;
  }

  double value(std::span<const double> inclusion) const {
    std::vector<double> slope(inclusion.size());
    const std::vector<double> at = dual(inclusion);
    slopes(at, slope);
    double inner = 0;
    for (std::size_t c = 0; c < slope.size(); ++c) inner += slope[c] * inclusion[c];
    return intercept(at) + inner;
  }
  void gradient(std::span<const double> inclusion, std::span<double> out) const {
    slopes(dual(inclusion), out);
  }

  // The feasible point of largest slope . p.
  BestRows best(std::span<const double> slope) const { return best_rows(slope, picks_, room_); }

  // No feasible set has a higher value: any dual and any price >= 0 of a unit of the budget prove it.
  // Rounded outward. `slope`: slopes(dual) where the caller has them; is reordered.
  double bound(std::span<const double> dual, double price = 0, std::vector<double> slope = {}) const {
    if (slope.empty()) {
      slope.resize(candidates_.size());
      slopes(dual, slope);
    }
    double start = intercept(dual), size = std::abs(start);
    if (!room_.lengths.empty() && price > 0) {
      start += price * static_cast<double>(room_.room);
      size += price * static_cast<double>(room_.room);
      for (std::size_t c = 0; c < slope.size(); ++c) {
        const double cost = price * static_cast<double>(room_.lengths[c]);
        slope[c] -= cost;
        size = std::max(size, cost);
      }
    }
    const auto picks = static_cast<std::ptrdiff_t>(picks_);
    std::nth_element(slope.begin(), slope.begin() + picks, slope.end(), std::greater<>());
    std::sort(slope.begin(), slope.begin() + picks, std::greater<>());
    double best = 0;
    for (std::ptrdiff_t k = 0; k < picks; ++k) {
      best += slope[k];
      size += std::abs(slope[k]);
    }
    return start + best + 0x1p-51 * static_cast<double>(dual.size() + slope.size() + 16) * size;
  }

  std::span<const Index> candidates() const { return candidates_; }
  Index picks() const { return picks_; }  // S less the kept rows: what p sums to

 private:
  std::span<const Index> candidates_;
  Index picks_;
  Room room_;
};

// A smooth function E over {0 <= p <= 1, sum p = S}, kept rows as 1, equal to f at sets of S rows and not
// concave: something to climb, which bounds nothing. It is a function of moments, sums over the rows, so that
// points of a line are cheap.
class Extension {
 public:
  virtual ~Extension() = default;
  virtual std::vector<double> moments(std::span<const double> inclusion) const = 0;  // affine in p
  virtual double value(std::span<const double> moments) const = 0;
  virtual void slopes(std::span<const double> moments,
                      std::span<double> out) const = 0;  // gradient in p, but for a constant
};

// f(U) = a sum of q_i / S - b (||s||^2 - sum ||x_i||^2) / (S(S-1)), sums over U, s = sum of x_i: what methods
// for quality and pairwise similarity read off an objective.
struct QuadraticForm {
  std::span<const double> quality;  // n entries, or empty: 0
  double quality_weight = 0;        // a
  double pair_weight = 0;           // b
};

// What an objective is made from.
struct ObjectiveInput {
  const Dataset& data;
  std::span<const std::string> quality_columns;  // may be empty
  Index expected_rows = 0;                       // S of the problem, for scales that are probed at that size
};

class Objective {
 public:
  virtual ~Objective() = default;
  virtual ObjectiveTraits traits() const = 0;

  // The oracle: from scratch, float64, fixed order. `size` is the S of the denominators (default: the number
  // of items). Items are distinct rows. Sets of fewer than two items have pairwise similarity and DiSF 0;
  // facility location of the empty set is -1.
  virtual double value(std::span<const Index> items, std::optional<Index> size = {}) const = 0;

  // The oracle of a DATAMASK step: facility location then covers the batch only; others do not depend on it.
  virtual double batch_value(std::span<const Index> items, std::span<const Index> batch) const {
    (void)batch;
    return value(items);
  }

  virtual std::unique_ptr<GreedyState> start(const GreedyStart& start) const = 0;
  virtual std::unique_ptr<MaskScorer> scorer() const = 0;
  virtual std::unique_ptr<Relaxation> relax(const Problem& problem) const {  // null where there is none
    (void)problem;
    return nullptr;
  }

  // A concave function near f where f has no relaxation of its own, or the same where it has (DiSF: its
  // frozen form): good to search with, no bound on f. Null for other objectives.
  virtual std::unique_ptr<Relaxation> surrogate(const Problem& problem) const {
    (void)problem;
    return nullptr;
  }

  // Where a surrogate is not f itself: an extension that is. Null for other objectives.
  virtual std::unique_ptr<Extension> extension(const Problem& problem) const {
    (void)problem;
    return nullptr;
  }

  virtual std::int64_t relax_bytes(
      const Problem& problem) const {  // that the relaxation will hold, beside a few numbers a row
    (void)problem;
    return 0;
  }

  virtual std::optional<QuadraticForm> quadratic_form() const {
    return std::nullopt;
  }  // nothing: not of that form

  // Exact expectation of value() over random S-subsets of all n rows, where a formula is known (facts
  // 8h).
  virtual std::optional<double> random_expectation(Index size) const {
    (void)size;
    return std::nullopt;
  }

  // The merged quality that it optimises (n entries), or empty.
  virtual std::span<const double> quality() const { return {}; }

  // A sentence for the user where this problem makes the objective mean something else (DiSF with fewer rows
  // than d).
  virtual std::optional<std::string> warning(Index rows) const {
    (void)rows;
    return std::nullopt;
  }

  // The part of it that is about how rows differ from each other, as an objective by itself; null where it
  // has none.
  virtual const Objective* diversity() const { return traits().linear ? nullptr : this; }

  // Multiply-adds of one call of value() with this many rows, from the formula. What asks it often is left
  // out above a limit of these, and not by the clock, so that records do not depend on the machine.
  virtual double oracle_work(Index rows) const = 0;

  // Bytes that start() will hold for this many candidates; the second where the start is lazy.
  virtual std::int64_t greedy_bytes(Index candidates) const = 0;
  virtual std::int64_t lazy_bytes(Index candidates) const { return greedy_bytes(candidates); }
};

}  // namespace maskbench
