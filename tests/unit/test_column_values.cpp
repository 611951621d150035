// Scores by their own order, labels by value, and what becomes of rows without a value.

#include <cmath>
#include <limits>

#include "algorithms/core/quality.hpp"
#include "datasets/core/join_labels.hpp"
#include "datasets/core/mapped.hpp"
#include "datasets/readers/label_values.hpp"
#include "datasets/readers/missing.hpp"
#include "datasets/readers/score_values.hpp"
#include "datasets/readers/table_reader.hpp"
#include "tests/unit/parquet_maker.hpp"

namespace maskbench {
namespace {

using namespace maskbench::test;

constexpr std::int64_t kBig = std::int64_t{1} << 60;

std::shared_ptr<const Dataset> data_of(const std::function<void(DatasetBuilder&)>& fill, Index rows) {
  DatasetBuilder builder("made", rows);
  fill(builder);
  return builder.build();
}

TEST_CASE("a column is as narrow as its values allow") {
  ScoreValues narrow;
  for (const double value : {0.5, 1.0, -3.25}) narrow.add_real(value);
  narrow.add_integer(1 << 24);
  CHECK_FALSE(narrow.column().wide());
  ScoreValues wide = narrow;
  wide.add_real(0.1);
  REQUIRE(wide.reals.size() == 5);
  CHECK(wide.reals[2] == -3.25);
  ScoreValues whole;
  whole.add_integer(7);
  whole.add_integer(kBig + 1);
  whole.add_integer(kBig);
  REQUIRE(whole.integers == std::vector<std::int64_t>{7, kBig + 1, kBig});
  CHECK(whole.column().less(2, 1));
  CHECK(whole.column()[1] == whole.column()[2]);  // as doubles they are one
  whole.add_natural(std::numeric_limits<std::uint64_t>::max());
  CHECK(whole.column()[0] == 7);
  CHECK(whole.column().less(1, 3));
  CHECK(whole.column()[3] == 0x1p64);
  whole.add_real(0.5);
  CHECK(whole.reals.size() == 5);
  CHECK(whole.column()[4] == 0.5);
}

TEST_CASE("what float32 holds keeps its digest, what it does not has another") {
  const auto narrow = data_of([](auto& b) { b.score("q", {0.5f, 1}); }, 2);
  const auto wide = data_of([](auto& b) { b.wide_score("q", std::vector<double>{0.5, 1}); }, 2);
  CHECK(narrow->digest() != wide->digest());
  const auto other = data_of([](auto& b) { b.wide_score("q", std::vector<double>{0.5, 1 + 1e-12}); }, 2);
  CHECK(wide->digest() != other->digest());
  CHECK(std::isfinite(data_of([](auto& b) { b.wide_score("q", {1e300, -1e300}); }, 2)->score("q")[0]));
}

TEST_CASE("the merged quality of one column has the column's own order, under every merge") {
  const double next = std::nextafter(1.0, 2.0);
  const std::vector<std::vector<double>> columns = {{1, next, -1e9, 0},
                                                    {1e-300, 2e-300, 1, -1},
                                                    {1e308, -1e308, 0.9999999999999999e308, 1e307},
                                                    {1.7e308, -1.7e308, std::nextafter(1.7e308, 0), 0}};
  for (const std::vector<double>& column : columns) {
    const auto data = data_of([&](auto& b) { b.wide_score("q", column); }, 4);
    for (const Merge merge : {Merge::minmax, Merge::zscore, Merge::rank, Merge::raw}) {
      const std::vector<double> merged = merge_quality(*data, std::vector<std::string>{"q"}, merge);
      for (std::size_t i = 0; i < 4; ++i) {
        CHECK(std::isfinite(merged[i]));
        for (std::size_t k = 0; k < 4; ++k) CHECK((merged[i] < merged[k]) == (column[i] < column[k]));
      }
    }
  }
  const auto times = data_of(
      [](auto& b) {
        b.wide_score("t", {kBig + 2, kBig, kBig + 1, kBig + 1}, false);
      },
      4);
  for (const Merge merge : {Merge::minmax, Merge::raw}) {
    const std::vector<double> merged = merge_quality(*times, std::vector<std::string>{"t"}, merge);
    CHECK((merged[0] > merged[2] && merged[2] == merged[3] && merged[3] > merged[1]));
  }
  const auto small = data_of([](auto& b) { b.score("q", {1e-30f, 2e-30f, -1, 1}); }, 4);
  const std::vector<double> merged = merge_quality(*small, std::vector<std::string>{"q"}, Merge::minmax);
  CHECK(merged[0] < merged[1]);
}

TEST_CASE("float64 features that float32 does not hold keep their direction") {
  const Folder folder;
  ReadRequest request;
  request.files = {write_parquet(folder / "a.parquet",
                                 {column("e", arrow::list(arrow::float64()),
                                         "[[3e200, 4e200], [-3e-300, 4e-300], [5e-324, 0], [0, 2]]")})};
  const auto data = read_table(request);
  const auto row = [&](Index i) {
    return std::vector<float>(data->features().row(i), data->features().row(i) + 2);
  };
  CHECK(row(0) == std::vector<float>{0.6f, 0.8f});
  CHECK(row(1) == std::vector<float>{-0.6f, 0.8f});
  CHECK(row(2) == std::vector<float>{1, 0});
  request.unit_rows = false;
  wants_user_error([&] { read_table(request); }, {"row 0", "4e+200 does not fit a 32-bit float"});
}

Scalar whole(std::int64_t value) {
  return {Scalar::Kind::integer, value, 0, 0, {}};
}
Scalar real(double value) {
  return {Scalar::Kind::real, 0, 0, value, {}};
}

TEST_CASE("labels are numbered by value") {
  LabelValues small;
  for (const std::int64_t value : {7, -1, 7}) CHECK(small.add(whole(value)).empty());
  CHECK(small.settle().empty());
  CHECK(small.take() == std::vector<std::int32_t>{7, -1, 7});
  LabelValues large;
  large.add_missing();
  for (const std::int64_t value : {kBig, std::int64_t{3}, -kBig, kBig})
    CHECK(large.add(whole(value)).empty());
  CHECK(large.add({Scalar::Kind::natural, 0, std::numeric_limits<std::uint64_t>::max(), 0, {}}).empty());
  CHECK(large.fill({0}, "4").empty());
  CHECK(large.settle() == std::vector<std::string>{std::to_string(-kBig), "3", "4", std::to_string(kBig),
                                                   "18446744073709551615"});
  CHECK(large.take() == std::vector<std::int32_t>{2, 3, 1, 0, 3, 4});
  LabelValues halves;
  for (const double value : {2.0, 0.5, -1.5, 2.0}) CHECK(halves.add(real(value)).empty());
  CHECK(halves.add(whole(1)).empty());
  CHECK(halves.settle() == std::vector<std::string>{"-1.5", "0.5", "1", "2"});
  CHECK(halves.take() == std::vector<std::int32_t>{3, 1, 0, 3, 2});
  LabelValues floats;  // what pandas makes of integers
  for (const double value : {2.0, 0.0}) CHECK(floats.add(real(value)).empty());
  CHECK(floats.settle().empty());
  CHECK(floats.take() == std::vector<std::int32_t>{2, 0});
  CHECK(floats.add(real(std::numeric_limits<double>::infinity())).find("infinite") == 0);
}

std::shared_ptr<const Dataset> labelled(const std::string& path, const std::shared_ptr<arrow::DataType>& type,
                                        const std::string& json) {
  ReadRequest request;
  request.features = "-";
  request.labels = {"domain"};
  request.files = {write_parquet(path, {column("domain", type, json)})};
  return read_table(request);
}

TEST_CASE("labels of two files are joined by value, not by number") {
  const Folder folder;
  const auto& strings = arrow::utf8();
  const auto data = labelled(folder / "data.parquet", strings, R"(["wiki", "code", "web", "code"])");
  const auto related = labelled(folder / "rel.parquet", strings, R"(["web", "zoo", "wiki"])");
  const auto joined = with_labels_of(related, *data);
  const auto number = [&](const Dataset& of, Index row) {
    return of.label("domain")[static_cast<std::size_t>(row)];
  };
  CHECK(number(*related, 0) != number(*data, 2));
  CHECK(number(*joined, 0) == number(*data, 2));
  CHECK(number(*joined, 2) == number(*data, 0));
  CHECK(number(*joined, 1) == 3);  // a value that the data lack
  CHECK(joined->label_names("domain")->at(3) == "zoo");
  CHECK(joined->digest() != related->digest());
  CHECK(with_labels_of(data, *data)->digest() == data->digest());

  const auto big = labelled(folder / "big.parquet", arrow::int64(), "[5, 9000000000]");
  const auto plain = labelled(folder / "plain.parquet", arrow::int32(), "[5, 6]");
  CHECK(number(*with_labels_of(plain, *big), 0) == number(*big, 0));
  CHECK(number(*with_labels_of(big, *plain), 0) == 5);
  wants_user_error([&] { with_labels_of(plain, *data); },
                   {"\"domain\"", "integers in plain", "none in common"});
}

TEST_CASE("a mapped data set keeps wide scores, names and source rows") {
  const Folder folder;
  const auto data = data_of(
      [](DatasetBuilder& b) {
        b.wide_score("q", std::vector<double>{0.1, 0.2});
        b.wide_score("t", {kBig, kBig + 1}, false);
        b.label("c", {1, 0}, {"a", "b"});
        b.source_rows({3, 8});
      },
      2);
  write_mapped(*data, folder / "m");
  const auto again = map_dataset(folder / "m");
  CHECK(again->exact_score("q")[1] == 0.2);
  CHECK(again->exact_score("t").less(0, 1));
  CHECK(again->label_names("c")->at(1) == "b");
  CHECK(again->source_row(1) == 8);
  CHECK(digest_of(again->parts()) == data->digest());
}

// Six rows of which some lack something.
struct Gaps {
  Gaps() {
    request.files = {write_parquet(folder / "gaps.parquet",
                                   {column("e", arrow::fixed_size_list(arrow::float32(), 2),
                                           "[[3, 4], [0, 0], [1, 0], null, [0, 2], [1, 1]]"),
                                    column("q", arrow::float64(), "[0.1, 0.2, null, 0.4, NaN, 0.6]"),
                                    column("n", arrow::int32(), "[5, 6, 7, 8, 9, null]"),
                                    column("c", arrow::utf8(), R"([null, "b", "a", "b", "b", "a"])"),
                                    column("id", arrow::utf8(), R"(["0", "1", "2", "3", "4", "5"])")})};
    request.features = "-";
  }
  std::shared_ptr<const Dataset> read(const std::vector<std::string>& rules) {
    request.missing.clear();
    for (const std::string& rule : rules) request.missing.push_back(missing_rule(rule));
    report = {};
    return read_table(request, &report);
  }
  Folder folder;
  ReadRequest request;
  ReadReport report;
};

TEST_CASE("rows without a value: dropped, ranked lowest or given one, and counted") {
  Gaps gaps;
  gaps.request.quality = {"q"};
  wants_user_error([&] { gaps.read({}); }, {"row 2", "\"q\"", "null", "--missing q=drop, lowest or a value"});
  const auto dropped = gaps.read({"drop"});
  CHECK(dropped->size() == 4);
  CHECK(std::vector<Index>(dropped->parts().source_rows.begin(), dropped->parts().source_rows.end()) ==
        std::vector<Index>{0, 1, 3, 5});
  REQUIRE(gaps.report.missing.size() == 1);
  CHECK(gaps.report.missing[0].rows == 2);
  CHECK(gaps.read({"q=lowest"})->exact_score("q")[4] == 0.1);
  CHECK(gaps.read({"q=lowest"})->parts().source_rows.empty());
  CHECK(gaps.read({"q=-0.7"})->exact_score("q")[2] == -0.7);
  CHECK(gaps.read({"drop", "q=0.3"})->exact_score("q")[2] == 0.3);  // the column's own rule counts
  gaps.request.quality = {"q:asc"};
  CHECK(gaps.read({"q=lowest"})->exact_score("q:asc")[4] == -0.6);  // the worst
  CHECK(gaps.read({"q=0.3"})->exact_score("q:asc")[2] == -0.3);
  wants_user_error([&] { gaps.read({"q=nothing"}); }, {"\"q\"", "\"nothing\" is no number"});
  wants_user_error([&] { gaps.read({"p=drop"}); }, {"--missing p=drop", "no such column", "q"});
  wants_user_error([&] { gaps.read({"=drop"}); }, {"--missing", "[COLUMN=]"});
}

TEST_CASE("labels, lengths and features without a value") {
  Gaps gaps;
  gaps.request.labels = {"c"};
  gaps.request.length = "n";
  gaps.request.id = "id";
  const auto filled = gaps.read({"c=z", "n=lowest"});
  CHECK(filled->label("c")[0] == 2);
  CHECK(*filled->label_names("c") == std::vector<std::string>{"a", "b", "z"});
  CHECK(filled->lengths()[5] == 5);
  const auto dropped = gaps.read({"drop"});
  CHECK(dropped->size() == 4);
  CHECK(dropped->id(0) == "1");
  CHECK(dropped->id(3) == "4");
  CHECK(*dropped->label_names("c") == std::vector<std::string>{"a", "b"});
  wants_user_error([&] { gaps.read({"c=lowest"}); }, {"--missing c=lowest", "a label takes"});
  wants_user_error([&] { gaps.read({"id=drop"}); }, {"--missing id=drop", "error only"});
  gaps.request.labels.clear();
  gaps.request.length.clear();
  gaps.request.features = "e";
  wants_user_error([&] { gaps.read({}); }, {"row 3", "\"e\"", "null", "--missing e=drop"});
  const auto memory = gaps.read({"e=drop"});
  CHECK(memory->size() == 4);
  CHECK(memory->id(1) == "2");
  CHECK(memory->features().row(2)[1] == 1.0f);
  gaps.request.scratch = gaps.folder / "";
  const auto walked = gaps.read({"e=drop"});
  CHECK(walked->feature_rows().file != nullptr);
  CHECK(walked->digest() == memory->digest());
}

TEST_CASE("dropping rows gives the data set of a file without them") {
  Gaps gaps;
  gaps.request.quality = {"q"};
  gaps.request.length = "n";
  const std::string digest = gaps.read({"drop"})->digest();
  gaps.request.files = {write_parquet(
      gaps.folder / "whole.parquet",
      {column("q", arrow::float64(), "[0.1, 0.2, 0.4]"), column("n", arrow::int8(), "[5, 6, 8]")})};
  CHECK(gaps.read({})->digest() == digest);
}

}  // namespace
}  // namespace maskbench
