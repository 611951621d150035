#include "datasets/readers/arrow_columns.hpp"

#include <algorithm>
#include <cmath>

#include "datasets/readers/scalar_text.hpp"

namespace maskbench {
namespace {

bool is_number(ArrowKind kind) {
  return kind == ArrowKind::integer || kind == ArrowKind::natural || kind == ArrowKind::floating ||
         kind == ArrowKind::decimal;
}

bool is_moment(ArrowKind kind) {
  return kind == ArrowKind::date || kind == ArrowKind::time || kind == ArrowKind::timestamp ||
         kind == ArrowKind::duration;
}

bool is_bytes(ArrowKind kind) {
  return kind == ArrowKind::bytes || kind == ArrowKind::fixed_bytes;
}

void append_list(Gathered& column, const ArrowEntry& entry, const ReadPlace& place, Index i) {
  const ArrowList list = list_of(entry);
  if (null_in(list)) place.fail(i, "a null inside the list");
  if (column.of_integers) {
    std::vector<std::int64_t> row;
    append_integers(list, row);
    return column.append_row(row, place, i);
  }
  std::vector<float> row;
  if (append_float32(list, row)) return column.append_row(std::span<const float>(row), place, i);
  std::vector<double> wide;
  append_numbers(list, wide);
  column.append_row(std::span<const double>(wide), place, i);
}

}  // namespace

bool fits(Role role, const ArrowType& given) {
  const ArrowType& type = decoded(given);
  const ArrowKind kind = type.kind;
  if (kind == ArrowKind::null) return true;
  const bool numbers =
      is_list(type) && is_number(list_values(type).kind) && list_values(type).kind != ArrowKind::decimal;
  switch (role) {
    case Role::features:
      return numbers || is_bytes(kind);
    case Role::matrix:
      return numbers;
    case Role::score:
      return is_number(kind) || is_moment(kind) || kind == ArrowKind::boolean;
    case Role::label:
      return is_number(kind) || is_moment(kind) || is_bytes(kind) || kind == ArrowKind::boolean ||
             kind == ArrowKind::text;
    case Role::size:
      return is_number(kind);
    case Role::id:
      return kind == ArrowKind::integer || kind == ArrowKind::natural || kind == ArrowKind::decimal ||
             is_moment(kind) || is_bytes(kind) || kind == ArrowKind::text;
    case Role::text:
      return kind == ArrowKind::text || kind == ArrowKind::bytes;
  }
  return false;
}

ColumnPath find_column(const ArrowType& columns, std::string_view name) {
  ColumnPath found;
  for (std::size_t i = 0; i < columns.children.size(); ++i) {
    if (columns.children[i].name != name) continue;
    found.twice = !found.path.empty();
    found.path = {i};
  }
  if (!found.path.empty()) return found;
  for (std::size_t dot = name.rfind('.'); dot != std::string_view::npos && dot > 0;
       dot = dot == 0 ? std::string_view::npos : name.rfind('.', dot - 1)) {
    for (std::size_t i = 0; i < columns.children.size(); ++i) {
      const ArrowType& child = columns.children[i];
      if (child.kind != ArrowKind::structure || child.name != name.substr(0, dot)) continue;
      ColumnPath inner = find_column(child, name.substr(dot + 1));
      if (inner.path.empty()) continue;
      inner.path.insert(inner.path.begin(), i);
      return inner;
    }
  }
  return found;
}

const ArrowType& type_at(const ArrowType& columns, const std::vector<std::size_t>& path) {
  const ArrowType* type = &columns;
  for (const std::size_t child : path) type = &type->children[child];
  return *type;
}

void check_type(const std::string& file, const ArrowType& given, Gathered& column) {
  const ArrowType& type = decoded(given);
  if (!fits(column.role, given))
    throw UserError(file + ", column \"" + column.column + "\": of type " + given.print() + "; " +
                    types_of(column.role));
  if (column.packing != Packing::none && !is_bytes(type.kind))
    throw UserError(file + ", column \"" + column.column + "\": of type " + given.print() +
                    "; only binary features are told what their bytes are");
  if (column.role == Role::features && is_bytes(type.kind) && column.packing == Packing::none)
    column.packing = Packing::bits;
  if (column.role == Role::matrix) column.of_integers = is_list_of_integers(type);
  if (type.kind == ArrowKind::fixed_list && column.cols == 0) column.cols = type.width;
}

void append(Gathered& column, const ArrowType& type, const ArrowArray& rows,
            const std::vector<std::size_t>& path, const ReadPlace& place) {
  std::string buffer;
  const bool lists = column.role == Role::features || column.role == Role::matrix;
  for (Index i = 0; i < rows.length; ++i) {
    const auto entry = entry_of(type, rows, path, i);
    if (!entry) {
      column.append_missing("null", place, i);
    } else if (column.packing != Packing::none) {
      column.append_packed(raw_bytes(*entry), place, i);
    } else if (lists) {
      append_list(column, *entry, place, i);
    } else {
      column.append(scalar_of(*entry, buffer), place, i);
    }
  }
}

void append_integers(std::vector<std::int64_t>& all, const ArrowType& type, const ArrowArray& rows,
                     const std::vector<std::size_t>& path, const ReadPlace& place) {
  std::string buffer;
  for (Index i = 0; i < rows.length; ++i) {
    const auto entry = entry_of(type, rows, path, i);
    if (!entry) place.fail(i, "null; every row needs a value");
    const Scalar scalar = scalar_of(*entry, buffer);
    const double number = real_of(scalar);
    if (scalar.kind == Scalar::Kind::integer)
      all.push_back(scalar.integer);
    else if (std::abs(number) < 0x1p53 && number == std::floor(number))
      all.push_back(static_cast<std::int64_t>(number));
    else
      place.fail(i, shown(scalar) + (number == std::floor(number) ? " does not fit a 64-bit integer"
                                                                  : " is no whole number"));
  }
}

}  // namespace maskbench
