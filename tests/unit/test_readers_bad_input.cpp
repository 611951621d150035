// Every wrong input is a UserError that names file, column and row where there is one; damaged files never
// crash.

#include <random>

#include "datasets/readers/table_reader.hpp"
#include "tests/unit/parquet_maker.hpp"

namespace maskbench {
namespace {

using namespace maskbench::test;

const auto kPair = arrow::fixed_size_list(arrow::float32(), 2);
const auto kFloats = arrow::list(arrow::float32());

MadeColumn rows_of_two() {
  return column("e", kPair, "[[3, 4], [1, 0], [0, 2]]");
}

// A file bad.parquet with good features and one more column; what the request asks of it is the caller's.
struct Bad {
  explicit Bad(const std::vector<MadeColumn>& columns) {
    request.files = {write_parquet(folder / "bad.parquet", columns)};
    request.features = "e";
  }
  explicit Bad(MadeColumn extra) : Bad(std::vector<MadeColumn>{rows_of_two(), std::move(extra)}) {}

  void wants(const std::vector<std::string>& parts) {
    std::vector<std::string> all = {"bad.parquet"};
    all.insert(all.end(), parts.begin(), parts.end());
    wants_user_error([&] { read_table(request); }, all);
  }

  Folder folder;
  ReadRequest request;
};

void bad_score(MadeColumn score, const std::vector<std::string>& parts) {
  Bad bad(std::move(score));
  bad.request.quality = {"q"};
  bad.wants(parts);
}

TEST_CASE("files that are missing, folders or of another kind") {
  const Folder folder;
  const auto reading = [&](const std::string& path) {
    return [path] {
      ReadRequest request;
      request.files = {path};
      read_table(request);
    };
  };
  wants_user_error(reading(folder / "none.parquet"), {"none.parquet", "No such file"});
  wants_user_error(reading(folder / ""), {"a folder"});
  wants_user_error(reading("/dev/null"), {"/dev/null", "not a regular file"});
  wants_user_error(reading(write_bytes(folder / "a.parquet", "")), {"a.parquet", "not a Parquet file"});
  wants_user_error(reading(write_bytes(folder / "b.parquet", "id,score\n1,2\n")),
                   {"b.parquet", "not a Parquet file"});
  wants_user_error(reading(write_bytes(folder / "c.parquet", "PAR1")), {"c.parquet", "truncated or damaged"});
  const std::string whole = read_bytes(write_parquet(folder / "d.parquet", {rows_of_two()}));
  wants_user_error(reading(write_bytes(folder / "d.parquet", whole.substr(0, whole.size() / 2))),
                   {"d.parquet", "truncated"});
  wants_user_error([] { read_table({}); }, {"no file"});
}

TEST_CASE("columns that are missing, named twice or of a wrong type") {
  Bad bad(column("q", arrow::utf8(), R"(["a", "b", "c"])"));
  bad.request.features = "embedding";
  bad.wants({"no column \"embedding\"", "it has: e, q"});
  bad.request.features = "q";
  bad.wants({"\"q\"", "string", "lists of float16"});
  bad.request.features = "e";
  bad.request.quality = {"q"};
  bad.wants({"\"q\"", "string", "a score is"});
  bad.request.quality = {"e"};
  bad.wants({"\"e\"", "fixed_size_list", "a score is"});
  bad.request.quality.clear();
  bad.request.length = "q";
  bad.wants({"\"q\"", "string", "a length is an integer"});
  bad.request.length.clear();
  bad.request.text = "e";
  bad.wants({"\"e\"", "text is a string"});
  bad.request.text.clear();
  bad.request.matrices = {{"m", "q"}};
  bad.wants({"\"q\"", "a matrix is made of lists"});

  Bad twice(std::vector<MadeColumn>{rows_of_two(), column("q", arrow::float32(), "[1, 2, 3]"),
                                    column("q", arrow::float32(), "[1, 2, 3]")});
  twice.request.quality = {"q"};
  twice.wants({"2 columns are named \"q\""});
  Bad labels(column("q", arrow::list(arrow::int8()), "[[1], [2], [3]]"));
  labels.request.labels = {"q"};
  labels.wants({"\"q\"", "list<", "a label is"});
}

TEST_CASE("a request that contradicts itself") {
  Bad bad(column("q", arrow::float32(), "[1, 2, 3]"));
  bad.request.quality = {"q", "q"};
  wants_user_error([&] { read_table(bad.request); }, {"\"q\"", "given twice"});
  bad.request.quality.clear();
  bad.request.matrices = {{"m", "e"}, {"m", "e"}};
  wants_user_error([&] { read_table(bad.request); }, {"\"m\"", "given twice"});
  bad.request.matrices.clear();
  bad.request.measures = {"words"};
  wants_user_error([&] { read_table(bad.request); }, {"\"words\"", "bytes, characters"});
}

TEST_CASE("ragged, empty and null embeddings") {
  const auto wants = [](const std::shared_ptr<arrow::DataType>& type, const char* json,
                        std::vector<std::string> parts) {
    Bad bad(std::vector<MadeColumn>{column("e", type, json)});
    parts.insert(parts.end(), {"\"e\""});
    bad.wants(parts);
  };
  wants(kFloats, "[[1, 2], [3, 4], [5, 6], [7]]", {"row 3", "a list of 1 values", "have 2"});
  wants(kFloats, "[[1, 2], [3, 4, 5]]", {"row 1", "a list of 3 values"});
  wants(kFloats, "[[], []]", {"row 0", "an empty list"});
  wants(kFloats, "[[1, 2], [3, 4], null]", {"row 2", "null"});
  wants(kFloats, "[[1, 2], [3, 4], [5, null]]", {"row 2", "a null inside the list"});
  wants(kPair, "[[1, 2], null, [3, 4]]", {"row 1", "null"});
  wants(kPair, "[[1, 2], [3, 4], [5, 6], [null, 1]]", {"row 3", "a null inside the list"});
}

TEST_CASE("NaN, infinity and zero rows") {
  const auto wants = [](const std::shared_ptr<arrow::DataType>& type, const char* json,
                        const std::vector<std::string>& parts) {
    Bad bad(std::vector<MadeColumn>{column("e", type, json)});
    bad.wants(parts);
    if (parts.back() == "zeros") return;
    bad.request.unit_rows = false;
    bad.wants(parts);
  };
  wants(kPair, "[[1, 2], [3, 4], [NaN, 1]]", {"row 2", "\"e\"", "not a number"});
  wants(kPair, "[[1, 2], [-Inf, 4], [1, 1]]", {"row 1", "\"e\"", "infinite"});
  wants(kPair, "[[1, 2], [3, 4], [0, 0]]", {"row 2", "\"e\"", "zeros"});
  bad_score(column("q", arrow::float64(), "[1, 2, NaN]"), {"row 2", "\"q\"", "not a number"});
  bad_score(column("q", arrow::float32(), "[1, Inf, 2]"), {"row 1", "\"q\"", "infinite"});
  bad_score(column("q", arrow::float16(), "[1, 2, null]"), {"row 2", "\"q\"", "null"});
  bad_score(column("q", arrow::int32(), "[null, 2, 3]"), {"row 0", "\"q\"", "null"});
}

TEST_CASE("lengths, labels, ids and matrices out of bounds") {
  Bad lengths(column("n", arrow::int64(), "[1, 2, -1]"));
  lengths.request.length = "n";
  lengths.wants({"row 2", "\"n\"", "-1"});
  Bad large(column("n", arrow::int64(), "[1, 2147483648, 3]"));
  large.request.length = "n";
  large.wants({"row 1", "\"n\"", "2147483648", "32-bit"});
  Bad halves(column("n", arrow::float64(), "[1, 2, 2.5]"));
  halves.request.length = "n";
  halves.wants({"row 2", "\"n\"", "2.5 is no whole number"});
  Bad ids(column("n", arrow::utf8(), R"(["a", "b", "a"])"));
  ids.request.id = "n";
  ids.wants({"row 2", "\"n\"", "\"a\"", "row 0"});
  Bad texts(column("n", arrow::utf8(), R"(["a", null, "c"])"));
  texts.request.text = "n";
  texts.wants({"row 1", "\"n\"", "null"});
  Bad coded({"n", good(arrow::json::DictArrayFromJSONString(arrow::dictionary(arrow::int8(), arrow::utf8()),
                                                            "[0, 1, null]", R"(["a", "b"])"))});
  coded.request.labels = {"n"};
  coded.wants({"row 2", "\"n\"", "null"});
  Bad matrix(column("n", arrow::list(arrow::int64()), "[[1, 2], [3, 4], [5, 4294967296]]"));
  matrix.request.matrices = {{"m", "n"}};
  matrix.wants({"row 2", "\"n\"", "4294967296"});
}

TEST_CASE("no rows") {
  Bad bad(std::vector<MadeColumn>{column("e", kPair, "[]")});
  bad.wants({"no rows"});
}

TEST_CASE("shards differ only where nobody asks, or safely") {
  const Folder folder;
  const MadeColumn score = column("q", arrow::float32(), "[1, 2, 3]");
  const auto read = [&](const std::vector<MadeColumn>& first, const std::vector<MadeColumn>& second) {
    ReadRequest request;
    request.files = {write_parquet(folder / "first.parquet", first),
                     write_parquet(folder / "second.parquet", second)};
    request.features = "e";
    request.quality = {"q"};
    return read_table(request);
  };
  const std::string digest = read({rows_of_two(), score}, {rows_of_two(), score})->digest();
  const auto same = [&](const std::vector<MadeColumn>& second) {
    CHECK(read({rows_of_two(), score}, second)->digest() == digest);
  };
  same({score, rows_of_two(), column("more", arrow::utf8(), R"(["a", "b", "c"])")});
  same({rows_of_two(), column("q", arrow::float64(), "[1, 2, 3]")});
  same({rows_of_two(), column("q", arrow::int64(), "[1, 2, 3]")});
  same({column("e", arrow::list(arrow::float64()), "[[3, 4], [1, 0], [0, 2]]"), score});
  const auto wrong = [&](const std::vector<MadeColumn>& second, const std::vector<std::string>& parts) {
    wants_user_error([&] { read({rows_of_two(), score}, second); }, parts);
  };
  wrong({rows_of_two()}, {"second.parquet", "no column \"q\"", "it has: e"});
  wrong({rows_of_two(), column("q", arrow::utf8(), R"(["a", "b", "c"])")},
        {"second.parquet", "\"q\"", "string"});
  wrong({rows_of_two(), column("q", arrow::null(), "[null, null, null]")}, {"second.parquet, row 0", "null"});
  wrong({column("e", arrow::fixed_size_list(arrow::float32(), 3), "[[1, 2, 3]]"),
         column("q", arrow::float32(), "[1]")},
        {"second.parquet, row 0", "\"e\"", "a list of 3 values"});
}

TEST_CASE("lists of one length a file, but not of one length in all") {
  const Folder folder;
  ReadRequest request;
  request.files = {write_parquet(folder / "first.parquet", {column("e", kFloats, "[[1, 2], [3, 4]]")}),
                   write_parquet(folder / "second.parquet", {column("e", kFloats, "[[1, 2, 3]]")})};
  wants_user_error([&] { read_table(request); }, {"second.parquet, row 0", "\"e\"", "a list of 3 values"});
}

TEST_CASE("a file that changes after it was read") {
  const Folder folder;
  const std::string path = write_bytes(folder / "a", "one");
  const std::vector<FileStamp> stamps = stamp_files({path});
  check_unchanged(stamps);
  write_bytes(path, "longer");
  wants_user_error([&] { check_unchanged(stamps); }, {"changed", "3 bytes then, 6 now"});
  write_bytes(path, "two");
  std::filesystem::last_write_time(path, std::filesystem::last_write_time(path) + std::chrono::seconds(2));
  wants_user_error([&] { check_unchanged(stamps); }, {"changed"});
  std::filesystem::remove(path);
  wants_user_error([&] { check_unchanged(stamps); }, {"No such file"});
}

// Flips or truncates bytes of a good file: it is read as before, or refused.
TEST_CASE("damaged Parquet files are read as they were or refused") {
  const Folder folder;
  std::string path =
      write_parquet(folder / "whole.parquet", {column("e", kPair, "[[3, 4], [1, 0], [0, 2], [1, 1], [2, 1]]"),
                                               column("q", arrow::float64(), "[1, 2, 3, 4, 5]"),
                                               column("n", arrow::int32(), "[1, 2, 3, 4, 5]"),
                                               column("id", arrow::utf8(), R"(["a", "b", "c", "d", "e"])")});
  ReadRequest request;
  request.name = "fuzz";
  request.files = {path};
  request.features = "e";
  request.quality = {"q"};
  request.labels = {"n"};
  request.text = "id";
  const std::string digest = read_table(request)->digest();
  const std::string whole = read_bytes(path);

  request.files = {folder / "damaged.parquet"};
  int read = 0, refused = 0;
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 draw(seed);
    std::string bytes = whole;
    if (seed % 3 == 0) {
      bytes.resize(draw() % bytes.size());
    } else {
      for (auto flips = 1 + draw() % 3; flips > 0; --flips) {
        bytes[draw() % bytes.size()] ^= static_cast<char>(1u << draw() % 8);
      }
    }
    write_bytes(request.files[0], bytes);
    INFO("seed " << seed);
    try {
      const std::string found = read_table(request)->digest();
      CHECK(found == digest);
      ++read;
    } catch (const UserError& error) {
      CHECK(std::string(error.what()).find("damaged.parquet") != std::string::npos);
      ++refused;
    }
  }
  CHECK(read > 10);  // flips in statistics and the like
  CHECK(refused > 100);
}

}  // namespace
}  // namespace maskbench
