#include "datasets/readers/gathered.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <set>
#include <utility>

#include "datasets/core/huge_pages.hpp"
#include "datasets/core/params.hpp"
#include "datasets/readers/compact.hpp"
#include "datasets/readers/data_files.hpp"
#include "datasets/readers/half.hpp"
#include "datasets/readers/scalar_text.hpp"

namespace maskbench {
namespace {

constexpr std::int64_t kLargest = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kSmallest = std::numeric_limits<std::int32_t>::min();

// Reserved and not filled: pages are taken as rows come. A damaged row count must not look like a crash.
template <class Container>
void reserve_within_memory(Container& container, Index rows, Index width, const std::string& file) {
  const double wanted = static_cast<double>(rows) * static_cast<double>(width) *
                        static_cast<double>(sizeof(typename Container::value_type));
  const double machine =
      static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE));
  if (wanted < 0 || wanted > machine) {
    throw UserError(file + ": a column of " + std::to_string(rows) + " x " + std::to_string(width) +
                    " values is more than this machine's memory; the file is too large or damaged");
  }
  container.reserve(rows * width);
}

}  // namespace

std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 50;  // of a hundred thousand files or columns
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kMost); ++i)
    text += (text.empty() ? "" : ", ") + names[i];
  if (names.size() > kMost) text += ", and " + std::to_string(names.size() - kMost) + " more";
  return text.empty() ? "none" : text;
}

const char* types_of(Role role) {
  switch (role) {
    case Role::features:
      return "features are lists of float16, float32, float64 or integers, or binary";
    case Role::score:
      return "a score is a number: a float, an integer, a decimal, a bool, a date or a time";
    case Role::label:
      return "a label is an integer, a bool, a number or a string";
    case Role::size:
      return "a length is an integer of at least 0";
    case Role::matrix:
      return "a matrix is made of lists of floats or of integers";
    case Role::id:
      return "an id is a string, an integer, a date or binary";
    case Role::text:
      return "text is a string";
  }
  return "";
}

std::string ReadPlace::row(Index offset) const {
  return file + (count_lines ? ", line " + std::to_string(first + offset + 1)
                             : ", row " + std::to_string(first + offset));
}

void ReadPlace::fail(Index offset, const std::string& what) const {
  throw UserError(row(offset) + ", column \"" + column + "\": " + what,
                  {file, column, first + offset, what, ""});
}

void Gathered::spill(const ReadPlace& place, Index total_rows) {
  if (scratch.empty() || floats.empty()) return;
  if (!scratch_file) scratch_file = std::make_shared<RowFile>(scratch, cols, total_rows);
  const Index first = scratch_file->rows();
  std::vector<Index> zeros;
  check_rows(
      floats, cols, unit_rows, column, [&](Index row) { return place.row(row); },
      rule.how == MissingRule::How::drop ? &zeros : nullptr);
  for (const Index row : zeros) missing.push_back(first + row);
  scratch_file->append(floats);
  floats.clear();
}

void Gathered::reserve(Index total_rows, Index chars_expected, const std::string& file) {
  if (!scratch.empty()) return;
  if (role == Role::id || role == Role::text) {
    reserve_within_memory(offsets, total_rows + 1, 1, file);
    reserve_within_memory(chars, chars_expected, 1, file);
  } else if (role == Role::score) {
    reserve_within_memory(scores.floats, total_rows, 1, file);
  } else if (role == Role::label) {
    labels.reserve(total_rows);
  } else if (role == Role::size || of_integers) {
    reserve_within_memory(integers, total_rows, std::max<Index>(cols, 1), file);
  } else {
    reserve_within_memory(floats, total_rows, cols, file);
    prefer_huge_pages(floats);
  }
}

void Gathered::append_chars(std::string_view value) {
  if (offsets.empty()) offsets.push_back(0);
  chars.append(value);
  offsets.push_back(static_cast<std::int64_t>(chars.size()));
}

void Gathered::append_size(const Scalar& value, const ReadPlace& place, Index offset) {
  const double number = real_of(value);
  if (number != std::floor(number))
    place.fail(offset, shown(value) + " is no whole number; " + types_of(role));
  if (number < 0) place.fail(offset, shown(value) + "; a length is 0 or more");
  if (number > static_cast<double>(kLargest))
    place.fail(offset, shown(value) + " does not fit a 32-bit integer");
  integers.push_back(static_cast<std::int32_t>(number));
}

