// fineweb_sample: 450 real documents of FineWeb and FineWeb-Edu with their text;
// datasets/cards/fineweb_sample.json says where from and how good the scores are.

#include <filesystem>

#include "datasets/core/source_registry.hpp"
#include "datasets/readers/table_reader.hpp"

namespace maskbench {
namespace {

class FinewebSample final : public Source {
 public:
  struct Params {
    bool text = false;
    template <class Visit>
    void fields(Visit&& visit) {
      visit("text", text, any(), "read the documents' text as well");
    }
  };

  FinewebSample(const Params& params, const SourceName& name) : params_(params), name_(name) {}

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
    request.labels = {"edu"};
    request.length = "length";
    request.measures = {"characters"};
    request.id = "id";
    if (params_.text) request.text = "text";
    return request;
  }

  std::string path() const { return "datasets/samples/" + name_.key + ".parquet"; }
  std::string file() const { return repository_root() + "/" + path(); }

  Params params_;
  SourceName name_;
};

}  // namespace

MASKBENCH_SOURCE(fineweb_sample, FinewebSample,
                 "450 real documents of FineWeb and FineWeb-Edu, with text where asked for",
                 "penedo2024fineweb")

}  // namespace maskbench
