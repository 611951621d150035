#include "algorithms/greedy/gain_ladder.hpp"

#include <algorithm>
#include <cmath>

#include "algorithms/kernels/rows.hpp"

namespace maskbench {
namespace {

constexpr std::size_t kShrink = 4,
                      kShortest = 256;  // from a level to the next; below this one it is the last
constexpr int kMostSkips = 32;
constexpr std::size_t kNone = static_cast<std::size_t>(-1);

}  // namespace

GainLadder::GainLadder(const Problem& problem, RunContext& context)
    : problem_(problem),
      context_(context),
      form_(*problem.objective->quadratic_form()),
      x_(problem.data.feature_rows()),
      size_(static_cast<double>(problem.expected_rows())),
      pairs_(size_ * (size_ - 1)),
      c_(pairs_ > 0 ? 2 * form_.pair_weight / pairs_ : 0),
      bounds_(x_, problem.candidates, c_),
      sum_(row_sum(x_, problem.kept)),
      gone_(problem.candidates.size(), 0),
      left_(problem.candidates.size()) {
  Level all;
  all.places.resize(left_);
  for (std::size_t c = 0; c < left_; ++c) all.places[c] = static_cast<std::int32_t>(c);
  levels_.push_back(std::move(all));
}

void GainLadder::drop(std::int32_t place) {
  gone_[place] = 1;
  --left_;
}

void GainLadder::add(std::int32_t place) {
  const float* x = reader_.row(row_of(place));
  for (std::size_t k = 0; k < sum_.size(); ++k) sum_[k] += static_cast<double>(x[k]);
  ++picks_;
}

// The expression of greedy's states, operation by operation.
double GainLadder::gain(Index row, double dot) const {
  const double pair = pairs_ <= 0 ? 0.0 : -2 * dot / pairs_;
  if (form_.quality.empty()) return form_.pair_weight * pair;
  return form_.quality_weight * (form_.quality[row] / size_) + form_.pair_weight * pair;
}

double GainLadder::gain(std::int32_t place) {
  const Index row = row_of(place);
  work(1);
  return gain(row, dot(reader_.row(row), sum_.data(), x_.cols));
}

void GainLadder::work(std::size_t evaluations) {
  work_ += static_cast<std::int64_t>(evaluations);
  context_.count(Work::gain_evaluations, static_cast<std::int64_t>(evaluations));
}

// Takes out of a level what has been dropped.
void GainLadder::sweep(Level& level) const {
  std::size_t kept = 0;
  for (std::size_t k = 0; k < level.places.size(); ++k) {
    if (gone_[level.places[k]] != 0) continue;
    level.places[kept] = level.places[k];
    if (!level.known.empty()) level.known[kept] = level.known[k];
    ++kept;
  }
  level.places.resize(kept);
  if (!level.known.empty()) level.known.resize(kept);
}

// Exact gains in a level: its bounds are tight again.
void GainLadder::refresh(std::size_t depth) {
  Level& level = levels_[depth];
  level.known.clear();
  sweep(level);
  std::vector<Index> rows(level.places.size());
  for (std::size_t k = 0; k < rows.size(); ++k) rows[k] = row_of(level.places[k]);
  level.known.resize(rows.size());
  row_dots(x_, rows, sum_.data(), level.known);
  double largest = 0;
  for (std::size_t k = 0; k < rows.size(); ++k) {
    level.known[k] = gain(rows[k], level.known[k]);
    largest = std::max(largest, std::abs(level.known[k]));
  }
  work(rows.size());
  const double length = std::sqrt(squared_norm(sum_)) + size_;
  level.base = std::make_shared<GainBounds::Base>(
      bounds_.base(0x1p-50 * (static_cast<double>(x_.cols + 8) * c_ * length + largest)));
  level.since = work_;
  level.at = picks_;
}

// Makes the levels beyond this one from its bounds.
void GainLadder::narrow(std::size_t depth) {
  levels_.resize(depth + 1);
  sweep(levels_[depth]);
  work_ += static_cast<std::int64_t>(levels_[depth].places.size() * 32 / std::max<Index>(32, x_.cols));
  bound_.resize(levels_[depth].places.size());
  bounds_.of(*levels_[depth].base, levels_[depth].places, levels_[depth].known, bound_);
  std::vector<double> order;
  while (levels_.back().places.size() > kShortest) {
    Level& level = levels_.back();
    const std::size_t length = std::max(kShortest, level.places.size() / kShrink);
    order = bound_;
    std::nth_element(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(length), order.end(),
                     std::greater<>());
    const double limit = order[length];
    Level next{{}, {}, level.base, level.since, level.at, {}};
    level.others = bounds_.group(*level.base);
    std::size_t kept = 0;
    for (std::size_t k = 0; k < level.places.size(); ++k) {
      if (bound_[k] > limit) {
        next.places.push_back(level.places[k]);
        next.known.push_back(level.known[k]);
        bound_[kept++] = bound_[k];
      } else {
        bounds_.join(level.others, level.places[k], bound_[k]);
      }
    }
    bound_.resize(kept);
    levels_.push_back(std::move(next));
  }
}

// The last level whose others may have a row of this gain or more.
std::size_t GainLadder::open_level(double gain) const {
  for (std::size_t depth = levels_.size() - 1; depth-- > 0;) {
    const double bound = bounds_.of(*levels_[depth].base, levels_[depth].others);
    if (bound >= gain && std::isfinite(bound)) return depth;
  }
  return kNone;
}

// The largest exact gain in the last level; rows whose bound is below it are not looked at.
GainLadder::Pick GainLadder::best_of_last() {
  const Level& last = levels_.back();
  bound_.resize(last.places.size());
  bounds_.of(*last.base, last.places, last.known, bound_);
  std::size_t top = kNone;
  for (std::size_t k = 0; k < bound_.size(); ++k) {
    if (gone_[last.places[k]] == 0 && (top == kNone || bound_[k] > bound_[top])) top = k;
  }
  if (top == kNone) return {};
  Pick best{gain(last.places[top]), last.places[top]};
  for (std::size_t k = 0; k < bound_.size(); ++k) {
    if (k == top || bound_[k] < best.gain || gone_[last.places[k]] != 0) continue;
    const double exact = gain(last.places[k]);
    if (!best.beats(exact, last.places[k])) best = {exact, last.places[k]};
  }
  return best;
}

GainLadder::Pick GainLadder::best() {
  bounds_.move_to(sum_);
  if (skip_ > 0) {
    --skip_;
    return pass();
  }
  if (levels_.front().base == nullptr) return best_of_all();
  for (const Level& level : levels_) bounds_.follow(*level.base);
  const auto worn = [&](const Level& level) {
    return work_ - level.since >= static_cast<std::int64_t>(level.places.size());
  };
  for (std::size_t narrowed = kNone;;) {  // the widest level that was narrowed for this pick
    if (levels_.size() > 1 && worn(levels_.back())) refresh(levels_.size() - 1);
    const Pick best = best_of_last();
    const std::size_t depth = open_level(best.gain);
    if (depth == kNone) return ++served_, best;
    const bool again = depth >= narrowed;
    if (depth == 0 ? again || worn(levels_[0]) : levels_[depth].at == picks_) return best_of_all();
    if (again || worn(levels_[depth])) refresh(depth);
    narrow(depth);
    narrowed = std::min(narrowed, depth);
  }
}

// Passes that serve no further pick are followed by ever more of their like.
GainLadder::Pick GainLadder::best_of_all() {
  patience_ = served_ > 0 ? 1 : std::min(2 * patience_, kMostSkips);
  skip_ = patience_ - 1;
  served_ = 0;
  return pass();
}

// A pass over everybody: the pick, and tight bounds.
GainLadder::Pick GainLadder::pass() {
  levels_.resize(1);
  refresh(0);
  const Level& all = levels_.front();
  Pick best;
  for (std::size_t k = 0; k < all.places.size(); ++k) {
    if (!best.beats(all.known[k], all.places[k])) best = {all.known[k], all.places[k]};
  }
  if (skip_ == 0) narrow(0);
  return best;
}

std::int64_t GainLadder::bytes(const Problem& problem) {
  const auto n = static_cast<Index>(problem.candidates.size());
  return GainBounds::bytes(n, problem.data.dims()) + 50 * n;
}

}  // namespace maskbench
