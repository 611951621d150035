#include "datasets/readers/arrow_values.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "datasets/readers/half.hpp"
#include "datasets/readers/scalar_text.hpp"

namespace maskbench {
namespace {

template <class T>
T load(const ArrowArray& array, int buffer, Index at) {
  // Of levels that end too early Arrow makes, and passes as valid, rows without values (the caller names the
  // file).
  if (array.buffers[buffer] == nullptr) throw std::runtime_error("rows without values");
  return static_cast<const T*>(array.buffers[buffer])[at];
}

bool bit(const void* bits, Index at) {
  return (static_cast<const std::uint8_t*>(bits)[at / 8] >> (at % 8) & 1u) != 0;
}

// Whether the array says so itself, at a place in its buffers.
bool null_at(const ArrowType& type, const ArrowArray& array, Index at) {
  if (type.kind == ArrowKind::null) return true;
  if (type.kind == ArrowKind::run_ends || array.null_count == 0 || array.n_buffers == 0) return false;
  return array.buffers[0] != nullptr && !bit(array.buffers[0], at);
}

std::int64_t whole_at(const ArrowType& type, const ArrowArray& array, Index at) {
  const bool natural = type.kind == ArrowKind::natural;
  switch (type.bits) {
    case 8:
      return natural ? load<std::uint8_t>(array, 1, at) : load<std::int8_t>(array, 1, at);
    case 16:
      return natural ? load<std::uint16_t>(array, 1, at) : load<std::int16_t>(array, 1, at);
    case 32:
      return natural ? std::int64_t{load<std::uint32_t>(array, 1, at)} : load<std::int32_t>(array, 1, at);
    default:
      return load<std::int64_t>(array, 1, at);  // of a natural: its bits
  }
}

double real_at(const ArrowType& type, const ArrowArray& array, Index at) {
  if (type.bits == 16) return static_cast<double>(float_of_half(load<std::uint16_t>(array, 1, at)));
  return type.bits == 32 ? static_cast<double>(load<float>(array, 1, at)) : load<double>(array, 1, at);
}

// Sixteen bytes: the length, then up to twelve characters, or four of them, a buffer and a place in it.
std::string_view view_at(const ArrowArray& array, Index at) {
  const char* view = static_cast<const char*>(array.buffers[1]) + at * 16;
  std::int32_t length = 0, buffer = 0, place = 0;
  std::memcpy(&length, view, sizeof length);
  if (length <= 12) return {view + 4, static_cast<std::size_t>(length)};
  std::memcpy(&buffer, view + 8, sizeof buffer);
  std::memcpy(&place, view + 12, sizeof place);
  return {static_cast<const char*>(array.buffers[2 + buffer]) + place, static_cast<std::size_t>(length)};
}

std::string_view bytes_at(const ArrowType& type, const ArrowArray& array, Index at) {
  if (type.views) return view_at(array, at);
  if (type.kind == ArrowKind::fixed_bytes)
    return {static_cast<const char*>(array.buffers[1]) + at * type.width,
            static_cast<std::size_t>(type.width)};
  const auto offset = [&](Index i) {
    return type.bits == 64 ? load<std::int64_t>(array, 1, i) : load<std::int32_t>(array, 1, i);
  };
  const char* chars = static_cast<const char*>(array.buffers[2]);
  const std::int64_t first = offset(at);
  return {chars == nullptr ? "" : chars + first, static_cast<std::size_t>(offset(at + 1) - first)};
}

// The run that holds a place: the first whose end is behind it.
Index run_of(const ArrowType& ends, const ArrowArray& array, Index place) {
  Index low = 0, high = array.length;
  while (low < high) {
    const Index middle = (low + high) / 2;
    if (whole_at(ends, array, array.offset + middle) > place)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

template <class Visit>
bool visit_floats(const ArrowList& list, Visit&& visit) {
  const ArrowType& type = *list.type;
  if (type.kind != ArrowKind::floating || !type.dictionary.empty()) return false;
  const Index first = list.values->offset + list.first;
  const void* values = list.values->buffers[1];
  if (type.bits == 16)
    visit(static_cast<const std::uint16_t*>(values) + first, float_of_half);
  else if (type.bits == 32)
    visit(static_cast<const float*>(values) + first, [](float value) { return value; });
  else
    visit(static_cast<const double*>(values) + first, [](double value) { return value; });
  return true;
}

}  // namespace

std::optional<ArrowEntry> entry_of(const ArrowType& type, const ArrowArray& array, Index i) {
  const Index at = array.offset + i;
  if (null_at(type, array, at)) return std::nullopt;
  if (!type.dictionary.empty()) {
    const std::int64_t place = whole_at(type, array, at);
    if (place < 0 || place >= array.dictionary->length) return std::nullopt;
    return entry_of(type.dictionary.front(), *array.dictionary, place);
  }
  if (type.kind == ArrowKind::run_ends) {
    const Index run = run_of(type.children[0], *array.children[0], at);
    if (run >= array.children[1]->length) return std::nullopt;
    return entry_of(type.children[1], *array.children[1], run);
  }
  return ArrowEntry{&type, &array, at};
}

std::optional<ArrowEntry> entry_of(const ArrowType& type, const ArrowArray& array,
                                   const std::vector<std::size_t>& path, Index i) {
  ArrowEntry place{&type, &array, array.offset + i};
  for (const std::size_t child : path) {
    const auto next = entry_of(place.type->children[child], *place.array->children[child], place.at);
    if (!next) return std::nullopt;
    place = *next;
  }
  return place;
}

Scalar scalar_of(const ArrowEntry& entry, std::string& buffer) {
  const auto& [type, array, at] = entry;
  Scalar scalar;
  switch (type->kind) {
    case ArrowKind::boolean:
      scalar.kind = Scalar::Kind::boolean;
      scalar.integer = bit(array->buffers[1], at) ? 1 : 0;
      break;
    case ArrowKind::natural:
    case ArrowKind::integer:
      scalar.integer = whole_at(*type, *array, at);
      scalar.natural = static_cast<std::uint64_t>(scalar.integer);
      scalar.kind = type->kind == ArrowKind::natural && type->bits == 64 && scalar.integer < 0
                        ? Scalar::Kind::natural
                        : Scalar::Kind::integer;
      break;
    case ArrowKind::floating:
      scalar.kind = Scalar::Kind::real;
      scalar.real = real_at(*type, *array, at);
      break;
    case ArrowKind::decimal:
      scalar.kind = Scalar::Kind::decimal;
      buffer = decimal_text(static_cast<const char*>(array->buffers[1]) + at * (type->bits / 8),
                            type->bits / 8, type->scale);
      scalar.text = buffer;
      break;
    case ArrowKind::text:
      scalar.kind = Scalar::Kind::text;
      scalar.text = bytes_at(*type, *array, at);
      break;
    case ArrowKind::bytes:
      scalar.kind = Scalar::Kind::bytes;
      scalar.text = bytes_at(*type, *array, at);
      break;
    case ArrowKind::fixed_bytes:
      scalar.kind = Scalar::Kind::text;
      buffer = hex_text(bytes_at(*type, *array, at), type->extension == "arrow.uuid");
      scalar.text = buffer;
      break;
    case ArrowKind::date:
    case ArrowKind::time:
    case ArrowKind::timestamp:
    case ArrowKind::duration:
      scalar.kind = Scalar::Kind::moment;
      scalar.integer =
          type->bits == 32 ? load<std::int32_t>(*array, 1, at) : load<std::int64_t>(*array, 1, at);
      buffer = moment_text(*type, scalar.integer);
      scalar.text = buffer;
      break;
    default:
      scalar.kind = Scalar::Kind::other;
  }
  return scalar;
}

std::string_view raw_bytes(const ArrowEntry& entry) {
  return bytes_at(*entry.type, *entry.array, entry.at);
}

ArrowList list_of(const ArrowEntry& entry) {
  const auto& [type, array, at] = entry;
  ArrowList list{&type->children.front(), array->children[0], 0, type->width};
  const auto number = [&, wide = type->bits == 64, whole = array](int buffer, Index i) {
    return wide ? load<std::int64_t>(*whole, buffer, i) : load<std::int32_t>(*whole, buffer, i);
  };
  if (type->kind == ArrowKind::fixed_list) {
    list.first = at * type->width;
  } else if (type->kind == ArrowKind::list) {
    list.first = number(1, at);
    list.count = number(1, at + 1) - list.first;
  } else {
    list.first = number(1, at);
    list.count = number(2, at);
  }
  return list;
}

std::optional<Index> null_in(const ArrowList& list) {
  const bool plain = list.type->dictionary.empty() && list.type->kind != ArrowKind::run_ends &&
                     list.type->kind != ArrowKind::null;
  if (plain && (list.values->null_count == 0 || list.values->buffers[0] == nullptr)) return std::nullopt;
  for (Index i = 0; i < list.count; ++i) {
    if (!entry_of(*list.type, *list.values, list.first + i)) return i;
  }
  return std::nullopt;
}

bool append_float32(const ArrowList& list, std::vector<float>& out) {
  if (list.type->bits == 64) return false;
  return visit_floats(list, [&](const auto* values, const auto& widen) {
    using Value = std::decay_t<decltype(*values)>;
    if constexpr (std::is_same_v<Value, float>) {
      out.insert(out.end(), values, values + list.count);
    } else {
      for (Index i = 0; i < list.count; ++i) out.push_back(static_cast<float>(widen(values[i])));
    }
  });
}

void append_numbers(const ArrowList& list, std::vector<double>& out) {
  const auto copy = [&](const auto* values, const auto& widen) {
    for (Index i = 0; i < list.count; ++i) out.push_back(static_cast<double>(widen(values[i])));
  };
  if (visit_floats(list, copy)) return;
  std::string buffer;
  for (Index i = 0; i < list.count; ++i)
    out.push_back(real_of(scalar_of(*entry_of(*list.type, *list.values, list.first + i), buffer)));
}

void append_integers(const ArrowList& list, std::vector<std::int64_t>& out) {
  for (Index i = 0; i < list.count; ++i) {
    const ArrowEntry entry = *entry_of(*list.type, *list.values, list.first + i);
    out.push_back(whole_at(*entry.type, *entry.array, entry.at));
  }
}

}  // namespace maskbench