void Gathered::append(const Scalar& value, const ReadPlace& place, Index offset) {
  const Scalar::Kind kind = value.kind;
  if (kind == Scalar::Kind::null) return append_missing("null", place, offset);
  const bool number = !std::isnan(real_of(value));
  if (kind == Scalar::Kind::real && !number && role != Role::id && role != Role::text)
    return append_missing("not a number", place, offset);
  const auto wants = [&](bool fits) {
    if (!fits) place.fail(offset, shown(value) + "; " + types_of(role));
  };
  switch (role) {
    case Role::score:
      wants(number);
      if (std::isinf(real_of(value)) && kind == Scalar::Kind::real)
        place.fail(offset, "infinite; only finite numbers are allowed");
      scores.add(value);
      break;
    case Role::size:
      wants(number && kind != Scalar::Kind::boolean && kind != Scalar::Kind::moment);
      append_size(value, place, offset);
      break;
    case Role::label: {
      wants(kind != Scalar::Kind::other);
      if (const std::string wrong = labels.add(value); !wrong.empty()) place.fail(offset, wrong);
      break;
    }
    case Role::id: {
      const auto text = text_of(value);
      wants(text.has_value() && kind != Scalar::Kind::boolean);
      append_chars(*text);
      break;
    }
    case Role::text:
      wants(kind == Scalar::Kind::text || (kind == Scalar::Kind::bytes && is_utf8(value.text)));
      append_chars(value.text);
      break;
    case Role::features:
    case Role::matrix:
      wants(false);
  }
  ++rows;
}

void Gathered::append_row(std::span<const float> values, const ReadPlace& place, Index offset) {
  set_cols(static_cast<Index>(values.size()), place, offset);
  floats.insert(floats.end(), values.begin(), values.end());
  ++rows;
}

void Gathered::append_row(std::span<const double> values, const ReadPlace& place, Index offset) {
  constexpr double kLargestFloat = std::numeric_limits<float>::max(), kSmall = 0x1p-100;
  set_cols(static_cast<Index>(values.size()), place, offset);
  double largest = 0;
  for (const double value : values) {
    if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
  }
  const bool direction = role == Role::features && unit_rows;
  if (largest > kLargestFloat && !direction)
    place.fail(offset, print_number(largest) + " does not fit a 32-bit float");
  if (direction && (largest > kLargestFloat || (largest > 0 && largest < kSmall))) {
    double squares = 0;
    for (const double value : values) squares += (value / largest) * (value / largest);
    const double norm = std::sqrt(squares);
    for (const double value : values) floats.push_back(static_cast<float>(value / largest / norm));
  } else {
    for (const double value : values) floats.push_back(static_cast<float>(value));
  }
  ++rows;
}

void Gathered::append_row(std::span<const std::int64_t> values, const ReadPlace& place, Index offset) {
  set_cols(static_cast<Index>(values.size()), place, offset);
  for (const std::int64_t value : values) {
    if (value < kSmallest || value > kLargest)
      place.fail(offset, std::to_string(value) + " does not fit a 32-bit integer");
    integers.push_back(static_cast<std::int32_t>(value));
  }
  ++rows;
}

void Gathered::append_packed(std::string_view bytes, const ReadPlace& place, Index offset) {
  const std::size_t width = packing == Packing::float32 ? 4 : packing == Packing::float16 ? 2 : 1;
  if (bytes.size() % width != 0)
    place.fail(offset, std::to_string(bytes.size()) + " bytes are no whole number of values of " +
                           std::to_string(width) + " bytes");
  std::vector<float> row;
  for (std::size_t at = 0; at < bytes.size(); at += width) {
    const auto byte = static_cast<unsigned char>(bytes[at]);
    if (packing == Packing::bits) {
      for (int bit = 7; bit >= 0; --bit)
        row.push_back((byte >> static_cast<unsigned>(bit) & 1u) != 0 ? 1.0f : -1.0f);
    } else if (packing == Packing::int8) {
      row.push_back(static_cast<float>(static_cast<signed char>(byte)));
    } else if (packing == Packing::uint8) {
      row.push_back(static_cast<float>(byte));
    } else if (packing == Packing::float16) {
      std::uint16_t half = 0;
      std::memcpy(&half, bytes.data() + at, sizeof half);
      row.push_back(float_of_half(half));
    } else {
      float value = 0;
      std::memcpy(&value, bytes.data() + at, sizeof value);
      row.push_back(value);
    }
  }
  append_row(row, place, offset);
}

void Gathered::append_missing(const std::string& what, const ReadPlace& place, Index offset) {
  if (rule.how == MissingRule::How::error) {
    const char* ways = role == Role::score || role == Role::size      ? "drop, lowest or a value"
                       : role == Role::label                          ? "drop or a value"
                       : role == Role::features || role == Role::text ? "drop"
                                                                      : "";
    place.fail(offset, what + "; every row needs a value" +
                           (*ways == '\0' ? "" : " (--missing " + column + "=" + ways + ")"));
  }
  missing.push_back(rows++);
  if (role == Role::score)
    scores.add_integer(0);
  else if (role == Role::size)
    integers.push_back(0);
  else if (role == Role::label)
    labels.add_missing();
  else if (role == Role::features)
    floats.insert(floats.end(), static_cast<std::size_t>(cols), 0.0f);
  else
    append_chars("");
}

