#include "datasets/readers/score_values.hpp"

#include <cmath>
#include <limits>

#include "datasets/readers/compact.hpp"
#include "datasets/readers/scalar_text.hpp"

namespace maskbench {
namespace {

constexpr std::uint64_t kHalf = std::uint64_t{1} << 63u;
constexpr double kLargestFloat = std::numeric_limits<float>::max();

bool float_holds(double value) {
  return !std::isfinite(value) ||
         (std::abs(value) <= kLargestFloat && static_cast<double>(static_cast<float>(value)) == value);
}

}  // namespace

void ScoreValues::add(const Scalar& number) {
  switch (number.kind) {
    case Scalar::Kind::boolean:
    case Scalar::Kind::integer:
    case Scalar::Kind::moment:
      return add_integer(number.integer);
    case Scalar::Kind::natural:
      return add_natural(number.natural);
    default:
      return add_real(real_of(number));
  }
}

void ScoreValues::add_real(double value) {
  whole_ = false;
  if (!integers.empty()) to_reals();
  if (reals.empty() && float_holds(value)) {
    floats.push_back(static_cast<float>(value));
    return;
  }
  if (reals.empty()) to_reals();
  reals.push_back(value);
}

void ScoreValues::add_integer(std::int64_t value) {
  const auto number = static_cast<double>(value);
  const bool narrow = std::abs(number) < 0x1p53 && float_holds(number);
  if (!reals.empty()) {
    reals.push_back(number);
  } else if (integers.empty() && narrow) {
    floats.push_back(static_cast<float>(value));
  } else if (!whole_ || (natural && value < 0)) {
    to_reals();
    reals.push_back(number);
  } else {
    for (const float one : floats) integers.push_back(static_cast<std::int64_t>(one));
    floats = {};
    integers.push_back(natural ? static_cast<std::int64_t>(static_cast<std::uint64_t>(value) - kHalf)
                               : value);
  }
}

void ScoreValues::add_natural(std::uint64_t value) {
  bool negative = false;
  for (const float one : floats) negative = negative || one < 0;
  for (const std::int64_t one : integers) negative = negative || (!natural && one < 0);
  if (!reals.empty() || !whole_ || negative) {
    if (reals.empty()) to_reals();
    reals.push_back(static_cast<double>(value));
    return;
  }
  for (const float one : floats) integers.push_back(static_cast<std::int64_t>(one));
  floats = {};
  if (!natural) {
    for (std::int64_t& one : integers)
      one = static_cast<std::int64_t>(static_cast<std::uint64_t>(one) - kHalf);
  }
  natural = true;
  integers.push_back(static_cast<std::int64_t>(value - kHalf));
}

void ScoreValues::to_reals() {
  const Index rows = size();
  const ScoreColumn all = column();
  std::vector<double> wide;
  wide.reserve(std::max(static_cast<std::size_t>(rows), floats.capacity()));
  for (Index i = 0; i < rows; ++i) wide.push_back(all[i]);
  reals = std::move(wide);
  floats = {};
  integers = {};
  natural = false;
}

ScoreColumn ScoreValues::column() const {
  return {floats, {reals, integers, natural}};
}

void ScoreValues::round() {
  const ScoreColumn all = column();
  if (!all.wide()) return;
  std::vector<float> rounded;
  for (Index i = 0; i < all.size(); ++i) rounded.push_back(static_cast<float>(all[i]));
  *this = {};
  floats = std::move(rounded);
}

void ScoreValues::negate() {
  bool fits = !natural;
  for (const std::int64_t value : integers) fits = fits && value != std::numeric_limits<std::int64_t>::min();
  if (!fits) to_reals();
  for (float& value : floats) value = 0.0f - value;
  for (double& value : reals) value = 0.0 - value;
  for (std::int64_t& value : integers) value = -value;
}

void ScoreValues::set(Index row, double value) {
  if (!float_holds(value) || !integers.empty()) {
    if (reals.empty()) to_reals();
  }
  if (!reals.empty())
    reals[static_cast<std::size_t>(row)] = value;
  else
    floats[static_cast<std::size_t>(row)] = static_cast<float>(value);
}

std::optional<Index> ScoreValues::lowest(const std::vector<bool>& counts) const {
  const ScoreColumn all = column();
  std::optional<Index> least;
  for (Index i = 0; i < all.size(); ++i) {
    if (counts[static_cast<std::size_t>(i)] && (!least || all.less(i, *least))) least = i;
  }
  return least;
}

void ScoreValues::copy(Index from, Index to) {
  const auto put = [&](auto& values) {
    if (!values.empty()) values[static_cast<std::size_t>(to)] = values[static_cast<std::size_t>(from)];
  };
  put(floats);
  put(integers);
  put(reals);
}

void ScoreValues::keep(const std::vector<bool>& stays) {
  keep_rows(floats, 1, stays);
  keep_rows(integers, 1, stays);
  keep_rows(reals, 1, stays);
}

}  // namespace maskbench
