// .npy features with .jsonl columns beside them: good files, and each bad one.

#include <cstring>

#include "datasets/core/watch.hpp"
#include "datasets/readers/table_reader.hpp"
#include "tests/unit/parquet_maker.hpp"

namespace maskbench {
namespace {

using namespace maskbench::test;

// What numpy.save writes, version 1.
std::string npy(const std::string& dtype, const std::string& shape, const std::string& values,
                const char* fortran = "False") {
  std::string header =
      "{'descr': '" + dtype + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }";
  while ((10 + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  const auto length = static_cast<std::uint16_t>(header.size());
  return std::string("\x93NUMPY\x01\0", 8) + static_cast<char>(length & 255) +
         static_cast<char>(length >> 8) + header + values;
}

template <class T>
std::string bytes_of(const std::vector<T>& values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

const std::string kThreeRows = npy("<f4", "(3, 2)", bytes_of<float>({3, 4, 1, 0, 0, 2}));

struct Case {
  Case(const std::string& features, const std::string& columns) {
    request.files = {write_bytes(folder / "x.npy", features), write_bytes(folder / "c.jsonl", columns)};
  }
  void wants(const std::vector<std::string>& parts) {
    wants_user_error([&] { read_table(request); }, parts);
  }
  Folder folder;
  ReadRequest request;
};

TEST_CASE("npy and jsonl give what Parquet gives") {
  Case text(kThreeRows,
            R"({"q": 0.5, "n": 3, "topic": "b", "kind": true, "id": "x", "body": "häuser", "m": [1, 2.5]}
{"q": 2, "n": 0, "topic": "a", "kind": false, "id": 17, "body": "", "m": [3, 4], "more": null}
{"q": true, "n": 9, "topic": "b", "kind": true, "id": "z", "body": "\u00e4", "m": [5, 6]}
)");
  text.request.quality = {"q"};
  text.request.length = "n";
  text.request.labels = {"topic", "kind"};
  text.request.id = "id";
  text.request.text = "body";
  text.request.matrices = {{"m", "m"}};
  text.request.features = "e";
  text.request.name = "both";
  const std::string parquet =
      write_parquet(text.folder / "same.parquet",
                    {column("e", arrow::fixed_size_list(arrow::float32(), 2), "[[3, 4], [1, 0], [0, 2]]"),
                     column("q", arrow::float64(), "[0.5, 2, 1]"), column("n", arrow::int8(), "[3, 0, 9]"),
                     column("topic", arrow::utf8(), R"(["b", "a", "b"])"),
                     column("kind", arrow::boolean(), "[true, false, true]"),
                     column("id", arrow::utf8(), R"(["x", "17", "z"])"),
                     column("body", arrow::utf8(), R"(["häuser", "", "ä"])"),
                     column("m", arrow::list(arrow::float64()), "[[1, 2.5], [3, 4], [5, 6]]")});
  const auto data = read_table(text.request);
  CHECK(data->features().row(0)[1] == 0.8f);
  CHECK(data->id(1) == "17");
  text.request.files = {parquet};
  CHECK(read_table(text.request)->digest() == data->digest());
}

TEST_CASE("reading hears that it is to stop, in files of every kind") {
  Case text(kThreeRows, "{\"q\": 1}\n{\"q\": 2}\n{\"q\": 3}\n");
  text.request.quality = {"q"};
  const std::string parquet =
      write_parquet(text.folder / "a.parquet", {column("q", arrow::int8(), "[1, 2, 3]")});
  const Watch stopping{[] { return true; }, {}};
  const auto& [npy_file, lines] = std::pair(text.request.files[0], text.request.files[1]);
  for (const auto& files : {std::vector{npy_file, parquet}, std::vector{lines}, std::vector{parquet}}) {
    text.request.files = files;
    text.request.features = files.size() == 2 ? "e" : "-";
    CHECK(read_table(text.request)->size() == 3);
    const Watching scope(stopping, "read");
    CHECK_THROWS_AS(read_table(text.request), Interrupted);
  }
}

TEST_CASE("npy of each float type") {
  const std::vector<std::string> files = {
      npy("<f2", "(3, 2)", bytes_of<std::uint16_t>({0x4200, 0x4400, 0x3c00, 0, 0, 0x4000})),
      npy("<f8", "(3, 2)", bytes_of<double>({3, 4, 1, 0, 0, 2}))};
  Case whole(kThreeRows, "{}\n{}\n{}");
  const std::string digest = read_table(whole.request)->digest();
  for (const std::string& file : files)
    CHECK(read_table(Case(file, "{}\n{}\n{}").request)->digest() == digest);
  whole.request.files = {whole.request.files[0]};
  CHECK(read_table(whole.request)->digest() == digest);
}

TEST_CASE("jsonl alone, where nothing needs features") {
  Case text(kThreeRows, "{\"q\": 1}\n{\"q\": 2}\n");
  text.request.files = {text.request.files[1]};
  text.request.quality = {"q"};
  text.wants({"c.jsonl", "no column holds lists of floats"});
  text.request.features_optional = true;
  CHECK(read_table(text.request)->score("q")[1] == 2.0f);
}

TEST_CASE("bad npy files") {
  const auto refuses = [](const std::string& file, std::vector<std::string> parts) {
    parts.emplace_back("x.npy");
    Case(file, "{}\n{}\n{}\n").wants(parts);
  };
  const std::string six = bytes_of<float>({3, 4, 1, 0, 0, 2});
  refuses("PK\x03\x04 not this one", {"not a .npy file"});
  refuses("", {"not a .npy file"});
  refuses(kThreeRows.substr(0, 30), {"truncated in its .npy header"});
  refuses(kThreeRows.substr(0, kThreeRows.size() - 3), {"truncated or damaged"});
  refuses(kThreeRows + "x", {"truncated or damaged"});
  refuses(npy("<f4", "(3, 2)", six, "True"), {"Fortran order"});
  refuses(npy("<i8", "(3, 2)", six + six), {"dtype '<i8'", "'<f4'"});
  refuses(npy(">f4", "(3, 2)", six), {"dtype '>f4'"});
  refuses(npy("<f4", "(6,)", six), {"two dimensions"});
  refuses(npy("<f4", "(1, 3, 2)", six), {"two dimensions"});
  refuses(npy("<f4", "(0, 2)", ""), {"3 lines", "0 rows"});
  refuses(npy("<f4", "(999999999999, 999999999)", six), {"truncated or damaged"});
  refuses(npy("<f4", "(3, 2)", bytes_of<float>({3, 4, 1, std::numeric_limits<float>::quiet_NaN(), 0, 2})),
          {"row 1", "not a number"});
  refuses(npy("<f8", "(3, 2)", bytes_of<double>({3, 4, 1, 0, std::numeric_limits<double>::infinity(), 2})),
          {"row 2", "infinite"});
  refuses(npy("<f4", "(3, 2)", bytes_of<float>({3, 4, 0, 0, 0, 2})), {"row 1", "zeros"});
}

TEST_CASE("bad jsonl files name the line") {
  const auto refuses = [](const std::string& lines, std::vector<std::string> parts, auto&& ask) {
    Case bad(kThreeRows, lines);
    ask(bad.request);
    parts.emplace_back("c.jsonl");
    bad.wants(parts);
  };
  const auto score = [](ReadRequest& request) { request.quality = {"q"}; };
  refuses("{\"q\": 1}\n{\"q\": 2}\n", {"2 lines", "x.npy has 3 rows"}, score);
  refuses("{\"q\": 1}\n{\"q\": 2,}\n{\"q\": 3}\n", {"line 2", "not JSON"}, score);
  refuses("{\"q\": 1}\n\n{\"q\": 3}\n", {"2 lines"}, score);
  refuses("{\"q\": 1}\n\n{\"q\": 2}\n{\"q\": NaN}\n", {"line 4", "not a number"}, score);
  refuses("{\"q\": 1}\n{\"q\": 2}\n{\"q\": -Infinity}\n", {"line 3", "infinite"}, score);
  refuses("{\"q\": 1}\n{\"q\": 2}\n{\"q\": nothing}\n", {"line 3", "a whole value"}, score);
  refuses("{\"q\": \"a\"}\n{\"q\": \"\\ud83d\"}\n{\"q\": 3}\n", {"line 2", "\"q\"", "not JSON"},
          [](ReadRequest& r) { r.text = "q"; });
  refuses("{\"q\": 1}\n{\"p\": 2, \"r\": 1}\n{\"q\": 3}\n", {"line 2", "no column \"q\"", "it has: p, r"},
          score);
  refuses("{\"q\": 1}\n[2]\n{\"q\": 3}\n", {"line 2", "array", "object"}, score);
  refuses("{\"q\": 1}\n{\"q\": 2, \"q\": 2}\n{\"q\": 3}\n", {"line 2", "\"q\" is named twice"}, score);
  refuses("{\"q\": 1}\n{\"q\": \"2\"}\n{\"q\": 3}\n", {"line 2", "\"q\"", "string", "a score is a number"},
          score);
  refuses("{\"q\": 1}\n{\"q\": null}\n{\"q\": 3}\n", {"line 2", "\"q\"", "null"}, score);
  refuses("{\"q\": 1}\n{\"q\": -4}\n{\"q\": 3}\n", {"line 2", "\"q\"", "-4"},
          [](ReadRequest& r) { r.length = "q"; });
  refuses("{\"q\": 1}\n{\"q\": 2.5}\n{\"q\": 3}\n", {"line 2", "\"q\"", "integer"},
          [](ReadRequest& r) { r.length = "q"; });
  refuses("{\"q\": 1}\n{\"q\": 18446744073709551615}\n{\"q\": 3}\n",
          {"line 2", "18446744073709551615", "32-bit"}, [](ReadRequest& r) { r.length = "q"; });
  refuses("{\"q\": 1}\n{\"q\": \"a\"}\n{\"q\": 3}\n", {"line 2", "a string among integers"},
          [](ReadRequest& r) { r.labels = {"q"}; });
  refuses("{\"q\": \"a\"}\n{\"q\": 4}\n{\"q\": 3}\n", {"line 2", "an integer among strings"},
          [](ReadRequest& r) { r.labels = {"q"}; });
  refuses("{\"q\": [1]}\n{\"q\": [1, 2]}\n{\"q\": [3]}\n", {"line 2", "a list of 2"}, [](ReadRequest& r) {
    r.matrices = {{"m", "q"}};
  });
  refuses("{\"q\": \"a\"}\n{\"q\": \"b\"}\n{\"q\": \"a\"}\n", {"row 2", "\"a\"", "row 0"},
          [](ReadRequest& r) { r.id = "q"; });
}

TEST_CASE("files that do not go together") {
  Case text(kThreeRows, "{}\n{}\n{}\n");
  const std::string parquet =
      write_parquet(text.folder / "a.parquet", {column("q", arrow::float32(), "[1]")});
  text.request.files.push_back(parquet);
  text.wants({"c.jsonl", "a.parquet", "not both"});
  text.request.files.resize(2);
  text.request.files[1] = text.request.files[0].substr(0, text.request.files[0].rfind('/')) + "/./x.npy";
  text.wants({"/./x.npy", "the same file as", "--allow-repeats"});
  text.request.files = {text.request.files[0]};
  text.request.quality = {"q"};
  text.wants({"x.npy", "\"q\"", ".jsonl"});
}

// Rows of two numbers, more than go to a scratch file at a time; one is zero where `bad` says.
std::vector<float> many_rows(Index rows, Index bad = -1) {
  std::vector<float> values;
  for (Index i = 0; i < rows; ++i) {
    values.push_back(i == bad ? 0.0f : static_cast<float>(i % 13 + 1));
    values.push_back(i == bad ? 0.0f : static_cast<float>(i % 7));
  }
  return values;
}

std::string as_lines(const std::vector<float>& values) {
  std::string lines;
  for (std::size_t i = 0; i < values.size(); i += 2)
    lines += "{\"e\": [" + std::to_string(values[i]) + ", " + std::to_string(values[i + 1]) +
             "], \"q\": " + std::to_string(i) + "}\n";
  return lines;
}

TEST_CASE("features in a scratch file make the same data set, and the same mistakes are named") {
  constexpr Index kRows = 2500;
  const std::string shape = "(" + std::to_string(kRows) + ", 2)";
  const std::vector<float> good = many_rows(kRows), bad = many_rows(kRows, 2051);
  Case both(npy("<f4", shape, bytes_of(good)), as_lines(good));
  both.request.quality = {"q"};
  for (const bool npy_features : {true, false}) {
    ReadRequest request = both.request;
    if (!npy_features) {
      request.files = {request.files[1]};
      request.features = "e";
    }
    const auto memory = read_table(request);
    request.scratch = both.folder / "";
    const auto walked = read_table(request);
    CHECK(walked->feature_rows().file != nullptr);
    CHECK(walked->digest() == memory->digest());
    CHECK(both.folder.files() == 2);
    write_bytes(request.files[0], npy_features ? npy("<f4", shape, bytes_of(bad)) : as_lines(bad));
    wants_user_error([&] { read_table(request); }, {npy_features ? "x.npy" : "c.jsonl",
                                                    npy_features ? "row 2051" : "line 2052", "all zeros"});
    write_bytes(request.files[0], npy_features ? npy("<f4", shape, bytes_of(good)) : as_lines(good));
  }
}

}  // namespace
}  // namespace maskbench