void Gathered::set_cols(Index given, const ReadPlace& place, Index offset) {
  if (given == 0) place.fail(offset, "an empty list");
  if (cols == 0) {
    cols = given;
    floats.insert(floats.end(), static_cast<std::size_t>(rows * given), 0.0f);  // rows that are missing
  }
  if (given != cols) {
    place.fail(offset, "a list of " + std::to_string(given) + " values, the rows before it have " +
                           std::to_string(cols));
  }
}

void Gathered::fill_missing(const std::function<std::string(Index)>& locate) {
  if (missing.empty() || rule.how == MissingRule::How::error) return;
  std::vector<bool> present(static_cast<std::size_t>(rows), true);
  for (const Index row : missing) present[static_cast<std::size_t>(row)] = false;
  const auto wrong = [&](const std::string& what) {
    throw UserError(locate(missing.front()) + ", column \"" + column + "\": --missing " + rule.print() +
                    ": " + what);
  };
  double value = 0;
  if (rule.how == MissingRule::How::value && role != Role::label) {
    const auto [end, error] =
        std::from_chars(rule.value.data(), rule.value.data() + rule.value.size(), value);
    if (error != std::errc() || end != rule.value.data() + rule.value.size() || !std::isfinite(value))
      wrong("\"" + rule.value + "\" is no number");
  }
  if (role == Role::score && rule.how == MissingRule::How::value) {
    for (const Index row : missing) scores.set(row, value);
  } else if (role == Role::score) {
    if (std::exchange(descending, false)) scores.negate();  // the worst ranks lowest
    const auto least = scores.lowest(present);
    if (!least) return wrong("no row has a value");
    for (const Index row : missing) scores.copy(*least, row);
  } else if (role == Role::size) {
    std::int32_t filler = static_cast<std::int32_t>(kLargest);
    for (std::size_t i = 0; i < integers.size(); ++i)
      filler = present[i] ? std::min(filler, integers[i]) : filler;
    if (rule.how == MissingRule::How::value) {
      if (value < 0 || value > static_cast<double>(kLargest) || value != std::floor(value))
        wrong(types_of(role));
      filler = static_cast<std::int32_t>(value);
    }
    for (const Index row : missing) integers[static_cast<std::size_t>(row)] = filler;
  } else if (role == Role::label && rule.how == MissingRule::How::value) {
    if (const std::string bad = labels.fill(missing, rule.value); !bad.empty()) wrong(bad);
  }
}

void Gathered::keep(const std::vector<bool>& stays) {
  keep_rows(floats, cols, stays);
  keep_rows(integers, std::max<Index>(cols, 1), stays);
  scores.keep(stays);
  labels.keep(stays);
  if (scratch_file) {
    const auto all = std::exchange(scratch_file, std::make_shared<RowFile>(scratch, cols, Index{0}));
    for_each_tile(FeatureRows(*all), kTileBytes, [&](Index first, MatrixView tile) {
      for (Index i = 0; i < tile.rows; ++i) {
        if (stays[static_cast<std::size_t>(first + i)])
          scratch_file->append({tile.row(i), static_cast<std::size_t>(cols)});
      }
    });
  }
  if (!offsets.empty()) {
    std::string kept;
    std::vector<std::int64_t> ends{0};
    for (std::size_t row = 0; row < stays.size(); ++row) {
      if (!stays[row]) continue;
      kept.append(chars, static_cast<std::size_t>(offsets[row]),
                  static_cast<std::size_t>(offsets[row + 1] - offsets[row]));
      ends.push_back(static_cast<std::int64_t>(kept.size()));
    }
    chars = std::move(kept);
    offsets = std::move(ends);
  }
  rows = std::count(stays.begin(), stays.end(), true);
}

void append_constant(Gathered& column, const std::string& value, Index rows, const ReadPlace& place) {
  Scalar scalar{Scalar::Kind::text, 0, 0, 0, value};
  if (value == kNullFolder) scalar.kind = Scalar::Kind::null;
  if (scalar.kind == Scalar::Kind::text && (column.role == Role::score || column.role == Role::size)) {
    const char* end = value.data() + value.size();
    if (std::from_chars(value.data(), end, scalar.integer).ptr == end)
      scalar.kind = Scalar::Kind::integer;
    else if (std::from_chars(value.data(), end, scalar.real).ptr == end)
      scalar.kind = Scalar::Kind::real;
  }
  for (Index i = 0; i < rows; ++i) column.append(scalar, place, i);
}

}  // namespace maskbench
