#include "datasets/core/share.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace maskbench {
namespace {

__extension__ using Product = unsigned __int128;  // 17 digits times any Index fit

constexpr int kMostPlaces = 38;  // of a power of ten in a Product

struct Quotient {
  Product whole = 0;
  bool rest = false;
};

// share * whole, divided by the power of ten that the decimal places of `share` ask for.
Quotient exact_product(double share, Index whole) {
  MASKBENCH_CHECK(std::isfinite(share) && share >= 0 && whole >= 0, "a share is not negative");
  std::array<char, 32> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), share, std::chars_format::scientific).ptr;
  Product digits = 0;
  int places = 0;
  const char* next = text.data();
  for (bool behind_point = false; *next != 'e'; ++next) {
    if (*next == '.') {
      behind_point = true;
      continue;
    }
    digits = digits * 10 + static_cast<unsigned>(*next - '0');
    places += behind_point;
  }
  next += next[1] == '+' ? 2 : 1;  // from_chars takes no plus
  int exponent = 0;
  std::from_chars(next, end, exponent);
  Product product = digits * static_cast<Product>(whole);
  for (places -= exponent; places < 0; ++places) {
    MASKBENCH_CHECK(product <= ~Product{0} / 10, "a share of that size");
    product *= 10;
  }
  if (places > kMostPlaces) return {0, product > 0};
  Product power = 1;
  for (; places > 0; --places) power *= 10;
  return {product / power, product % power != 0};
}

Index as_index(Product value) {
  MASKBENCH_CHECK(value <= static_cast<Product>(std::numeric_limits<Index>::max()), "a share of that size");
  return static_cast<Index>(value);
}

}  // namespace

Index share_floor(double share, Index whole) {
  return as_index(exact_product(share, whole).whole);
}

Index share_ceil(double share, Index whole) {
  const Quotient part = exact_product(share, whole);
  return as_index(part.whole + (part.rest ? 1 : 0));
}

}  // namespace maskbench
