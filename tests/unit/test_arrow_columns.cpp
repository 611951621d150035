// Arrays of the Arrow C data interface, as any program may hand them over, into columns: every layout, nulls
// at every level, offsets.

#include <arrow/c/bridge.h>
#include <arrow/extension/fixed_shape_tensor.h>
#include <arrow/extension/uuid.h>

#include "datasets/readers/arrow_columns.hpp"
#include "datasets/readers/scalar_text.hpp"
#include "tests/unit/parquet_maker.hpp"

namespace maskbench {
namespace {

using namespace maskbench::test;
using arrow::Array;

using ArrayPtr = std::shared_ptr<Array>;

ArrayPtr make(const std::shared_ptr<arrow::DataType>& type, const std::string& json) {
  return good(arrow::json::ArrayFromJSONString(type, json));
}

// One column of a batch as `role`, through the two structs alone.
Gathered gathered(Role role, const ArrayPtr& values, const std::string& name = "c", MissingRule rule = {}) {
  const auto batch = arrow::RecordBatch::Make(arrow::schema({arrow::field("c", values->type())}),
                                              values->length(), {values});
  ArrowSchema schema{};
  ArrowArray array{};
  good(arrow::ExportRecordBatch(*batch, &array, &schema));
  const ArrowType type = arrow_type(schema);
  const ColumnPath found = find_column(type, name);
  REQUIRE_FALSE(found.path.empty());
  Gathered column;
  column.role = role;
  column.column = column.name = name;
  column.rule = std::move(rule);
  const auto release = [&] {
    array.release(&array);
    schema.release(&schema);
  };
  try {
    check_type("file", type_at(type, found.path), column);
    append(column, type, array, found.path, {"file", name, 0, false});
  } catch (...) {
    release();
    throw;
  }
  release();
  return column;
}

std::vector<double> scores(const ArrayPtr& values, const std::string& name = "c") {
  const Gathered column = gathered(Role::score, values, name);
  const ScoreColumn all = column.scores.column();
  std::vector<double> read;
  for (Index i = 0; i < all.size(); ++i) read.push_back(all[i]);
  return read;
}

std::vector<std::string> texts(Role role, const ArrayPtr& values) {
  const Gathered column = gathered(role, values);
  std::vector<std::string> read;
  for (std::size_t i = 0; i + 1 < column.offsets.size(); ++i)
    read.push_back(column.chars.substr(static_cast<std::size_t>(column.offsets[i]),
                                       static_cast<std::size_t>(column.offsets[i + 1] - column.offsets[i])));
  return read;
}

std::vector<float> features(const ArrayPtr& values) {
  return gathered(Role::features, values).floats;
}

ArrayPtr run_ends(const std::shared_ptr<arrow::DataType>& ends, const std::string& json,
                  const ArrayPtr& values, std::int64_t length) {
  return good(arrow::RunEndEncodedArray::Make(length, make(ends, json), values));
}

TEST_CASE("scores of every type of number") {
  for (const auto& type :
       {arrow::int8(), arrow::int64(), arrow::uint16(), arrow::float16(), arrow::float64()})
    CHECK(scores(make(type, "[3, 0, 1]")) == std::vector<double>{3, 0, 1});
  CHECK(scores(make(arrow::boolean(), "[true, false]")) == std::vector<double>{1, 0});
  CHECK(scores(make(arrow::decimal32(5, 2), R"(["1.50", "-0.25"])")) == std::vector<double>{1.5, -0.25});
  CHECK(scores(make(arrow::decimal64(15, 3), R"(["1.500", "-7.125"])")) == std::vector<double>{1.5, -7.125});
  CHECK(scores(make(arrow::decimal128(38, 10), R"(["0.1000000000", "-3.0000000000"])")) ==
        std::vector<double>{0.1, -3});
  CHECK(scores(make(arrow::decimal256(70, 2), R"(["123456789012345678901234567890.25"])")) ==
        std::vector<double>{123456789012345678901234567890.25});

  CHECK(scores(make(arrow::date32(), "[3, 1]")) == std::vector<double>{3, 1});
  CHECK(scores(make(arrow::timestamp(arrow::TimeUnit::NANO), "[1767225600000000001, 0]")) ==
        std::vector<double>{1767225600000000001.0, 0});
  CHECK(scores(make(arrow::duration(arrow::TimeUnit::MILLI), "[5, 6]")) == std::vector<double>{5, 6});
}

TEST_CASE("runs, dictionaries and slices are the values behind them") {
  const auto halves = make(arrow::float32(), "[0.5, 2.5, 4.5]");
  for (const auto& ends : {arrow::int16(), arrow::int32(), arrow::int64()}) {
    const ArrayPtr runs = run_ends(ends, "[2, 3, 6]", halves, 6);
    CHECK(scores(runs) == std::vector<double>{0.5, 0.5, 2.5, 4.5, 4.5, 4.5});
    CHECK(scores(runs->Slice(1, 3)) == std::vector<double>{0.5, 2.5, 4.5});
  }
  const ArrayPtr coded = good(arrow::json::DictArrayFromJSONString(
      arrow::dictionary(arrow::uint8(), arrow::float64()), "[2, 0, 1, 2]", "[0.5, 1.5, 9]"));
  CHECK(scores(coded) == std::vector<double>{9, 0.5, 1.5, 9});
  CHECK(scores(coded->Slice(2)) == std::vector<double>{1.5, 9});
  CHECK(texts(Role::id, run_ends(arrow::int32(), "[1, 3]", make(arrow::utf8(), R"(["x", "y"])"), 3)) ==
        std::vector<std::string>{"x", "y", "y"});
}

TEST_CASE("ids are text, whatever they are") {
  CHECK(texts(Role::id, make(arrow::uint64(), "[18446744073709551615, 7]")) ==
        std::vector<std::string>{"18446744073709551615", "7"});
  CHECK(texts(Role::id, make(arrow::int8(), "[-3]")) == std::vector<std::string>{"-3"});
  CHECK(texts(Role::id, make(arrow::large_utf8(), R"(["ä", ""])")) == std::vector<std::string>{"ä", ""});
  const std::string long_one = "longer than the twelve letters of a view";
  CHECK(texts(Role::id, make(arrow::utf8_view(), R"(["short", ")" + long_one + R"("])")) ==
        std::vector<std::string>{"short", long_one});
  CHECK(texts(Role::text, make(arrow::binary_view(), R"(["short", ")" + long_one + R"("])")) ==
        std::vector<std::string>{"short", long_one});
  CHECK(texts(Role::id, make(arrow::fixed_size_binary(2), R"(["AB"])")) == std::vector<std::string>{"4142"});
  const ArrayPtr raw = make(arrow::fixed_size_binary(16), R"(["0123456789abcdef"])");
  CHECK(texts(Role::id, arrow::ExtensionType::WrapArray(arrow::extension::uuid(), raw)) ==
        std::vector<std::string>{"30313233-3435-3637-3839-616263646566"});
  CHECK(texts(Role::id, make(arrow::date32(), "[0, -1, 20787]")) ==
        std::vector<std::string>{"1970-01-01", "1969-12-31", "2026-11-30"});
  CHECK(texts(Role::id, make(arrow::timestamp(arrow::TimeUnit::MILLI, "UTC"), "[1500, -1]")) ==
        std::vector<std::string>{"1970-01-01T00:00:01.5Z", "1969-12-31T23:59:59.999Z"});
  CHECK(texts(Role::id, make(arrow::time32(arrow::TimeUnit::SECOND), "[3723]")) ==
        std::vector<std::string>{"01:02:03"});
  CHECK(texts(Role::id, make(arrow::decimal128(6, 3), R"(["-0.050"])")) ==
        std::vector<std::string>{"-0.050"});
}

TEST_CASE("lists of every layout are the same features") {
  const std::vector<float> wanted = {3, 4, 1, 0, 0, 2};
  const std::string json = "[[3, 4], [1, 0], [0, 2]]";
  const auto& f = arrow::float32();
  for (const auto& type :
       {arrow::list(f), arrow::large_list(f), arrow::list_view(f), arrow::large_list_view(f),
        arrow::fixed_size_list(f, 2), arrow::list(arrow::float16()), arrow::list(arrow::float64()),
        arrow::fixed_size_list(arrow::int8(), 2), arrow::list(arrow::uint8()),
        arrow::list_view(arrow::int64())}) {
    INFO(type->ToString());
    CHECK(features(make(type, json)) == wanted);
    const ArrayPtr longer = make(type, "[[9, 9], [3, 4], [1, 0], [0, 2], [8, 8]]");
    CHECK(features(longer->Slice(1, 3)) == wanted);
  }
  // Views may lie in any order and share entries.
  const ArrayPtr shared = good(arrow::ListViewArray::FromArrays(
      *make(arrow::int32(), "[2, 0, 2]"), *make(arrow::int32(), "[2, 2, 2]"), *make(f, "[1, 0, 3, 4]")));
  CHECK(features(shared) == std::vector<float>{3, 4, 1, 0, 3, 4});
  const auto tensor = good(arrow::extension::FixedShapeTensorType::Make(f, {2, 1}));
  const ArrayPtr storage = make(arrow::fixed_size_list(f, 2), json);
  CHECK(features(arrow::ExtensionType::WrapArray(tensor, storage)) == wanted);
}

TEST_CASE("bytes as features: bits, or what they are said to be") {
  Gathered bits = gathered(Role::features, make(arrow::fixed_size_binary(1), R"(["@"])"));  // 0x40
  CHECK(bits.packing == Packing::bits);
  CHECK(bits.floats == std::vector<float>{-1, 1, -1, -1, -1, -1, -1, -1});
  Gathered column;
  const ReadPlace place{"file", "e", 0, false};
  const float values[] = {0.5f, -2};
  column.role = Role::features;
  column.packing = Packing::float32;
  column.append_packed({reinterpret_cast<const char*>(values), sizeof values}, place, 0);
  CHECK(column.floats == std::vector<float>{0.5f, -2});
  wants_user_error([&] { column.append_packed("12345", place, 3); }, {"row 3", "5 bytes", "4 bytes"});
}

TEST_CASE("a dot reaches into structs, a column of that very name comes first") {
  const auto type =
      arrow::struct_({arrow::field("score", arrow::float64()),
                      arrow::field("deep.er", arrow::struct_({arrow::field("x", arrow::int32())}))});
  const ArrayPtr nested = make(
      type,
      R"([{"score": 1, "deep.er": {"x": 5}}, {"score": 2, "deep.er": {"x": 6}}, {"score": 3, "deep.er": {"x": 7}}])");
  CHECK(scores(nested, "c.score") == std::vector<double>{1, 2, 3});
  CHECK(scores(nested, "c.deep.er.x") == std::vector<double>{5, 6, 7});
  CHECK(scores(nested->Slice(1), "c.deep.er.x") == std::vector<double>{6, 7});
  const Folder folder;
  ReadRequest request;
  request.quality = {"c.score"};
  request.features = "-";
  request.files = {
      write_parquet(folder / "a.parquet", {{"c", nested}, column("c.score", arrow::int8(), "[9, 8, 7]")})};
  CHECK(read_table(request)->score("c.score")[0] == 9);
  request.files = {
      write_parquet(folder / "b.parquet", {{"other", make(arrow::int8(), "[1, 1, 1]")}, {"c", nested}})};
  CHECK(read_table(request)->score("c.score")[2] == 3);
}

TEST_CASE("nulls are found at every level, with their row") {
  const auto refused = [](Role role, const ArrayPtr& values, const std::string& name,
                          const std::string& row) {
    wants_user_error([&] { gathered(role, values, name); }, {"file, " + row, "\"" + name + "\"", "null"});
  };
  const auto type = arrow::struct_({arrow::field("s", arrow::float32())});
  refused(Role::score, make(type, R"([{"s": 1}, null])"), "c.s", "row 1");
  refused(Role::score, make(type, R"([{"s": 1}, {"s": 2}, {"s": null}])"), "c.s", "row 2");
  refused(Role::score, make(arrow::null(), "[null, null]"), "c", "row 0");
  refused(Role::score, run_ends(arrow::int32(), "[2, 3]", make(arrow::float32(), "[1, null]"), 3), "c",
          "row 2");
  refused(Role::label,
          good(arrow::json::DictArrayFromJSONString(arrow::dictionary(arrow::int8(), arrow::utf8()), "[0, 1]",
                                                    R"(["a", null])")),
          "c", "row 1");
  refused(Role::features, make(arrow::list_view(arrow::float32()), "[[1, 2], [3, null]]"), "c", "row 1");
  refused(Role::features, make(arrow::fixed_size_list(arrow::float64(), 2), "[[1, 2], null]"), "c", "row 1");
}

TEST_CASE("what a type cannot be is said with the type") {
  const auto refused = [](Role role, const std::shared_ptr<arrow::DataType>& type,
                          const std::vector<std::string>& parts) {
    wants_user_error([&] { gathered(role, make(type, "[]")); }, parts);
  };
  refused(Role::score, arrow::utf8_view(), {"file, column \"c\"", "string_view", "a score is a number"});
  refused(Role::size, arrow::timestamp(arrow::TimeUnit::SECOND), {"timestamp[s]", "a length is an integer"});
  refused(Role::id, arrow::float64(), {"double", "an id is"});
  refused(Role::label, arrow::struct_({arrow::field("x", arrow::int8())}), {"struct<x: int8>", "a label is"});
  refused(Role::features, arrow::list(arrow::utf8()), {"list<item: string>", "features are lists"});
  refused(Role::text, arrow::int32(), {"int32", "text is a string"});
  refused(Role::matrix, arrow::map(arrow::utf8(), arrow::float32()), {"map", "a matrix is"});
}

TEST_CASE("lengths are whole numbers of any type") {
  const auto lengths = [](const ArrayPtr& values) { return gathered(Role::size, values).integers; };
  CHECK(lengths(make(arrow::float64(), "[3, 0]")) == std::vector<std::int32_t>{3, 0});
  CHECK(lengths(make(arrow::decimal128(9, 2), R"(["12.00"])")) == std::vector<std::int32_t>{12});
  CHECK(lengths(make(arrow::uint64(), "[7]")) == std::vector<std::int32_t>{7});
  const auto refused = [&](const ArrayPtr& values, const std::vector<std::string>& parts) {
    wants_user_error([&] { lengths(values); }, parts);
  };
  refused(make(arrow::float32(), "[1, 2.5]"), {"row 1", "2.5 is no whole number"});
  refused(make(arrow::decimal128(9, 2), R"(["12.01"])"), {"row 0", "12.01"});
  refused(make(arrow::uint64(), "[18446744073709551615]"), {"18446744073709551615 does not fit"});
  refused(make(arrow::float64(), "[1e300]"), {"does not fit"});
}

TEST_CASE("decimals in words") {
  const auto text = [](std::vector<std::uint32_t> limbs, int scale) {
    return decimal_text(reinterpret_cast<const char*>(limbs.data()), static_cast<int>(4 * limbs.size()),
                        scale);
  };
  CHECK(text({0, 0, 0, 0}, 0) == "0");
  CHECK(text({0, 0, 0, 0}, 3) == "0.000");
  CHECK(text({1234567890}, 4) == "123456.7890");
  CHECK(text({123}, -2) == "12300");
  CHECK(text({0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu}, 1) == "-0.1");
  CHECK(text({0, 1}, 0) == "4294967296");
  CHECK(text({0, 0x80000000u}, 0) == "-9223372036854775808");
}

}  // namespace
}  // namespace maskbench
