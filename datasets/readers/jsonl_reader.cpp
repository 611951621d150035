#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "datasets/readers/gathered.hpp"

namespace maskbench {
namespace {

using nlohmann::json;

// One line's object; a key that stands twice in it is an error, as a column that is named twice.
json parse_line(const std::string& line, const std::string& where) {
  std::vector<std::string> keys;
  std::string repeated;
  const auto watch = [&](int depth, json::parse_event_t event, json& parsed) {
    if (event != json::parse_event_t::key || depth != 1) return true;
    const auto& key = parsed.get_ref<const std::string&>();
    for (const std::string& known : keys) {
      if (known == key) repeated = key;
    }
    keys.push_back(key);
    return true;
  };
  json row;
  try {
    row = json::parse(line, watch);
  } catch (const json::exception& error) {
    const std::string what = error.what();  // "[json.exception.parse_error.101] parse error at ...: ..."
    throw UserError(where + ": not JSON: " + what.substr(what.find("] ") + 2));
  }
  if (!row.is_object())
    throw UserError(where + ": " + row.type_name() + " where an object {\"column\": value, ...} is wanted");
  if (!repeated.empty()) throw UserError(where + ": column \"" + repeated + "\" is named twice");
  return row;
}

std::int64_t integer_of(const json& value, const ReadPlace& place) {
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max()) {
    place.fail(0, value.dump() + " does not fit a 64-bit integer");
  }
  return value.get<std::int64_t>();
}

[[noreturn]] void wrong_type(const json& value, const ReadPlace& place, const char* wanted) {
  place.fail(0, std::string(value.type_name()) + "; " + wanted);
}

void append_list(Gathered& column, const json& list, const ReadPlace& place) {
  if (!list.is_array()) wrong_type(list, place, "a matrix's row is a list of numbers");
  column.set_cols(static_cast<Index>(list.size()), place, 0);
  for (const json& value : list) {
    if (!value.is_number()) wrong_type(value, place, "a matrix's row is a list of numbers");
    column.floats.push_back(value.get<float>());
  }
  ++column.rows;
}

void append_value(Gathered& column, const json& value, const ReadPlace& place) {
  switch (column.role) {
    case Role::features:
    case Role::matrix:
      append_list(column, value, place);
      break;
    case Role::score:
      if (value.is_boolean())
        column.floats.push_back(value.get<bool>() ? 1.0f : 0.0f);
      else if (value.is_number())
        column.floats.push_back(value.get<float>());
      else
        wrong_type(value, place, "a score is a number, true or false");
      ++column.rows;
      break;
    case Role::label:
      if (value.is_string())
        column.append_string(value.get_ref<const std::string&>(), place, 0);
      else if (value.is_boolean())
        column.append_integer(value.get<bool>() ? 1 : 0, place, 0);
      else if (value.is_number_integer())
        column.append_integer(integer_of(value, place), place, 0);
      else
        wrong_type(value, place, "a label is an integer, a bool or a string");
      break;
    case Role::size:
      if (!value.is_number_integer()) wrong_type(value, place, "a length is an integer");
      column.append_integer(integer_of(value, place), place, 0);
      break;
    case Role::id:
      if (value.is_string())
        column.append_string(value.get_ref<const std::string&>(), place, 0);
      else if (value.is_number_integer())
        column.append_integer(integer_of(value, place), place, 0);
      else
        wrong_type(value, place, "an id is a string or an integer");
      break;
    case Role::text:
      if (!value.is_string()) wrong_type(value, place, "text is a string");
      column.append_string(value.get_ref<const std::string&>(), place, 0);
      break;
  }
}

}  // namespace

Index gather_jsonl(const std::string& file, std::span<Gathered*> columns, Index rows_expected) {
  stamp_files({file});
  std::ifstream in(file, std::ios::binary);
  if (!in) throw UserError(file + ": cannot be opened for reading");
  for (Gathered* column : columns) column->reserve(rows_expected, 0, file);
  std::string line;
  Index rows = 0;
  Index first = 0;  // of the lines that are not in a scratch file yet
  const auto spill = [&] {
    for (Gathered* column : columns) column->spill({file, column->column, first, true}, rows_expected);
    first = rows;
  };
  for (; std::getline(in, line); ++rows) {
    if (rows - first == kSpillRows) spill();
    const std::string where = file + ", line " + std::to_string(rows + 1);
    const json row = parse_line(line, where);
    for (Gathered* column : columns) {
      const auto found = row.find(column->column);
      if (found == row.end()) {
        std::vector<std::string> keys;
        for (const auto& [key, value] : row.items()) keys.push_back(key);
        throw UserError(where + ": no column \"" + column->column + "\"; it has: " + listed(keys));
      }
      append_value(*column, *found, {file, column->column, rows, true});
    }
  }
  if (in.bad()) throw UserError(file + ": cannot be read to its end");
  spill();
  return rows;
}

}  // namespace maskbench
