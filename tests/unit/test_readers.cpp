// Parquet files read as they should be: types, several files, projections, measures, memory.

#include "datasets/readers/half.hpp"
#include "datasets/readers/table_reader.hpp"

#include <malloc.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include <cmath>
#include <limits>

#include "tests/unit/parquet_maker.hpp"

namespace maskbench {
namespace {

using namespace maskbench::test;

MadeColumn three_rows() {
  return column("e", arrow::fixed_size_list(arrow::float32(), 2), "[[3, 4], [1, 0], [0, 2]]");
}

std::vector<float> values_of(std::span<const float> values) {
  return {values.begin(), values.end()};
}
std::vector<std::int32_t> values_of(std::span<const std::int32_t> values) {
  return {values.begin(), values.end()};
}

ReadRequest request_for(std::vector<std::string> files) {
  ReadRequest request;
  request.files = std::move(files);
  return request;
}

TEST_CASE("every float type and list type gives the same features") {
  const Folder folder;
  std::string digest;
  for (const auto& inner : {arrow::float16(), arrow::float32(), arrow::float64()}) {
    for (const auto& type :
         {arrow::fixed_size_list(inner, 2), arrow::list(inner), arrow::large_list(inner)}) {
      INFO(type->ToString());
      ReadRequest request =
          request_for({write_parquet(folder / "a.parquet", {column("e", type, "[[3, 4], [1, 0], [0, 2]]")})});
      const auto data = read_table(request);
      REQUIRE(data->size() == 3);
      REQUIRE(data->features().cols == 2);
      CHECK(data->parts().features_name == "e");
      CHECK(data->features().row(0)[0] == 0.6f);
      CHECK(data->features().row(0)[1] == 0.8f);
      CHECK(data->features().row(2)[1] == 1.0f);
      CHECK((digest.empty() || digest == data->digest()));
      digest = data->digest();
      request.unit_rows = false;
      CHECK(read_table(request)->features().row(0)[1] == 4.0f);
    }
  }
}

TEST_CASE("scores come from floats, integers and bools") {
  const Folder folder;
  const std::vector<std::shared_ptr<arrow::DataType>> types = {
      arrow::float16(), arrow::float32(), arrow::float64(), arrow::int8(),
      arrow::int16(),   arrow::int32(),   arrow::int64(),   arrow::uint8(),
      arrow::uint16(),  arrow::uint32(),  arrow::uint64(),  arrow::boolean()};
  std::vector<MadeColumn> columns = {three_rows()};
  ReadRequest request = request_for({folder / "a.parquet"});
  for (const auto& type : types) {
    const bool truth = type->id() == arrow::Type::BOOL;
    columns.push_back(column(type->ToString(), type, truth ? "[true, false, true]" : "[1, 0, 1]"));
    request.quality.push_back(type->ToString());
  }
  write_parquet(request.files[0], columns);
  const auto data = read_table(request);
  CHECK(data->quality_columns() == request.quality);
  for (const std::string& name : request.quality)
    CHECK(values_of(data->score(name)) == std::vector<float>{1, 0, 1});
}

TEST_CASE("labels, lengths, ids, text and matrices") {
  const Folder folder;
  const std::string path = write_parquet(
      folder / "docs.parquet",
      {three_rows(),
       column("topic", arrow::utf8(), R"(["b", "a", "b"])"),
       column("kind", arrow::uint64(), "[7, 8, 7]"),
       {"coded", good(arrow::json::DictArrayFromJSONString(arrow::dictionary(arrow::int8(), arrow::utf8()),
                                                           "[1, 0, 1]", R"(["z", "y"])"))},
       column("tokens", arrow::int64(), "[5, 0, 9]"),
       column("key", arrow::large_utf8(), R"(["x", "", "a long id, longer than any"])"),
       column("body", arrow::utf8(), R"(["häuser", "", "eins zwei"])"),
       column("loss", arrow::list(arrow::float64()), "[[1, 2, 3], [4, 5, 6], [7, 8, 9]]"),
       column("neurons", arrow::large_list(arrow::int64()), "[[1, -2], [3, 4], [5, 6]]"),
       column("number", arrow::uint64(), "[18, 3, 18446744]")});
  ReadRequest request = request_for({path});
  request.features = "e";
  request.labels = {"topic", "kind", "coded"};
  request.length = "tokens";
  request.id = "key";
  request.text = "body";
  request.matrices = {{"losses", "loss"}, {"fired", "neurons"}};
  const auto data = read_table(request);
  CHECK(data->name() == "docs");
  CHECK(values_of(data->label("topic")) == std::vector<std::int32_t>{1, 0, 1});
  CHECK(values_of(data->label("kind")) == std::vector<std::int32_t>{7, 8, 7});
  CHECK(values_of(data->label("coded")) == std::vector<std::int32_t>{0, 1, 0});
  CHECK(*data->label_names("topic") == std::vector<std::string>{"a", "b"});
  CHECK(*data->label_names("coded") == std::vector<std::string>{"y", "z"});
  CHECK(data->label_names("kind") == nullptr);
  CHECK(values_of(data->lengths()) == std::vector<std::int32_t>{5, 0, 9});
  CHECK(data->id(2) == "a long id, longer than any");
  CHECK(data->id(1).empty());
  CHECK(data->text(0) == "häuser");
  CHECK(values_of(data->sizes("characters")) == std::vector<std::int32_t>{6, 0, 9});
  CHECK(values_of(data->sizes("bytes")) == std::vector<std::int32_t>{7, 0, 9});
  const TensorView losses = data->matrix("losses");
  CHECK((losses.type == DType::f32 && losses.cols == 3 && static_cast<const float*>(losses.data)[7] == 8.0f));
  const TensorView fired = data->matrix("fired");
  CHECK(
      (fired.type == DType::i32 && fired.cols == 2 && static_cast<const std::int32_t*>(fired.data)[1] == -2));

  request.id = "number";
  CHECK(read_table(request)->id(2) == "18446744");
}

TEST_CASE("several files are one data set, and a row keeps its place") {
  const Folder folder;
  const auto part = [&](const std::string& name, const std::string& e, const std::string& q) {
    return write_parquet(folder / name,
                         {column("e", arrow::list(arrow::float32()), e), column("q", arrow::float32(), q)});
  };
  const std::string one = part("one.parquet", "[[1, 0], [0, 1], [1, 0]]", "[1, 2, 3]");
  const std::string none = part("none.parquet", "[]", "[]");
  const std::string two = part("two.parquet", "[[0, 1], [0, 0]]", "[4, 5]");
  ReadRequest request = request_for({one, none, two});
  request.quality = {"q"};
  request.unit_rows = false;
  CHECK(values_of(read_table(request)->score("q")) == std::vector<float>{1, 2, 3, 4, 5});
  request.unit_rows = true;
  wants_user_error([&] { read_table(request); }, {"two.parquet, row 1", "\"e\"", "zeros"});
}

TEST_CASE("only what is asked for is read") {
  const Folder folder;
  std::string path = write_parquet(folder / "a.parquet",
                                   {three_rows(), column("q", arrow::float32(), "[1, 2, 3]"),
                                    column("body", arrow::utf8(), R"(["one", "two", "tree"])")},
                                   3);
  const std::string digest = [&] {
    ReadRequest request = request_for({path});
    request.quality = {"q"};
    return read_table(request)->digest();
  }();
  // Damage the text's page (its checksum stands in the page's header): only who asks for it may notice.
  std::string bytes = read_bytes(path);
  const auto metadata = parquet::ParquetFileReader::OpenFile(path)->metadata();
  const auto chunk = metadata->RowGroup(0)->ColumnChunk(2);
  bytes[(chunk->data_page_offset() + chunk->total_compressed_size()) - 20] ^= 1;
  bytes[(chunk->dictionary_page_offset()) + 40] ^= 1;
  write_bytes(path, bytes);
  ReadRequest request = request_for({path});
  request.quality = {"q"};
  CHECK(read_table(request)->digest() == digest);
  request.text = "body";
  wants_user_error([&] { read_table(request); }, {"a.parquet", "truncated or damaged"});
}

TEST_CASE("the features' column is found where there is one") {
  const Folder folder;
  const MadeColumn score = column("q", arrow::float32(), "[1, 2, 3]");
  const std::string two =
      write_parquet(folder / "two.parquet", {three_rows(), {"f", three_rows().values}, score});
  wants_user_error([&] { read_table(request_for({two})); }, {"two.parquet", "several columns", "e, f"});
  const std::string none = write_parquet(folder / "none.parquet", {score});
  wants_user_error([&] { read_table(request_for({none})); },
                   {"none.parquet", "no column holds lists of floats", "it has: q"});
  ReadRequest request = request_for({none});
  request.features_optional = true;
  CHECK(read_table(request)->features().cols == 0);
  request.files = {two};
  request.features = "-";
  const auto data = read_table(request);
  CHECK((data->size() == 3 && data->features().cols == 0));
}

TEST_CASE("characters come from an integer column where the text is not read") {
  const Folder folder;
  const std::string path =
      write_parquet(folder / "a.parquet", {three_rows(), column("characters", arrow::int32(), "[4, 5, 6]")});
  ReadRequest request = request_for({path});
  CHECK_FALSE(read_table(request)->has_sizes("characters"));
  request.measures = {"characters"};
  CHECK(values_of(read_table(request)->sizes("characters")) == std::vector<std::int32_t>{4, 5, 6});
  request.measures = {"bytes"};
  wants_user_error([&] { read_table(request); }, {"a.parquet", "no column \"bytes\""});
}

TEST_CASE("half precision is widened exactly") {
  CHECK(float_of_half(0x3c00) == 1.0f);
  CHECK(float_of_half(0xc000) == -2.0f);
  CHECK(float_of_half(0x0001) == 0x1p-24f);
  CHECK(float_of_half(0x83ff) == -1023 * 0x1p-24f);
  CHECK(float_of_half(0x7bff) == 65504.0f);
  CHECK(std::signbit(float_of_half(0x8000)));
  CHECK(std::isinf(float_of_half(0x7c00)));
  CHECK(std::isnan(float_of_half(0x7e00)));
}

// Bytes of /proc/self/status.
std::size_t memory(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field)) return std::stoul(line.substr(field.size() + 1)) * 1024;
  }
  return 0;
}

