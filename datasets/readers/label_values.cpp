#include "datasets/readers/label_values.hpp"

#include <charconv>
#include <cmath>
#include <limits>

#include "datasets/core/params.hpp"
#include "datasets/readers/compact.hpp"
#include "datasets/readers/scalar_text.hpp"

namespace maskbench {
namespace {

constexpr double kWholeLimit = 9e18;  // a whole real below it is an integer

template <class Map, class Key>
std::int32_t number_of(Map& numbers, const Key& key) {
  return numbers.try_emplace(key, static_cast<std::int32_t>(numbers.size())).first->second;
}

// The order of appearance to the order of the values; the names in that order.
template <class Map, class Name>
std::vector<std::string> sort_values(std::vector<std::int32_t>& codes, const Map& numbers, Name&& name) {
  std::vector<std::int32_t> rank(numbers.size());
  std::vector<std::string> names;
  for (const auto& [value, appeared] : numbers) {
    rank[static_cast<std::size_t>(appeared)] = static_cast<std::int32_t>(names.size());
    names.push_back(name(value));
  }
  for (std::int32_t& code : codes) code = rank[static_cast<std::size_t>(code)];
  return names;
}

std::string integer_text(__int128_t value) {
  return value > std::numeric_limits<std::int64_t>::max() ? std::to_string(static_cast<std::uint64_t>(value))
                                                          : std::to_string(static_cast<std::int64_t>(value));
}

}  // namespace

std::string LabelValues::add(const Scalar& value) {
  const bool whole = value.kind == Scalar::Kind::boolean || value.kind == Scalar::Kind::integer;
  const bool real = value.kind == Scalar::Kind::real || value.kind == Scalar::Kind::decimal;
  const bool number = whole || real || value.kind == Scalar::Kind::natural;
  if (number && kind_ == Kind::texts) return shown(value) + " is an integer among strings";
  if (!number && (kind_ == Kind::integers || kind_ == Kind::reals)) return "a string among integers";
  if (whole) {
    add_integer(value.integer);
  } else if (value.kind == Scalar::Kind::natural) {
    add_integer(value.natural);
  } else if (real) {
    const double given = real_of(value);
    if (!std::isfinite(given))
      return std::string(std::isnan(given) ? "not a number" : "infinite") + "; a label is a finite value";
    add_real(given);
  } else {
    kind_ = Kind::texts;
    const std::string text = text_of(value).value_or("");
    add_code(number_of(texts_, text));
  }
  return "";
}

void LabelValues::add_integer(Wide value) {
  if (kind_ == Kind::reals) return add_real(static_cast<double>(value));
  kind_ = Kind::integers;
  const bool fits =
      value >= std::numeric_limits<std::int32_t>::min() && value <= std::numeric_limits<std::int32_t>::max();
  if (!fits) number_integers();
  add_code(numbered_ ? number_of(integers_, value) : static_cast<std::int32_t>(value));
}

void LabelValues::add_real(double value) {
  if (kind_ != Kind::reals && std::floor(value) == value && std::abs(value) < kWholeLimit)
    return add_integer(static_cast<std::int64_t>(value));
  if (kind_ != Kind::reals) to_reals();
  add_code(number_of(reals_, value));
}

void LabelValues::number_integers() {
  if (numbered_) return;
  numbered_ = true;
  for (std::int32_t& code : codes_) code = number_of(integers_, Wide{code});
}

void LabelValues::to_reals() {
  if (kind_ == Kind::integers) {
    number_integers();
    for (const auto& [value, appeared] : integers_) reals_.emplace(static_cast<double>(value), appeared);
    std::map<std::int32_t, std::int32_t> merged;  // integers that one double stands for
    for (const auto& [value, appeared] : integers_) merged[appeared] = reals_.at(static_cast<double>(value));
    std::map<std::int32_t, std::int32_t> dense;
    for (auto& [value, appeared] : reals_) appeared = number_of(dense, appeared);
    for (std::int32_t& code : codes_) code = dense.at(merged.at(code));
    integers_.clear();
  }
  kind_ = Kind::reals;
}

void LabelValues::add_code(std::int32_t code) {
  codes_.push_back(code);
  codes_.insert(codes_.begin(), leading_, code);
  leading_ = 0;
}

// It stands as the value before it, or after it, so that no value is counted that is not there.
void LabelValues::add_missing() {
  if (codes_.empty())
    ++leading_;
  else
    codes_.push_back(codes_.back());
}

std::string LabelValues::fill(const std::vector<Index>& rows, const std::string& value) {
  std::int64_t whole = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), whole);
  const bool integer = error == std::errc() && end == value.data() + value.size();
  Scalar scalar{Scalar::Kind::text, whole, 0, 0, value};
  if (integer && kind_ != Kind::texts) scalar.kind = Scalar::Kind::integer;
  std::string wrong = add(scalar);
  if (!wrong.empty()) return wrong;
  for (const Index row : rows) codes_[static_cast<std::size_t>(row)] = codes_.back();
  codes_.pop_back();
  return "";
}

void LabelValues::keep(const std::vector<bool>& stays) {
  keep_rows(codes_, 1, stays);
}

std::vector<std::string> LabelValues::settle() {
  if (kind_ == Kind::texts)
    return sort_values(codes_, texts_, [](const std::string& value) { return value; });
  if (kind_ == Kind::reals)
    return sort_values(codes_, reals_, [](double value) { return print_number(value); });
  if (numbered_) return sort_values(codes_, integers_, integer_text);
  return {};
}

}  // namespace maskbench
