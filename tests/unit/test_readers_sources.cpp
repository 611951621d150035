// The registered data sets that are files: what they hold, what their cards say, how they refuse.

#include <cmath>
#include <nlohmann/json.hpp>

#include "datasets/core/folders.hpp"
#include "datasets/core/source_registry.hpp"
#include "tests/unit/parquet_maker.hpp"

namespace maskbench {
namespace {

using namespace maskbench::test;

nlohmann::json card(const std::string& name) {
  return nlohmann::json::parse(read_bytes(repository_root() + "/datasets/cards/" + name + ".json"));
}

std::unique_ptr<Source> source(const std::string& spec) {
  return sources().make(parse_spec(spec));
}

// Another repository's root for a while.
class Root {
 public:
  explicit Root(const std::string& path) : before_(repository_root()) { set_repository_root(path); }
  ~Root() { set_repository_root(before_); }

 private:
  std::string before_;
};

TEST_CASE("web_sample is what its card says") {
  const auto data = source("web_sample")->load();
  const nlohmann::json about = card("web_sample");
  CHECK(data->name() == "web_sample");
  CHECK(data->size() == about.at("rows").get<Index>());
  CHECK(data->features().cols == about.at("dims").get<Index>());
  CHECK(data->digest() == about.at("digest").get<std::string>());
  CHECK(data->quality_columns() == std::vector<std::string>{"dclm_proxy", "edu_proxy", "wiki_proxy"});
  double weight = 0;
  for (const float one : data->score("weight")) weight += static_cast<double>(one);
  CHECK((weight > 0.5 && weight < 1));
  CHECK(
      (data->label("topic").size() == data->label("format").size() && data->has_ids() && !data->has_text()));
  double squares = 0;
  for (Index k = 0; k < 384; ++k) squares += std::pow(static_cast<double>(data->features().row(17)[k]), 2);
  CHECK(std::abs(std::sqrt(squares) - 1) < 1e-5);
}

TEST_CASE("fineweb_sample is what its card says") {
  const auto data = source("fineweb_sample")->load();
  const nlohmann::json about = card("fineweb_sample");
  CHECK(data->size() == about.at("rows").get<Index>());
  CHECK(data->digest() == about.at("digest").get<std::string>());
  CHECK_FALSE(data->has_text());
  const auto with_text = source("fineweb_sample[text=true]")->load();
  CHECK(with_text->name() == "fineweb_sample[text=true]");
  REQUIRE(with_text->has_text());
  for (Index i = 0; i < data->size(); ++i) {  // counted here, and counted by who made the file
    const std::size_t at = i;
    CHECK(with_text->sizes("characters")[at] == data->sizes("characters")[at]);
  }
}

TEST_CASE("samples that are not there are refused") {
  const Folder empty;
  const Root root(empty / "");
  CHECK(source("web_sample")->refuses().value().find("scripts/make_samples") != std::string::npos);
  CHECK(source("fineweb_sample")->refuses().value().find("scripts/make_samples") != std::string::npos);
  wants_user_error([] { source("web_sample")->load(); }, {"web_sample.parquet", "No such file"});
}

TEST_CASE("fineweb reads what was prepared, and else says how") {
  const Folder folder;
  const Root root(folder / "");
  const std::string refusal = source("fineweb[dump=CC-MAIN-2013-20]")->refuses().value();
  for (const char* part : {"scripts/fetch_fineweb --dump CC-MAIN-2013-20",
                           "scripts/prepare_text data/fineweb/data/CC-MAIN-2013-20/",
                           "--out data/fineweb/prepared/CC-MAIN-2013-20.parquet"}) {
    CHECK(refusal.find(part) != std::string::npos);
  }
  wants_user_error([] { source("fineweb")->load(); }, {"scripts/fetch_fineweb"});

  std::filesystem::create_directories(folder / "data/fineweb/prepared");
  const auto prepared = [&](const std::string& name, const std::string& id) {
    write_parquet(folder / ("data/fineweb/prepared/" + name),
                  {column("id", arrow::utf8(), "[\"" + id + "\"]"),
                   column("embedding", arrow::fixed_size_list(arrow::float32(), 2), "[[0.6, 0.8]]"),
                   column("edu", arrow::float32(), "[2]"), column("dclm", arrow::float32(), "[3]"),
                   column("length", arrow::int32(), "[5]"), column("characters", arrow::int32(), "[20]")});
  };
  prepared("CC-MAIN-2013-20.parquet", "a");
  prepared("CC-MAIN-2024-10-b.parquet", "c");
  prepared("CC-MAIN-2024-10-a.parquet", "b");
  CHECK_FALSE(source("fineweb")->refuses().has_value());
  CHECK(source("fineweb")->load()->size() == 3);
  const auto data = source("fineweb[dump=CC-MAIN-2024-10,files=1,quality=edu+dclm]")->load();
  CHECK((data->size() == 1 && data->id(0) == "b" && data->lengths()[0] == 5));
  CHECK(data->quality_columns() == std::vector<std::string>{"edu", "dclm"});
  CHECK(source("fineweb[dump=CC-MAIN-2014-10]")->refuses().has_value());
}

}  // namespace
}  // namespace maskbench
