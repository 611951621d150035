// from_ids: the rows of a file, as any program has chosen them, so that its answer stands in the same tables.
//
// The file is SELECTED.parquet (datasets/readers/selection_file.hpp): a column `row`, or `id` where the data
// set has ids; `count` and `score` where there are.
// Guarantee: the file's.
// Cost: reading it.
//
// An answer below the budget is taken as it is. One above it, or with rows that may not be picked, is an
// error.

#include <filesystem>

#include "algorithms/core/selector.hpp"
#include "algorithms/wrappers/problem_file.hpp"

namespace maskbench {
namespace {

struct FromIdsParams {
  std::string file;
  template <class Visit>
  void fields(Visit&& visit) {
    visit("file", file, any(), "Parquet file with the rows or the ids");
  }
};

class FromIds final : public Selector {
 public:
  using Params = FromIdsParams;
  explicit FromIds(Params params) : params_(std::move(params)) {}

  std::optional<std::string> refuses(const Problem&) const override {
    if (params_.file.empty()) return "needs a file: from_ids[file=SELECTED.parquet]";
    if (!std::filesystem::exists(params_.file)) return "there is no file " + params_.file;
    return std::nullopt;
  }

  Selection select(const Problem& problem, RunContext& context) override {
    Selection answer = read_answer(params_.file, problem);
    context.count(Work::rows_read, static_cast<std::int64_t>(answer.items.size()));
    return answer;
  }

  std::int64_t scratch_bytes(const Problem& problem) const override { return 64 * problem.expected_rows(); }

 private:
  Params params_;
};

}  // namespace

MASKBENCH_SELECTOR(from_ids, FromIds, "the rows of a file", "fan2026datamask", .may_stop_early = true,
                   .repeats = true, .any_size = true)

}  // namespace maskbench
