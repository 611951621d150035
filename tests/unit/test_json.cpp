// Strict reading of JSON, and the validator that knows where a fault is.
#include <catch2/catch.hpp>

#include <functional>
#include <limits>

#include "datasets/core/params.hpp"
#include "experiments/records/json.hpp"
#include "experiments/records/schema.hpp"

namespace maskbench {
namespace {

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}

std::string parse_fault(const std::string& text) {
  return message_of([&] { parse_json(text, "file.json"); });
}

TEST_CASE("a document knows the line of every value") {
  const Document document = parse_json("{\n  \"a\": [1,\n 2],\n  \"b\":\n {\"c\": true}\n}\n", "file.json");
  CHECK(document.at("") == "file.json, line 1");
  CHECK(document.at("a") == "file.json, line 2, a");
  CHECK(document.at("a.0") == "file.json, line 2, a.0");
  CHECK(document.at("a.1") == "file.json, line 3, a.1");
  CHECK(document.at("b.c") == "file.json, line 5, b.c");
  CHECK(document.at("b.missing") == "file.json, line 5, b.missing");
  CHECK(document.json == Json{{"a", {1, 2}}, {"b", {{"c", true}}}});
}

TEST_CASE("syntax faults are told with line and column") {
  CHECK_THAT(parse_fault("{\n \"a\": 1,\n}"), Catch::StartsWith("file.json, line 3, column 1: not JSON"));
  CHECK_THAT(parse_fault("{\"a\": 1} x"), Catch::StartsWith("file.json, line 1, column 10: not JSON"));
  CHECK_THAT(parse_fault(""), Catch::StartsWith("file.json, line 1"));
  CHECK_THAT(parse_fault("{\"a\": 1e999}"), Catch::Contains("line 1") && Catch::Contains("1e999"));
  CHECK_THAT(parse_fault("{\"a\": NaN}"), Catch::Contains("not JSON"));
  CHECK_THAT(parse_fault("// note\n{}"), Catch::Contains("not JSON"));
}

TEST_CASE("a text that is nested too deep is refused where it gets so") {
  const auto nested = [](std::size_t depth, const char* open, const char* close) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i) text += open;
    text += "1";
    for (std::size_t i = 0; i < depth; ++i) text += close;
    return text;
  };
  CHECK_NOTHROW(parse_json(nested(kDeepestJson, "[", "]"), "file.json"));
  for (const std::size_t depth : {kDeepestJson + 1, std::size_t{60000}}) {
    CHECK(parse_fault(nested(depth, "[\n", "]")) ==
          "file.json, line 65: nested deeper than 64 objects and lists");
    CHECK(parse_fault(nested(depth, "{\"a\":\n", "}")) ==
          "file.json, line 65: nested deeper than 64 objects and lists");
    CHECK_FALSE(parsed_or_null(nested(depth, "[", "]")));
  }
}

TEST_CASE("a repeated key is an error that says where") {
  CHECK(parse_fault("{\"a\": {\"k\": 1,\n \"k\": 1}}") == "file.json, line 2: key \"k\" stands twice in a");
  CHECK(parse_fault("[{\"k\": 1}, {\"k\": 1}]") == "no error");
}

TEST_CASE("a file that cannot be read is named") {
  CHECK(message_of([] { read_json("no/such/file.json"); }) == "no/such/file.json: cannot be read");
  CHECK(message_of([] { read_json("."); }) == ".: cannot be read");
}

TEST_CASE("numbers survive writing and reading") {
  for (const double value : {0.1, 1.0 / 3, -2.5e-300, 1e22, 123456789.125}) {
    const Json back = parse_json(write_json(Json(value)), "text").json;
    CHECK(back.get<double>() == value);
  }
  CHECK(write_json(Json(0.1)) == "0.1");
}

TEST_CASE("a non-finite number is never written") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH(write_json({{"a", {1.0, nan}}}), Catch::Contains("a.1"));
  CHECK_THROWS_AS(write_json(Json(std::numeric_limits<double>::infinity())), std::logic_error);
}

TEST_CASE("the nearest key is a near one") {
  const std::vector<std::string> known = {"repetitions", "base", "seconds"};
  CHECK(did_you_mean("repetitons", known) == "; did you mean \"repetitions\"?");
  CHECK(did_you_mean("bas", known) == "; did you mean \"base\"?");
  CHECK(did_you_mean("colour", known).empty());
}

const char* const kSchema = R"({
  "type": "object", "required": ["name"], "additionalProperties": false,
  "properties": {
    "name": {"type": "string", "minLength": 1},
    "share": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
    "kind": {"enum": ["a", "b"]},
    "list": {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/count"}}
  },
  "allOf": [{"if": {"properties": {"kind": {"const": "b"}}, "required": ["kind"]},
             "then": {"required": ["share"]}}],
  "definitions": {"count": {"type": "integer", "minimum": 0}}
})";

std::string schema_fault(const std::string& text) {
  const Schema schema(parse_json(kSchema, "schema.json"));
  return message_of([&] { schema.check(parse_json(text, "file.json")); });
}

TEST_CASE("the validator accepts what the schema allows") {
  CHECK(schema_fault(R"({"name": "x", "share": 0.5, "kind": "b", "list": [0, 7]})") == "no error");
  CHECK(schema_fault(R"({"name": "x", "kind": "a"})") == "no error");
}

TEST_CASE("each rule of the validator refuses, with line and path") {
  CHECK(
      schema_fault("{\n\"nam\": \"x\"}") ==
      "file.json, line 2, nam: unknown key \"nam\"; did you mean \"name\"?; known: name, share, kind, list");
  CHECK(schema_fault("{}") == "file.json, line 1: lacks the key \"name\"");
  CHECK(schema_fault(R"({"name": 3})") == "file.json, line 1, name: is 3; allowed: string");
  CHECK(schema_fault(R"({"name": ""})") == "file.json, line 1, name: is empty");
  CHECK(schema_fault(R"({"name": "x", "share": 0})") == "file.json, line 1, share: is 0; it must be above 0");
  CHECK(schema_fault(R"({"name": "x", "share": 1.5})") ==
        "file.json, line 1, share: is 1.5; at most 1 is allowed");
  CHECK(schema_fault(R"({"name": "x", "kind": "c"})") ==
        "file.json, line 1, kind: is \"c\"; allowed: [\"a\",\"b\"]");
  CHECK(schema_fault(R"({"name": "x", "list": []})") ==
        "file.json, line 1, list: has 0 entries; at least 1 needed");
  CHECK(schema_fault("{\"name\": \"x\", \"list\": [1,\n-1]}") ==
        "file.json, line 2, list.1: is -1; at least 0 is allowed");
  CHECK(schema_fault(R"({"name": "x", "list": [1.5]})") ==
        "file.json, line 1, list.0: is 1.5; allowed: integer");
  CHECK(schema_fault(R"({"name": "x", "kind": "b"})") == "file.json, line 1: lacks the key \"share\"");
}

TEST_CASE("a schema with a rule that would be ignored is refused") {
  CHECK_THAT(
      message_of([] { Schema(parse_json(R"({"properties": {"a": {"pattern": "x"}}})", "schema.json")); }),
      Catch::Contains("properties.a.pattern") && Catch::Contains("does not know"));
  CHECK_THAT(message_of([] { Schema(parse_json(R"({"$ref": "#/definitions/none"})", "schema.json")); }),
             Catch::Contains("is not there"));
}

}  // namespace
}  // namespace maskbench
