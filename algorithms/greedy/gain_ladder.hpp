// The candidates of a greedy run in levels: all of them, of these the rows of highest bounds, of those again,
// down to a list that is short enough to be looked at for every pick. What a level has and the next one has
// not shares one bound; a pick from the last level is greedy's once its gain is above all of these. Gains are
// known at sums of their own in every level, so that those of the short lists, which are cheap to make anew,
// are recent.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "algorithms/core/objective.hpp"
#include "algorithms/core/run_context.hpp"
#include "algorithms/greedy/gain_bounds.hpp"

namespace maskbench {

class GainLadder {
 public:
  struct Pick {
    double gain = -std::numeric_limits<double>::infinity();
    std::int32_t place = 0;  // among the candidates
    bool beats(double other, std::int32_t its_place) const {
      return gain != other ? gain > other : place < its_place;
    }
  };

  GainLadder(const Problem& problem, RunContext& context);

  bool empty() const { return left_ == 0; }
  Pick best();                    // greedy's next pick; ties: the smaller place
  void drop(std::int32_t place);  // it is asked for no more
  void add(std::int32_t place);   // to the sum

  static std::int64_t bytes(const Problem& problem);

 private:
  struct Level {
    std::vector<std::int32_t> places;        // ascending; those dropped since stay until it is made anew
    std::vector<double> known;               // their gains at the base
    std::shared_ptr<GainBounds::Base> base;  // shared with the levels that took their gains over from here
    std::int64_t since = 0, at = -1;         // work done and rows added when the base was new
    GainBounds::Group others;                // those that the next level has not
  };

  Index row_of(std::int32_t place) const { return problem_.candidates[place]; }
  double gain(Index row, double dot) const;
  double gain(std::int32_t place);
  void work(std::size_t evaluations);
  void sweep(Level& level) const;
  void refresh(std::size_t depth);
  void narrow(std::size_t depth);
  std::size_t open_level(double gain) const;
  Pick best_of_last();
  Pick best_of_all();
  Pick pass();

  const Problem& problem_;
  RunContext& context_;
  const QuadraticForm form_;
  const FeatureRows x_;
  RowReader reader_{x_};  // of single rows
  const double size_, pairs_, c_;
  GainBounds bounds_;
  std::vector<double> sum_;    // d
  std::vector<Level> levels_;  // none before the first pick
  std::vector<char> gone_;     // a candidate each
  std::size_t left_;
  std::vector<double> bound_;
  std::int64_t work_ = 0, picks_ = 0;  // gains evaluated, rows added
  std::int64_t served_ = 0;            // picks since the last pass
  int skip_ = 0, patience_ = 1;        // picks by a pass each, without asking the bounds
};

}  // namespace maskbench
