// SELECTED.parquet: written whole, read back, and read from other programs.

#include <parquet/arrow/reader.h>

#include "datasets/core/whole_file.hpp"
#include "datasets/readers/selection_file.hpp"
#include "tests/unit/parquet_maker.hpp"

namespace maskbench {
namespace {

using namespace maskbench::test;

std::shared_ptr<const Dataset> five_rows(bool with_ids) {
  DatasetBuilder builder("five", 5);
  if (with_ids) builder.ids("id", {"a", "b", "c", "d", "e"});
  return builder.build();
}

void write_answer(const std::string& path, const Dataset& data, std::span<const Index> items,
                  std::span<const std::int32_t> repeats, std::span<const float> scores,
                  const std::map<std::string, std::string>& metadata, std::size_t kept = 0) {
  WholeFile file(path);
  write_selection(file, data, items, kept, repeats, scores, metadata);
  file.commit();
}

std::shared_ptr<arrow::Array> column_of(const std::string& path, const char* name) {
  const auto file =
      good(parquet::arrow::OpenFile(good(arrow::io::ReadableFile::Open(path)), arrow::default_memory_pool()));
  return good(file->ReadTable())->GetColumnByName(name)->chunk(0);
}

TEST_CASE("a selection comes back as it was written, in order of rows") {
  const Folder folder;
  const std::string path = folder / "selected.parquet";
  const auto data = five_rows(true);
  const std::vector<Index> items = {4, 0, 2};
  const std::vector<std::int32_t> repeats = {3, 1, 2};
  const std::vector<float> scores = {0.5f, -1.0f, 2.0f};
  write_answer(path, *data, items, repeats, scores, {{"selector", "top_k"}, {"digest", "abc"}});
  CHECK(folder.files() == 1);
  const SelectedRows back = read_selection(path, *data);
  CHECK(back.rows == std::vector<Index>{0, 2, 4});
  CHECK(back.counts == std::vector<std::int32_t>{1, 2, 3});
  CHECK(back.scores == std::vector<float>{-1.0f, 2.0f, 0.5f});
  CHECK(read_selection_metadata(path) ==
        std::map<std::string, std::string>{{"selector", "top_k"}, {"digest", "abc"}});

  // The columns as other programs see them.
  const auto file =
      good(parquet::arrow::OpenFile(good(arrow::io::ReadableFile::Open(path)), arrow::default_memory_pool()));
  std::shared_ptr<arrow::Schema> schema;
  good(file->GetSchema(&schema));
  CHECK(schema->field_names() == std::vector<std::string>{"row", "id", "count", "score", "pick"});
  CHECK(schema->field(0)->type()->id() == arrow::Type::INT64);
  CHECK(schema->field(2)->type()->id() == arrow::Type::INT32);
  CHECK(schema->field(3)->type()->id() == arrow::Type::FLOAT);

  const auto picks = [&] { return column_of(path, "pick"); };
  CHECK(picks()->Equals(good(arrow::json::ArrayFromJSONString(arrow::int32(), "[1, 2, 0]"))));
  write_answer(path, *data, items, {}, {}, {}, 1);  // row 2 was kept from before
  CHECK(picks()->Equals(good(arrow::json::ArrayFromJSONString(arrow::int32(), "[1, null, 0]"))));

  const auto without = five_rows(false);
  write_answer(path, *without, items, {}, {}, {});
  const SelectedRows plain = read_selection(path, *without);
  CHECK(plain.counts == std::vector<std::int32_t>{1, 1, 1});
  CHECK(plain.scores.empty());
}

TEST_CASE("selections of other programs") {
  const Folder folder;
  const auto data = five_rows(true);
  const auto read = [&](const std::vector<MadeColumn>& columns) {
    return read_selection(write_parquet(folder / "s.parquet", columns), *data);
  };
  CHECK(read({column("row", arrow::uint16(), "[3, 1]")}).rows == std::vector<Index>{1, 3});
  CHECK(read({column("id", arrow::large_utf8(), R"(["e", "b"])")}).rows == std::vector<Index>{1, 4});
  const SelectedRows both =
      read({column("id", arrow::utf8(), R"(["e", "b"])"), column("row", arrow::int64(), "[4, 1]"),
            column("count", arrow::int64(), "[7, 8]"), column("score", arrow::float64(), "[0.5, 0.25]")});
  CHECK(both.rows == std::vector<Index>{1, 4});
  CHECK(both.counts == std::vector<std::int32_t>{8, 7});
  CHECK(both.scores == std::vector<float>{0.25f, 0.5f});
}

TEST_CASE("bad selections") {
  const Folder folder;
  const auto refuses = [&](const std::vector<MadeColumn>& columns, std::vector<std::string> parts,
                           bool with_ids = true) {
    parts.emplace_back("s.parquet");
    const std::string path = write_parquet(folder / "s.parquet", columns);
    wants_user_error([&] { read_selection(path, *five_rows(with_ids)); }, parts);
  };
  const auto rows = [](const char* json) { return column("row", arrow::int64(), json); };
  refuses({rows("[0, 5]")}, {"row 1", "\"row\"", "5", "rows 0 to 4"});
  refuses({rows("[-1]")}, {"\"row\"", "-1"});
  refuses({rows("[3, 1, 3]")}, {"3 stands twice"});
  refuses({rows("[0, 1, 2, 3, 4, 4]")}, {"has 6 rows; five has 5"});  // by the footer
  refuses({rows("[3, null]")}, {"row 1", "null"});
  refuses({rows("[]")}, {"no rows"});
  refuses({column("row", arrow::utf8(), R"(["1"])")}, {"\"row\"", "string", "an integer is wanted"});
  refuses({column("row", arrow::float64(), "[1, 1.5]")}, {"row 1", "\"row\"", "1.5 is no whole number"});
  refuses({rows("[1]"), rows("[1]")}, {"2 columns are named \"row\""});
  refuses({rows("[1]"), column("count", arrow::int32(), "[0]")}, {"\"count\"", "0"});
  refuses({column("id", arrow::utf8(), R"(["a", "z"])")}, {"row 1", "\"z\"", "no id of five"});
  refuses({column("id", arrow::utf8(), R"(["a", "a"])")}, {"stands twice"});
  refuses({column("id", arrow::utf8(), R"(["a"])")}, {"no column \"row\"", "has no ids"}, false);
  refuses({column("ids", arrow::utf8(), R"(["a"])")}, {"no column \"row\" and no \"id\"", "it has: ids"});
  refuses({rows("[0, 1]"), column("id", arrow::utf8(), R"(["a", "c"])")},
          {"row 1", "\"c\"", "\"b\"", "other data"});
  wants_user_error([&] { read_selection(folder / "none.parquet", *five_rows(true)); },
                   {"none.parquet", "No such file"});
}

TEST_CASE("a file is there whole or not at all") {
  const Folder folder;
  const std::string path = folder / "out";
  {
    WholeFile abandoned(path);
    abandoned.append("half", 4);
    CHECK(folder.files() == 0);  // it has no name yet
  }
  CHECK(folder.files() == 0);
  write_bytes(path, "old");
  WholeFile file(path);
  file.append("new", 3);
  CHECK(read_bytes(path) == "old");
  file.commit();
  CHECK(read_bytes(path) == "new");
  CHECK(folder.files() == 1);

  wants_user_error([&] { WholeFile lost(folder / "none/out"); }, {"none/out", "No such file"});
  wants_user_error([&] { check_can_write(folder / ""); }, {"a folder"});
  check_can_write(path);
  CHECK((read_bytes(path) == "new" && folder.files() == 1));
}

}  // namespace
}  // namespace maskbench
