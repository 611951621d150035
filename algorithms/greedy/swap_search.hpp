// Local search by single swaps under quality + pairwise similarity, with exact deltas (facts 8a): with
// h_i = a q_i/S - c x_i.s and s the sum of the set, o leaving for i changes f by
//
//   h_i - h_o - c (||x_o||^2 - x_i.x_o)  <=  h_i - h_o + c ||x_o|| (longest - ||x_o||)
//
// so that for unit rows only pairs with h_i > h_o can improve: a handful after greedy.
#pragma once

#include <vector>

#include "algorithms/core/selector.hpp"

namespace maskbench {

class SwapSearch {
 public:
  // MASKBENCH_CHECK: the objective has no quadratic form.
  SwapSearch(const Problem& problem, RunContext& context);

  // The best swap again and again until none improves, at most `most`; returns how many. `items` are picks of
  // the problem, no kept rows; a swap puts the new row in the old one's place. Ends early where the context
  // asks for it.
  std::int64_t improve(std::vector<Index>& items, std::int64_t most);

 private:
  struct Entry {
    double h;
    std::size_t place;
  };
  void look_at_all(std::size_t most);
  void sort_lists();
  bool best_swap(Entry& out, Entry& in);
  double h_of(std::size_t place, double dot) const;
  Index row_of(std::size_t place) const { return problem_.candidates[place]; }

  const Problem& problem_;
  RunContext& context_;
  const QuadraticForm form_;
  const FeatureRows x_;
  RowReader entering_{x_}, leaving_{x_};
  double size_, c_, longest_ = 0, noise_ = 0;
  std::vector<double> norm_, sum_;  // ||x||^2 a candidate; d
  std::vector<char> member_;
  std::vector<Entry> ins_, outs_;  // who may enter, best first; who may leave, worst first
  bool all_there_ = true;          // no pair outside of the lists can improve
};

}  // namespace maskbench
