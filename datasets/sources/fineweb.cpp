// fineweb: the real thing, as scripts/fetch_fineweb brought it and scripts/prepare_text embedded it: a folder
// of Parquet files with one schema, DUMP.parquet or DUMP-<anything>.parquet; datasets/cards/fineweb.json
// names the columns.

#include <algorithm>
#include <filesystem>

#include "datasets/core/source_registry.hpp"
#include "datasets/readers/table_reader.hpp"

namespace maskbench {
namespace {

class Fineweb final : public Source {
 public:
  struct Params {
    std::string dir = "data/fineweb/prepared";
    std::string dump;
    std::int64_t files = 0;
    std::string features = "embedding";
    std::string quality;
    template <class Visit>
    void fields(Visit&& visit) {
      visit("dir", dir, any(),
            "folder of the prepared files, from the repository's root where it is relative");
      visit("dump", dump, any(), "only files of this crawl (their names begin with it); empty: all");
      visit("files", files, between(0, 1e6), "only the first so many files by name; 0: all");
      visit("features", features, any(), "column of the embedding");
      visit("quality", quality, any(), "score columns, joined by +; empty: none, since FineWeb brings none");
    }
  };

  Fineweb(const Params& params, const SourceName& name) : params_(params), name_(name) {}

  std::optional<std::string> refuses() const override {
    if (!found().empty()) return std::nullopt;
    const std::string dump = params_.dump.empty() ? "CC-MAIN-2024-10" : params_.dump;
    return "no prepared Parquet files of " + (params_.dump.empty() ? "FineWeb" : dump) + " in " +
           params_.dir + "; run: scripts/fetch_fineweb --dump " + dump +
           " --shards 1 --out data/fineweb && scripts/prepare_text " + "data/fineweb/data/" + dump +
           "/*.parquet --model intfloat/e5-base-v2 --length token_count " + "--carry language_score --out " +
           params_.dir + "/" + dump + ".parquet";
  }

  std::shared_ptr<const Dataset> load(const std::string& scratch) const override {
    return read_table(request(scratch));
  }
  DataSize size() const override { return table_size(request()); }

 private:
  ReadRequest request(const std::string& scratch = "") const {
    ReadRequest request;
    request.scratch = scratch;
    request.name = name_.canonical;
    request.files = found();
    if (request.files.empty()) throw UserError(*refuses());
    request.features = params_.features;
    for (std::size_t at = 0; at < params_.quality.size();) {
      const std::size_t end = std::min(params_.quality.find('+', at), params_.quality.size());
      request.quality.push_back(params_.quality.substr(at, end - at));
      at = end + 1;
    }
    request.length = "length";
    request.measures = {"characters"};
    request.id = "id";
    return request;
  }

  std::vector<std::string> found() const {
    namespace fs = std::filesystem;
    const fs::path folder = fs::path(repository_root()) / params_.dir;  // an absolute `dir` stands for itself
    std::vector<std::string> files;
    std::error_code none;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, none)) {
      const std::string name = entry.path().filename().string();
      if (entry.path().extension() == ".parquet" && name.starts_with(params_.dump))
        files.push_back(entry.path().string());
    }
    std::sort(files.begin(), files.end());
    if (params_.files > 0 && files.size() > static_cast<std::size_t>(params_.files)) {
      files.resize(params_.files);
    }
    return files;
  }

  Params params_;
  SourceName name_;
};

}  // namespace

MASKBENCH_SOURCE(fineweb, Fineweb,
                 "FineWeb as fetched and embedded by scripts/fetch_fineweb and scripts/prepare_text",
                 "penedo2024fineweb")

}  // namespace maskbench
