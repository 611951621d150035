#include "datasets/readers/arrow_types.hpp"

#include <charconv>
#include <cstring>
#include <string_view>

namespace maskbench {
namespace {

// What stands under a key of a schema's metadata, or "".
std::string metadata_value(const char* metadata, std::string_view wanted) {
  if (metadata == nullptr) return "";
  const auto number = [&] {
    std::int32_t value = 0;
    std::memcpy(&value, metadata, sizeof value);
    metadata += sizeof value;
    return value;
  };
  const auto text = [&] {
    const std::int32_t length = number();
    const std::string_view value(metadata, static_cast<std::size_t>(length));
    metadata += length;
    return value;
  };
  for (std::int32_t pairs = number(); pairs > 0; --pairs) {
    const std::string_view key = text(), value = text();
    if (key == wanted) return std::string(value);
  }
  return "";
}

std::int64_t number_in(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::int64_t units_per_second(char unit) {
  return unit == 's' ? 1 : unit == 'm' ? 1'000 : unit == 'u' ? 1'000'000 : 1'000'000'000;
}

std::string unit_name(std::int64_t per_second) {
  return per_second == 1 ? "s" : per_second == 1'000 ? "ms" : per_second == 1'000'000 ? "us" : "ns";
}

// Dates, times, timestamps and durations: "td...", "tt...", "ts...", "tD...".
void set_moment(ArrowType& type, std::string_view format) {
  const char unit = format.size() > 2 ? format[2] : 's';
  type.per_second = units_per_second(unit);
  type.bits = 64;
  if (format[1] == 'd') {
    type.kind = ArrowKind::date;
    type.bits = unit == 'D' ? 32 : 64;
  } else if (format[1] == 't') {
    type.kind = ArrowKind::time;
    type.bits = unit == 's' || unit == 'm' ? 32 : 64;
  } else if (format[1] == 's') {
    type.kind = ArrowKind::timestamp;
    type.zoned = format.size() > 4;
  } else if (format[1] == 'D') {
    type.kind = ArrowKind::duration;
  } else {
    type.other = "interval";
  }
}

// "d:precision,scale" or "d:precision,scale,bits"
void set_decimal(ArrowType& type, std::string_view format) {
  type.kind = ArrowKind::decimal;
  const std::size_t first = format.find(','), second = format.find(',', first + 1);
  type.scale = static_cast<int>(number_in(format.substr(first + 1)));
  type.bits = second == std::string_view::npos ? 128 : static_cast<int>(number_in(format.substr(second + 1)));
  type.width = number_in(format.substr(2));
}

void set_nested(ArrowType& type, std::string_view format) {
  const std::string_view code = format.substr(0, 3);
  type.bits = format.find('L') == std::string_view::npos ? 32 : 64;
  if (code == "+l" || code == "+L") {
    type.kind = ArrowKind::list;
  } else if (code == "+vl" || code == "+vL") {
    type.kind = ArrowKind::list_view;
  } else if (code == "+w:") {
    type.kind = ArrowKind::fixed_list;
    type.width = number_in(format.substr(3));
  } else if (code == "+s") {
    type.kind = ArrowKind::structure;
  } else if (code == "+r") {
    type.kind = ArrowKind::run_ends;
  } else {
    type.other = code == "+m" ? "map" : "union";
  }
}

void set_plain(ArrowType& type, char code) {
  static constexpr std::string_view kIntegers = "csil", kNaturals = "CSIL", kFloats = "efg";
  const auto place = [&](std::string_view codes) { return codes.find(code); };
  if (const auto at = place(kIntegers); at != std::string_view::npos) {
    type.kind = ArrowKind::integer;
    type.bits = 8 << at;
  } else if (const auto unsigned_at = place(kNaturals); unsigned_at != std::string_view::npos) {
    type.kind = ArrowKind::natural;
    type.bits = 8 << unsigned_at;
  } else if (const auto float_at = place(kFloats); float_at != std::string_view::npos) {
    type.kind = ArrowKind::floating;
    type.bits = 16 << float_at;
  } else if (code == 'n') {
    type.kind = ArrowKind::null;
  } else if (code == 'b') {
    type.kind = ArrowKind::boolean;
  } else if (code == 'u' || code == 'U') {
    type.kind = ArrowKind::text;
    type.bits = code == 'u' ? 32 : 64;
  } else if (code == 'z' || code == 'Z') {
    type.kind = ArrowKind::bytes;
    type.bits = code == 'z' ? 32 : 64;
  } else {
    type.other = std::string("of code ") + code;
  }
}

std::string print_nested(const ArrowType& type, const char* name) {
  return std::string(name) + "<" + type.children.front().name + ": " + type.children.front().print() + ">";
}

}  // namespace

ArrowType arrow_type(const ArrowSchema& schema) {
  ArrowType type;
  type.name = schema.name == nullptr ? "" : schema.name;
  type.extension = metadata_value(schema.metadata, "ARROW:extension:name");
  const std::string_view format = schema.format;
  if (format.starts_with("+")) {
    set_nested(type, format);
  } else if (format.starts_with("t")) {
    set_moment(type, format);
  } else if (format.starts_with("d:")) {
    set_decimal(type, format);
  } else if (format.starts_with("w:")) {
    type.kind = ArrowKind::fixed_bytes;
    type.width = number_in(format.substr(2));
  } else if (format.starts_with("v")) {
    type.kind = format == "vu" ? ArrowKind::text : ArrowKind::bytes;
    type.views = true;
  } else {
    set_plain(type, format.empty() ? '?' : format.front());
  }
  for (std::int64_t i = 0; i < schema.n_children; ++i)
    type.children.push_back(arrow_type(*schema.children[i]));
  if (schema.dictionary != nullptr) type.dictionary.push_back(arrow_type(*schema.dictionary));
  return type;
}

const ArrowType& decoded(const ArrowType& type) {
  if (!type.dictionary.empty()) return decoded(type.dictionary.front());
  if (type.kind == ArrowKind::run_ends) return decoded(type.children[1]);
  return type;
}

bool is_list(const ArrowType& type) {
  const ArrowKind kind = decoded(type).kind;
  return kind == ArrowKind::list || kind == ArrowKind::list_view || kind == ArrowKind::fixed_list;
}

const ArrowType& list_values(const ArrowType& list) {
  return decoded(decoded(list).children.front());
}

bool is_list_of_floats(const ArrowType& type) {
  return is_list(type) && list_values(type).kind == ArrowKind::floating;
}

bool is_list_of_integers(const ArrowType& type) {
  return is_list(type) &&
         (list_values(type).kind == ArrowKind::integer || list_values(type).kind == ArrowKind::natural);
}

std::string ArrowType::print() const {
  if (!dictionary.empty()) return "dictionary<" + dictionary.front().print() + ">";
  const std::string size = std::to_string(bits), large = bits == 64 ? "large_" : "";
  switch (kind) {
    case ArrowKind::null:
      return "null";
    case ArrowKind::boolean:
      return "bool";
    case ArrowKind::integer:
      return "int" + size;
    case ArrowKind::natural:
      return "uint" + size;
    case ArrowKind::floating:
      return bits == 16 ? "halffloat" : bits == 32 ? "float" : "double";
    case ArrowKind::decimal:
      return "decimal" + size + "(" + std::to_string(width) + ", " + std::to_string(scale) + ")";
    case ArrowKind::text:
      return views ? "string_view" : large + "string";
    case ArrowKind::bytes:
      return views ? "binary_view" : large + "binary";
    case ArrowKind::fixed_bytes:
      return extension == "arrow.uuid" ? "uuid" : "fixed_size_binary[" + std::to_string(width) + "]";
    case ArrowKind::date:
      return "date" + size;
    case ArrowKind::time:
      return "time" + size + "[" + unit_name(per_second) + "]";
    case ArrowKind::timestamp:
      return "timestamp[" + unit_name(per_second) + "]";
    case ArrowKind::duration:
      return "duration[" + unit_name(per_second) + "]";
    case ArrowKind::list:
      return print_nested(*this, (large + "list").c_str());
    case ArrowKind::list_view:
      return print_nested(*this, (large + "list_view").c_str());
    case ArrowKind::fixed_list:
      return print_nested(*this, "fixed_size_list") + "[" + std::to_string(width) + "]";
    case ArrowKind::structure: {
      std::string fields;
      for (const ArrowType& child : children)
        fields += (fields.empty() ? "" : ", ") + child.name + ": " + child.print();
      return "struct<" + fields + ">";
    }
    case ArrowKind::run_ends:
      return "run_end_encoded<" + children[1].print() + ">";
    case ArrowKind::other:
      break;
  }
  return other;
}

}  // namespace maskbench
