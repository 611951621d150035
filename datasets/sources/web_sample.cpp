// web_sample: 10,509 real web documents without their text; datasets/cards/web_sample.json says where from
// and how good the scores are.

#include <filesystem>

#include "datasets/core/source_registry.hpp"
#include "datasets/readers/table_reader.hpp"

namespace maskbench {
namespace {

class WebSample final : public Source {
 public:
  explicit WebSample(const SourceName& name) : name_(name) {}

  std::optional<std::string> refuses() const override {
    if (std::filesystem::exists(file())) return std::nullopt;
    return path() + " is missing; git restores it, scripts/make_samples makes it";
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
    request.files = {file()};
    request.features = "embedding";
    request.quality = {"dclm_proxy", "edu_proxy", "wiki_proxy"};
    request.scores = {"weight"};
    request.exact_scores = false;  // as in every record of it; nothing ranks by weights
    request.labels = {"topic", "format"};
    request.length = "length";
    request.measures = {"characters"};
    request.id = "id";
    return request;
  }

  std::string path() const { return "datasets/samples/" + name_.key + ".parquet"; }
  std::string file() const { return repository_root() + "/" + path(); }

  SourceName name_;
};

}  // namespace

MASKBENCH_SOURCE(web_sample, WebSample,
                 "10,509 real web documents: E5 features, three proxy scores, topics, formats",
                 "wettig2025weborganizer")

}  // namespace maskbench
