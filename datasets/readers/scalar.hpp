// One value on its way from a file into a column, whatever the file's format.
#pragma once

#include <cstdint>
#include <string_view>

namespace maskbench {

struct Scalar {
  enum class Kind {
    null,
    boolean,  // integer: 0 or 1
    integer,
    natural,  // an integer above the largest int64
    real,
    decimal,  // text: its digits
    text,
    moment,  // integer: units since its origin; text: as people write it
    bytes,   // text: raw
    other
  };
  Kind kind = Kind::null;
  std::int64_t integer = 0;
  std::uint64_t natural = 0;
  double real = 0;
  std::string_view text{};
};

}  // namespace maskbench
