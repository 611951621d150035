#include <limits>
#include <nlohmann/json.hpp>

#include "datasets/readers/data_files.hpp"
#include "datasets/readers/gathered.hpp"
#include "datasets/readers/json_line.hpp"
#include "datasets/readers/text_lines.hpp"

namespace maskbench {
namespace {

using nlohmann::json;

json parse_value(std::string_view text, const ReadPlace& place) {
  try {
    return json::parse(text);
  } catch (const json::exception& error) {
    const std::string what = error.what();  // "[json.exception.parse_error.101] parse error at ...: ..."
    place.fail(0, "not JSON: " + what.substr(what.find("] ") + 2));
  }
}

Scalar scalar_of(const json& value) {
  Scalar scalar;
  if (value.is_null()) return scalar;
  if (value.is_boolean()) {
    scalar.kind = Scalar::Kind::boolean;
    scalar.integer = value.get<bool>() ? 1 : 0;
  } else if (value.is_number_unsigned() &&
             value.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max()) {
    scalar.kind = Scalar::Kind::natural;
    scalar.natural = value.get<std::uint64_t>();
  } else if (value.is_number_integer()) {
    scalar.kind = Scalar::Kind::integer;
    scalar.integer = value.get<std::int64_t>();
  } else if (value.is_number_float()) {
    scalar.kind = Scalar::Kind::real;
    scalar.real = value.get<double>();
  } else if (value.is_string()) {
    scalar.kind = Scalar::Kind::text;
    scalar.text = value.get_ref<const std::string&>();
  } else {
    scalar.kind = Scalar::Kind::other;
  }
  return scalar;
}

void append_list(Gathered& column, const json& list, const ReadPlace& place) {
  const auto wrong = [&](const json& value) {
    place.fail(0, std::string(value.type_name()) + "; features and a matrix's rows are lists of numbers");
  };
  if (!list.is_array()) wrong(list);
  std::vector<double> row;
  for (const json& value : list) {
    if (!value.is_number()) wrong(value);
    row.push_back(value.get<double>());
  }
  column.append_row(row, place, 0);
}

void append_value(Gathered& column, std::string_view text, const ReadPlace& place) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const bool list = column.role == Role::features || column.role == Role::matrix;
  if (text == "null") return column.append_missing("null", place, 0);
  if (text == "NaN" || text == "Infinity" ||
      text == "-Infinity") {  // what Python writes, and JSON does not have
    Scalar scalar;
    scalar.kind = Scalar::Kind::real;
    scalar.real = text == "NaN" ? std::numeric_limits<double>::quiet_NaN() : kInfinity;
    return column.append(scalar, place, 0);
  }
  const json value = parse_value(text, place);
  if (list) return append_list(column, value, place);
  const Scalar scalar = scalar_of(value);
  if (scalar.kind == Scalar::Kind::other ||
      (scalar.kind == Scalar::Kind::text && column.role != Role::label && column.role != Role::id &&
       column.role != Role::text))
    place.fail(0, std::string(value.type_name()) + "; " + types_of(column.role));
  column.append(scalar, place, 0);
}

void append_row(Gathered& column, const JsonLine& line, const ReadPlace& place) {
  if (line.twice(column.column))
    throw UserError(place.row(0) + ": column \"" + column.column + "\" is named twice");
  if (const auto value = line.find(column.column)) return append_value(column, *value, place);
  if (const auto folder = folder_value(place.file, column.column))
    return append_constant(column, *folder, 1, place);
  if (column.rule.how != MissingRule::How::error) return column.append_missing("no such field", place, 0);
  throw UserError(place.row(0) + ": no column \"" + column.column + "\"" + likeness(column.column) +
                      "; it has: " + listed(line.names()),
                  {place.file, "", place.first, column.column, listed(line.names())});
}

}  // namespace

Index gather_jsonl(const std::string& file, std::span<Gathered*> columns, Index rows_expected) {
  for (Gathered* column : columns) column->reserve(rows_expected, 0, file);
  JsonLine fields;
  Index rows = 0, blank = 0;
  Index first = 0;  // of the rows that are not in a scratch file yet
  const auto spill = [&] {
    const bool lines = blank == 0;
    for (Gathered* column : columns) column->spill({file, column->column, first, lines}, rows_expected);
    first = rows;
  };
  for_each_line(file, [&](std::string_view line, Index number) {
    if (line.find_first_not_of(" \t") == std::string_view::npos) {
      ++blank;
      return true;
    }
    if (rows - first == kSpillRows) spill();
    const std::string where = file + ", line " + std::to_string(number + 1);
    if (const std::string wrong = fields.read(line); !wrong.empty()) {
      const json other = json::parse(line, nullptr, false);
      throw UserError(where + ": " +
                      (other.is_discarded() ? "not JSON: " : std::string(other.type_name()) + ": ") + wrong);
    }
    for (Gathered* column : columns) append_row(*column, fields, {file, column->column, number, true});
    ++rows;
    return true;
  });
  spill();
  return rows;
}

}  // namespace maskbench
