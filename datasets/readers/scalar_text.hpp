// Scalars as text and as numbers.
#pragma once

#include <optional>
#include <string>

#include "datasets/readers/arrow_types.hpp"
#include "datasets/readers/scalar.hpp"

namespace maskbench {

// A little-endian number in two's complement, with a point before its last `scale` digits.
std::string decimal_text(const char* bytes, int width, int scale);

// Hexadecimal digits; with the dashes of a UUID.
std::string hex_text(std::string_view bytes, bool uuid);

// ISO 8601: 2026-11-30, 11:20:00.5, 2026-11-30T11:20:00Z; a duration as its count of units.
std::string moment_text(const ArrowType& type, std::int64_t units);

bool is_utf8(std::string_view text);

// The nearest double of a number; NaN for what is none.
double real_of(const Scalar& scalar);

// What a label, an id or a text says; nothing for a real. Bytes that are no text: their hexadecimal digits.
std::optional<std::string> text_of(const Scalar& scalar);

std::string shown(const Scalar& scalar);  // in a message

}  // namespace maskbench
