// A mapped data set is the data set that was written.

#include "datasets/core/mapped.hpp"

#include <array>
#include <cstring>

#include "tests/unit/parquet_maker.hpp"

namespace maskbench {
namespace {

using namespace maskbench::test;

std::shared_ptr<const Dataset> everything() {
  DatasetBuilder targets("targets", 2);
  targets.features("embedding", {1, 0, 0, 1}, 2);
  targets.sizes("tokens", "length", {7, 0});
  DatasetBuilder builder("all", 3);
  builder.features("embedding", {3, 4, 1, 0, 0, 2, 1, 1, 1}, 3, false);
  builder.score("q", {0.5f, -1, 2});
  builder.score("an odd \"name\"", {1, 2, 3});
  builder.label("topic", {2, 0, 1});
  builder.sizes("tokens", "length", {5, 6, 7});
  builder.sizes("bytes", "text", {4, 0, 9});
  builder.matrix("loss", std::vector<float>{1, 2, 3, 4, 5, 6}, 2);
  builder.matrix("fired", std::vector<std::int32_t>{1, 2, 3}, 1);
  builder.ids("id", {"one", "", "three"});
  builder.text({0, 4, 4, 9}, "textother");
  builder.quality_columns({"q"});
  builder.related("targets", targets.build());
  return builder.build();
}

template <class T>
bool same(std::span<const T> a, std::span<const T> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0 &&
         reinterpret_cast<std::uintptr_t>(b.data()) % 64 == 0;
}

TEST_CASE("every column survives the mapping") {
  const Folder folder;
  const auto data = everything();
  write_mapped(*data, folder / "data");
  CHECK(folder.files() == 1);
  const auto mapped = map_dataset(folder / "data");
  const DatasetParts &a = data->parts(), &b = mapped->parts();
  CHECK(b.name == "all");
  CHECK(b.digest == data->digest());
  CHECK(digest_of(b) == data->digest());
  CHECK(b.size == 3);
  CHECK(b.features_name == "embedding");
  CHECK_FALSE(b.unit_rows);
  CHECK(b.quality_columns == a.quality_columns);
  CHECK((b.features.cols == 3 && b.features.stride == 3));
  for (const auto& [name, values] : a.scores) CHECK(same(values, mapped->score(name)));
  for (const auto& [name, values] : a.labels) CHECK(same(values, mapped->label(name)));
  for (const auto& [name, values] : a.sizes) CHECK(same(values, mapped->sizes(name)));
  CHECK((b.scores.size() == 2 && b.labels.size() == 1 && b.sizes.size() == 2 && b.matrices.size() == 2));
  CHECK((mapped->matrix("fired").type == DType::i32 &&
         static_cast<const std::int32_t*>(mapped->matrix("fired").data)[2] == 3));
  CHECK(static_cast<const float*>(mapped->matrix("loss").data)[5] == 6.0f);
  CHECK((mapped->id(2) == "three" && mapped->id(1).empty() && mapped->text(0) == "text" &&
         mapped->text(2) == "other"));
  REQUIRE(mapped->related("targets") != nullptr);
  CHECK(digest_of(mapped->related("targets")->parts()) == a.related.at("targets")->digest());
  CHECK(mapped->related("targets")->lengths()[0] == 7);
}

TEST_CASE("a view with gaps is written without them") {
  const Folder folder;
  const std::vector<float> wide = {1, 0, 9, 0, 1, 9};
  DatasetParts parts;
  parts.name = "gaps";
  parts.size = 2;
  parts.features = {wide.data(), 2, 2, 3};
  parts.digest = digest_of(parts);
  write_mapped(Dataset(parts), folder / "data");
  const auto mapped = map_dataset(folder / "data");
  CHECK(mapped->features().stride == 2);
  CHECK(mapped->features().row(1)[1] == 1.0f);
  CHECK(digest_of(mapped->parts()) == parts.digest);
}

TEST_CASE("mapped files that are cut, or none") {
  const Folder folder;
  write_mapped(*everything(), folder / "data");
  const std::string whole = read_bytes(folder / "data");
  for (const std::size_t size :
       {whole.size() - 1, whole.size() - 64, std::size_t{200}, std::size_t{12}, std::size_t{0}}) {
    wants_user_error([&] { map_dataset(write_bytes(folder / "cut", whole.substr(0, size))); }, {"cut"});
  }
  wants_user_error([&] { map_dataset(write_bytes(folder / "cut", whole + "x")); }, {"cut", "truncated"});
  wants_user_error([&] { map_dataset(write_bytes(folder / "other", std::string(300, 'x'))); },
                   {"other", "MASKBND1"});
  wants_user_error([&] { map_dataset(folder / "none"); }, {"none", "No such file"});
  wants_user_error([&] { map_dataset(folder / ""); }, {"not a regular file"});
  wants_user_error([&] { write_mapped(*everything(), folder / "none/data"); }, {"none/data"});
  std::string moved = whole;  // a column that points outside
  const std::size_t at = moved.find("\"offset\":128}");
  REQUIRE(at != std::string::npos);
  moved.replace(at, 13, "\"offset\":1e7}");
  wants_user_error([&] { map_dataset(write_bytes(folder / "moved", moved)); }, {"moved", "damaged"});
}

TEST_CASE("a mapped file whose columns do not fit together is refused") {
  const Folder folder;
  write_mapped(*everything(), folder / "data");
  const std::string whole = read_bytes(folder / "data");
  const std::vector<std::pair<std::string, std::string>> changes = {{"\"size\":3", "\"size\":0"},
                                                                    {"\"size\":3", "\"size\":4"},
                                                                    {"\"rows\":3", "\"rows\":2"},
                                                                    {"\"type\":4", "\"type\":9"},
                                                                    {"\"cols\":3", "\"cols\":9"}};
  for (const auto& [from, to] : changes) {
    std::string changed = whole;
    const std::size_t at = changed.find(from);
    REQUIRE(at != std::string::npos);
    changed.replace(at, to.size(), to);  // as long as before
    INFO(to);
    wants_user_error([&] { map_dataset(write_bytes(folder / "changed", changed)); }, {"changed", "damaged"});
  }
  const std::array<std::int64_t, 2> ends{3, 3};  // of the ids "one" and "": the second ends before it begins
  std::string changed = whole;
  const std::size_t at =
      changed.find(std::string_view(reinterpret_cast<const char*>(ends.data()), sizeof ends));
  REQUIRE(at != std::string::npos);
  changed[at + sizeof(std::int64_t)] = 1;
  wants_user_error([&] { map_dataset(write_bytes(folder / "changed", changed)); }, {"changed", "damaged"});
}

}  // namespace
}  // namespace maskbench
