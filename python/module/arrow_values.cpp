#include "python/module/arrow_values.hpp"

#include <cstring>
#include <limits>
#include <vector>

#include "datasets/readers/half.hpp"

namespace maskbench::python {
namespace {

[[noreturn]] void fail(const Piece& piece, Index entry, const std::string& what) {
  throw UserError("row " + std::to_string(piece.first + entry) + ", column \"" + piece.column + "\": " + what,
                  {.column = piece.column, .row = piece.first + entry});
}

bool is(const char* format, const char* wanted) {
  return std::strcmp(format, wanted) == 0;
}

// `parent`: how many entries of this array belong to one row.
void refuse_nulls(const Piece& piece, const ArrowArray& array, Index parent) {
  if (array.null_count == 0 || array.n_buffers == 0 || array.buffers[0] == nullptr) return;
  const auto* bits = static_cast<const std::uint8_t*>(array.buffers[0]);
  for (std::int64_t i = 0; i < array.length; ++i) {
    const std::int64_t at = array.offset + i;
    if ((bits[at / 8] >> (at % 8) & 1) == 0)
      fail(piece, i / std::max<Index>(parent, 1), "null; every row needs a value");
  }
}

template <class Offset>
std::pair<Index, Index> list_range(const Piece& piece, Index& cols) {
  const auto* at = static_cast<const Offset*>(piece.array->buffers[1]) + piece.array->offset;
  for (Index i = 0; i < piece.array->length; ++i) {
    const auto size = static_cast<Index>(at[i + 1] - at[i]);
    if (i == 0) cols = size;
    if (size != cols)
      fail(piece, i,
           "a list of " + std::to_string(size) + " values, the rows before it have " + std::to_string(cols));
  }
  return {static_cast<Index>(at[0]), static_cast<Index>(at[piece.array->length])};
}

Numbers flat(const Piece& piece, const char* format, const ArrowArray& array) {
  if (!is_number(format)) refuse_type(piece.column, format, "numbers are wanted");
  Numbers numbers;
  numbers.format = format[0];
  numbers.rows = array.length;
  numbers.data =
      static_cast<const char*>(array.buffers[1]) + static_cast<std::size_t>(array.offset) * numbers.width();
  return numbers;
}

template <class Offset>
void visit_offsets(const ArrowArray& array, const std::function<void(std::string_view)>& visit) {
  const auto* at = static_cast<const Offset*>(array.buffers[1]) + array.offset;
  const auto* chars = static_cast<const char*>(array.buffers[2]);
  for (Index i = 0; i < array.length; ++i)
    visit({chars + at[i], static_cast<std::size_t>(at[i + 1] - at[i])});
}

void visit_views(const ArrowArray& array, const std::function<void(std::string_view)>& visit) {
  struct View {
    std::int32_t length;
    char start[4];
    std::int32_t buffer, offset;
  };
  constexpr std::int32_t kInline = 12;
  const auto* views = static_cast<const View*>(array.buffers[1]) + array.offset;
  for (Index i = 0; i < array.length; ++i) {
    const View& view = views[i];
    const char* begin = view.length <= kInline
                            ? view.start
                            : static_cast<const char*>(array.buffers[2 + view.buffer]) + view.offset;
    visit({begin, static_cast<std::size_t>(view.length)});
  }
}

template <class From, class To>
void convert(const char* data, Index count, To* out) {
  const auto* values = reinterpret_cast<const From*>(data);
  for (Index i = 0; i < count; ++i) {
    if constexpr (std::is_integral_v<To>) {
      if (!(static_cast<long double>(values[i]) >= static_cast<long double>(std::numeric_limits<To>::min()) &&
            static_cast<long double>(values[i]) <= static_cast<long double>(std::numeric_limits<To>::max())))
        throw UserError(std::to_string(values[i]) + " does not fit a 32-bit integer");
    }
    out[i] = static_cast<To>(values[i]);
  }
}

}  // namespace

bool is_number(const char* format) {
  return format[1] == '\0' && std::strchr("cCsSiIlLefg", format[0]) != nullptr;
}
bool is_float(const char* format) {
  return format[1] == '\0' && std::strchr("efg", format[0]) != nullptr;
}
bool is_list(const char* format) {
  return std::strncmp(format, "+w:", 3) == 0 || is(format, "+l") || is(format, "+L");
}
bool is_string(const ArrowSchema& type) {
  const char* format = type.dictionary != nullptr ? type.dictionary->format : type.format;
  return is(format, "u") || is(format, "U") || is(format, "vu");
}

std::size_t Numbers::width() const {
  switch (format) {
    case 'c':
    case 'C':
      return 1;
    case 's':
    case 'S':
    case 'e':
      return 2;
    case 'i':
    case 'I':
    case 'f':
      return 4;
    default:
      return 8;
  }
}

template <class T>
void Numbers::copy_to(T* out) const {
  const Index count = rows * cols;
  switch (format) {
    case 'c':
      return convert<std::int8_t>(data, count, out);
    case 'C':
      return convert<std::uint8_t>(data, count, out);
    case 's':
      return convert<std::int16_t>(data, count, out);
    case 'S':
      return convert<std::uint16_t>(data, count, out);
    case 'i':
      return convert<std::int32_t>(data, count, out);
    case 'I':
      return convert<std::uint32_t>(data, count, out);
    case 'l':
      return convert<std::int64_t>(data, count, out);
    case 'L':
      return convert<std::uint64_t>(data, count, out);
    case 'f':
      return convert<float>(data, count, out);
    case 'g':
      return convert<double>(data, count, out);
    default: {
      const auto* halves = reinterpret_cast<const std::uint16_t*>(data);
      for (Index i = 0; i < count; ++i) out[i] = static_cast<T>(float_of_half(halves[i]));
    }
  }
}

template void Numbers::copy_to(float*) const;
template void Numbers::copy_to(std::int32_t*) const;

void refuse_column(const std::string& column, const std::string& why) {
  throw UserError("column \"" + column + "\": " + why, {.column = column});
}

void refuse_type(const std::string& column, const std::string& format, const std::string& wanted) {
  refuse_column(column, "of Arrow type \"" + format + "\"; " + wanted);
}

Numbers numbers_of(const Piece& piece) {
  refuse_nulls(piece, *piece.array, 1);
  const char* format = piece.type->format;
  if (!is_list(format)) return flat(piece, format, *piece.array);
  const ArrowArray& values = *piece.array->children[0];
  Index cols = 0;
  std::pair<Index, Index> range;
  if (format[1] == 'w') {
    cols = std::stoll(format + 3);
    range = {piece.array->offset * cols, (piece.array->offset + piece.array->length) * cols};
  } else {
    range = format[1] == 'l' ? list_range<std::int32_t>(piece, cols) : list_range<std::int64_t>(piece, cols);
  }
  if (cols == 0 && piece.array->length > 0) fail(piece, 0, "an empty list");
  refuse_nulls(piece, values, cols);
  Numbers numbers = flat(piece, piece.type->children[0]->format, values);
  numbers.data += static_cast<std::size_t>(range.first) * numbers.width();
  numbers.rows = piece.array->length;
  numbers.cols = cols;
  return numbers;
}

void each_string(const Piece& piece, const std::function<void(std::string_view)>& visit) {
  if (!is_string(*piece.type)) refuse_type(piece.column, piece.type->format, "strings are wanted");
  refuse_nulls(piece, *piece.array, 1);
  const auto strings_of = [](const char* format, const ArrowArray& array,
                             const std::function<void(std::string_view)>& use) {
    if (is(format, "u")) return visit_offsets<std::int32_t>(array, use);
    if (is(format, "U")) return visit_offsets<std::int64_t>(array, use);
    visit_views(array, use);
  };
  if (piece.type->dictionary == nullptr) return strings_of(piece.type->format, *piece.array, visit);
  std::vector<std::string_view> values;
  strings_of(piece.type->dictionary->format, *piece.array->dictionary,
             [&](std::string_view value) { values.push_back(value); });
  const Numbers codes = flat(piece, piece.type->format, *piece.array);
  std::vector<std::int32_t> code(static_cast<std::size_t>(codes.rows));
  codes.copy_to(code.data());
  for (const std::int32_t one : code) visit(values.at(static_cast<std::size_t>(one)));
}

}  // namespace maskbench::python
