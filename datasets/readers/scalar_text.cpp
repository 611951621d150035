#include "datasets/readers/scalar_text.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <limits>
#include <vector>

#include "datasets/core/params.hpp"

namespace maskbench {
namespace {

constexpr std::int64_t kDay = 86'400;  // seconds
constexpr std::int64_t kMostDays = 10'000'000;

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

std::string date_text(std::int64_t days) {
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text.data();
}

std::string time_text(std::int64_t units, std::int64_t per_second) {
  const std::int64_t seconds = units / per_second, rest = units % per_second;
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%02d:%02d:%02d", static_cast<int>(seconds / 3600),
                static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60));
  std::string whole = text.data();
  if (rest != 0) {
    std::string digits = std::to_string(per_second + rest).substr(1);
    digits.erase(digits.find_last_not_of('0') + 1);
    whole += "." + digits;
  }
  return whole;
}

}  // namespace

std::string decimal_text(const char* bytes, int width, int scale) {
  std::vector<std::uint32_t> limbs(static_cast<std::size_t>(width) / 4);
  std::memcpy(limbs.data(), bytes, static_cast<std::size_t>(width));
  const bool negative = (limbs.back() >> 31u) != 0;
  if (negative) {  // its magnitude
    std::uint64_t carry = 1;
    for (std::uint32_t& limb : limbs) {
      carry += static_cast<std::uint32_t>(~limb);
      limb = static_cast<std::uint32_t>(carry);
      carry >>= 32u;
    }
  }
  std::string digits;  // last first
  while (!limbs.empty()) {
    std::uint64_t rest = 0;
    for (std::size_t i = limbs.size(); i-- > 0;) {
      rest = rest << 32u | limbs[i];
      limbs[i] = static_cast<std::uint32_t>(rest / 10);
      rest %= 10;
    }
    digits += static_cast<char>('0' + rest);
    while (!limbs.empty() && limbs.back() == 0) limbs.pop_back();
  }
  while (scale >= 0 && static_cast<int>(digits.size()) <= scale) digits += '0';
  std::string text(digits.rbegin(), digits.rend());
  if (scale > 0) text.insert(text.size() - static_cast<std::size_t>(scale), ".");
  if (scale < 0) text.append(static_cast<std::size_t>(-scale), '0');
  return negative ? "-" + text : text;
}

std::string hex_text(std::string_view bytes, bool uuid) {
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (uuid && (i == 4 || i == 6 || i == 8 || i == 10)) text += '-';
    const auto byte = static_cast<unsigned char>(bytes[i]);
    text += "0123456789abcdef"[byte >> 4u];
    text += "0123456789abcdef"[byte & 15u];
  }
  return text;
}

std::string moment_text(const ArrowType& type, std::int64_t units) {
  if (type.kind == ArrowKind::duration) return std::to_string(units);
  if (type.kind == ArrowKind::time) return time_text(units, type.per_second);
  const bool days_only = type.kind == ArrowKind::date;
  const std::int64_t a_day = days_only && type.bits == 32 ? 1 : kDay * type.per_second;
  const std::int64_t days = floor_divide(units, a_day);
  if (days > kMostDays || days < -kMostDays) return std::to_string(units);  // no year that a calendar has
  if (days_only) return date_text(days);
  return date_text(days) + "T" + time_text(units - days * a_day, type.per_second) + (type.zoned ? "Z" : "");
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const std::size_t more = first < 0x80 ? 0 : first < 0xc2 ? 4 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    if (more == 4 || first > 0xf4 || i + more >= text.size() + (more == 0)) return false;
    std::uint32_t code = more == 0 ? first : first & (0x3fu >> more);
    for (std::size_t k = 1; k <= more; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if ((next & 0xc0u) != 0x80u) return false;
      code = code << 6u | (next & 0x3fu);
    }
    const bool overlong = (more == 2 && code < 0x800) || (more == 3 && code < 0x10000);
    if (overlong || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return false;
    i += more + 1;
  }
  return true;
}

double real_of(const Scalar& scalar) {
  switch (scalar.kind) {
    case Scalar::Kind::boolean:
    case Scalar::Kind::integer:
    case Scalar::Kind::moment:
      return static_cast<double>(scalar.integer);
    case Scalar::Kind::natural:
      return static_cast<double>(scalar.natural);
    case Scalar::Kind::real:
      return scalar.real;
    case Scalar::Kind::decimal: {
      double value = 0;
      std::from_chars(scalar.text.data(), scalar.text.data() + scalar.text.size(), value);
      return value;
    }
    default:
      return std::numeric_limits<double>::quiet_NaN();
  }
}

std::optional<std::string> text_of(const Scalar& scalar) {
  switch (scalar.kind) {
    case Scalar::Kind::boolean:
    case Scalar::Kind::integer:
      return std::to_string(scalar.integer);
    case Scalar::Kind::natural:
      return std::to_string(scalar.natural);
    case Scalar::Kind::decimal:
    case Scalar::Kind::text:
    case Scalar::Kind::moment:
      return std::string(scalar.text);
    case Scalar::Kind::bytes:
      return is_utf8(scalar.text) ? std::string(scalar.text) : hex_text(scalar.text, false);
    default:
      return std::nullopt;
  }
}

std::string shown(const Scalar& scalar) {
  if (scalar.kind == Scalar::Kind::null) return "null";
  if (scalar.kind == Scalar::Kind::real) return print_number(scalar.real);
  if (scalar.kind == Scalar::Kind::boolean) return scalar.integer != 0 ? "true" : "false";
  return text_of(scalar).value_or("a list or an object");
}

}  // namespace maskbench
