#include "algorithms/greedy/swap_search.hpp"

#include <algorithm>
#include <cmath>

#include "algorithms/kernels/rows.hpp"

namespace maskbench {
namespace {

constexpr std::size_t kFirstList = 2048;

const QuadraticForm& checked(const std::optional<QuadraticForm>& form) {
  MASKBENCH_CHECK(form.has_value(), "swaps need an objective of quality and pairwise similarity");
  return *form;
}

}  // namespace

SwapSearch::SwapSearch(const Problem& problem, RunContext& context)
    : problem_(problem),
      context_(context),
      form_(checked(problem.objective->quadratic_form())),
      x_(problem.data.feature_rows()),
      size_(static_cast<double>(problem.expected_rows())),
      c_(size_ > 1 ? 2 * form_.pair_weight / (size_ * (size_ - 1)) : 0),
      norm_(squared_norms(x_)),
      member_(problem.candidates.size(), 0) {
  for (std::size_t c = 0; c < problem.candidates.size(); ++c) norm_[c] = norm_[row_of(c)];
  norm_.resize(problem.candidates.size());
  for (const double norm : norm_) longest_ = std::max(longest_, std::sqrt(norm));
}

// `dot`: of the row and the set's sum.
double SwapSearch::h_of(std::size_t place, double dot) const {
  const double quality = form_.quality.empty() ? 0.0 : form_.quality[row_of(place)];
  return form_.quality_weight * (quality / size_) - (c_ == 0 ? 0.0 : c_ * dot);
}

// Fills the lists with everyone who may be in an improving pair, at most `most` of each.
void SwapSearch::look_at_all(std::size_t most) {
  std::vector<double> dots(norm_.size());
  row_dots(x_, problem_.candidates, sum_.data(), dots);
  std::vector<Entry> all(norm_.size());
  for (std::size_t c = 0; c < all.size(); ++c) all[c] = {h_of(c, dots[c]), c};
  context_.count(Work::gain_evaluations, static_cast<std::int64_t>(all.size()));
  const auto slack = [&](std::size_t c) {
    return c_ * std::sqrt(norm_[c]) * (longest_ - std::sqrt(norm_[c]));
  };
  double lowest_out = 1e300, highest_in = -1e300, largest = 0;
  for (const Entry& entry : all) {
    largest = std::max(largest, std::abs(entry.h));
    if (member_[entry.place] != 0)
      lowest_out = std::min(lowest_out, entry.h - slack(entry.place));
    else
      highest_in = std::max(highest_in, entry.h);
  }
  noise_ = 1e-13 * largest;  // less than this is rounding: no swap
  ins_.clear();
  outs_.clear();
  for (const Entry& entry : all) {
    if (member_[entry.place] == 0 && entry.h > lowest_out) ins_.push_back(entry);
    if (member_[entry.place] != 0 && entry.h - slack(entry.place) < highest_in) outs_.push_back(entry);
  }
  all_there_ = ins_.size() <= most && outs_.size() <= most;
  sort_lists();
  ins_.resize(std::min(ins_.size(), most));
  outs_.resize(std::min(outs_.size(), most));
}

void SwapSearch::sort_lists() {
  std::sort(ins_.begin(), ins_.end(),
            [](const Entry& a, const Entry& b) { return a.h != b.h ? a.h > b.h : a.place < b.place; });
  std::sort(outs_.begin(), outs_.end(),
            [](const Entry& a, const Entry& b) { return a.h != b.h ? a.h < b.h : a.place < b.place; });
}

// The pair of largest gain among the lists, which are in order; false: none improves.
bool SwapSearch::best_swap(Entry& out, Entry& in) {
  double best = noise_;
  bool found = false;
  for (const Entry& o : outs_) {
    const double length = std::sqrt(norm_[o.place]);
    const double slack = c_ * length * (longest_ - length);
    const float* const leaver = leaving_.row(row_of(o.place));
    for (const Entry& i : ins_) {
      if (i.h - o.h + slack <= best) break;
      const double gain =
          i.h - o.h - c_ * (norm_[o.place] - dot(entering_.row(row_of(i.place)), leaver, x_.cols));
      context_.count(Work::distances, 1);
      if (gain <= best) continue;
      best = gain;
      out = o;
      in = i;
      found = true;
    }
  }
  return found;
}

std::int64_t SwapSearch::improve(std::vector<Index>& items, std::int64_t most) {
  std::vector<Index> set(problem_.kept.begin(), problem_.kept.end());
  set.insert(set.end(), items.begin(), items.end());
  sum_ = row_sum(x_, set);
  std::fill(member_.begin(), member_.end(), 0);
  const auto place_of = [&](Index row) {
    return std::lower_bound(problem_.candidates.begin(), problem_.candidates.end(), row) -
           problem_.candidates.begin();
  };
  for (const Index row : items) member_[place_of(row)] = 1;
  std::int64_t swaps = 0;
  std::size_t longest_list = kFirstList;
  while (swaps < most && !context_.stopping()) {
    look_at_all(longest_list);
    const std::int64_t before = swaps;
    Entry out{}, in{};
    while (swaps < most && !context_.stopping() && best_swap(out, in)) {
      ++swaps;
      const float *added = entering_.row(row_of(in.place)), *taken = leaving_.row(row_of(out.place));
      for (std::size_t k = 0; k < sum_.size(); ++k)
        sum_[k] += static_cast<double>(added[k]) - static_cast<double>(taken[k]);
      member_[in.place] = 1;
      member_[out.place] = 0;
      *std::find(items.begin(), items.end(), problem_.candidates[out.place]) = problem_.candidates[in.place];
      for (Entry& entry : ins_) entry.place = entry.place == in.place ? out.place : entry.place;
      for (Entry& entry : outs_) entry.place = entry.place == out.place ? in.place : entry.place;
      for (auto* list : {&ins_, &outs_}) {
        for (Entry& entry : *list)
          entry.h = h_of(entry.place, dot(entering_.row(row_of(entry.place)), sum_.data(), x_.cols));
        context_.count(Work::gain_evaluations, static_cast<std::int64_t>(list->size()));
      }
      sort_lists();
    }
    if (swaps != before) continue;  // the lists were of an earlier set
    if (all_there_) break;
    longest_list *= 4;
  }
  return swaps;
}

}  // namespace maskbench