TEST_CASE("reading holds the columns kept and little more") {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  WARN("skipped: a sanitizer's own memory hides what is measured");
#else
  const Folder folder;
  constexpr std::int64_t kRows = 45'000, kCols = 128, kGroup = 15'000;
  const std::string path = folder / "big.parquet";
  {
    arrow::FloatBuilder* values = new arrow::FloatBuilder();
    arrow::FixedSizeListBuilder rows(arrow::default_memory_pool(),
                                     std::shared_ptr<arrow::FloatBuilder>(values), kCols);
    arrow::StringBuilder text;
    std::uint32_t state = 1;
    for (std::int64_t i = 0; i < kRows; ++i) {
      good(rows.Append());
      for (std::int64_t k = 0; k < kCols; ++k) {
        state = state * 1664525u + 1013904223u;
        good(values->Append(static_cast<float>(state >> 8)));
      }
      good(text.Append("document " + std::to_string(state) +
                       std::string(300, static_cast<char>('a' + state % 26))));
    }
    write_parquet(path, {{"e", good(rows.Finish())}, {"body", good(text.Finish())}}, kGroup);
  }
  read_table(request_for({write_parquet(folder / "small.parquet", {three_rows()})}));  // brings in the code
  arrow::default_memory_pool()->ReleaseUnused();
  mallopt(M_MMAP_THRESHOLD, 128 * 1024);  // what is freed goes back, so that the peak is what was held
  malloc_trim(0);
  if (!(std::ofstream("/proc/self/clear_refs") << "5").flush()) {
    WARN("skipped: this kernel does not reset the peak of memory");
    return;
  }
  const std::size_t before = memory("VmRSS:");
  ReadRequest request = request_for({path});
  request.text = "body";
  const auto data = read_table(request);
  const std::size_t peak = memory("VmHWM:") - before;
  const StringColumn& text = data->parts().text;
  const std::size_t kept = kRows * (kCols * 4 + 8 + 8) + text.offsets.back();
  const std::size_t group = kept / (kRows / kGroup);
  INFO("kept " << kept << ", a row group " << group << ", peak above the start " << peak);
  CHECK(peak < kept + group);
  CHECK(peak > kept * 9 / 10);  // else nothing was measured
#endif
}

}  // namespace
}  // namespace maskbench
