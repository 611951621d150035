#include "experiments/gate/speed_cases.hpp"

#include <time.h>

#include <algorithm>
#include <array>
#include <map>

#include "experiments/gate/reference_kernel.hpp"
#include "experiments/gate/value_gate.hpp"
#include "experiments/machine/threads.hpp"
#include "experiments/problem/data_choice.hpp"

namespace maskbench {
namespace {

constexpr const char* kSmallData = "synthetic_web[d=64,n=1000,seed=7]";
constexpr Index kSmallRows = 50;
constexpr const char* kLargeData = "synthetic_web[d=128,n=20000,seed=7]";
constexpr Index kLargeRows = 2000;
constexpr std::array kCommonObjectives = {
    "joint", "disf"};  // tried before the others: a selector is timed under the first that it takes
// An answer's own memory has to fit a core's cache, as the yardstick's does: what lives in the cache that
// cores share is slower whenever a neighbour is busy. All 1,000 rows as reference are a matrix of 8 MB.
constexpr std::array kSmallObjectives = {"facility_location[reference=50]"};
constexpr std::array kOnEveryObjective = {"greedy", "datamask", "relaxation"};
constexpr const char* kLarge[] = {"datamask[preset=paper,steps=4]", "datamask[preset=ours,steps=4]",
                                  "relaxation"};
constexpr std::uint64_t kSpeedSeed = 5;

std::shared_ptr<const Dataset> data_of(const std::string& text) {
  DataChoice choice;
  choice.data = text;
  return load_data(choice).data;
}

std::unique_ptr<ProblemSetup> setup_of(std::shared_ptr<const Dataset> data, const std::string& objective,
                                       Index rows) {
  ProblemRequest request;
  request.objective = objective;
  request.budget.amount = rows;
  return std::make_unique<ProblemSetup>(std::move(data), request);
}

SpeedCase case_of(const Spec& selector, const std::string& objective, const char* data, Index rows) {
  const std::string text = selectors().canonical(selector);
  return {text + " | " + objective + " | " + data + " | rows=" + std::to_string(rows), text, objective, data,
          rows};
}

bool refused(const ProblemSetup& setup, const Spec& spec) {
  return !refusal(print_spec(spec), *selectors().make(spec), setup.problem()).empty();
}

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace

std::vector<SpeedCase> speed_cases(const std::string& only) {
  if (!only.empty()) selectors().find(only);
  std::vector<SpeedCase> cases;
  std::map<std::string, std::unique_ptr<ProblemSetup>> problems;
  const auto data = data_of(kSmallData);
  for (const auto& [objective, entry] : objectives().entries()) {
    const auto small = std::find_if(kSmallObjectives.begin(), kSmallObjectives.end(),
                                    [&](const char* text) { return parse_spec(text).key == objective; });
    const std::string text = small == kSmallObjectives.end() ? objective : *small;
    problems[text] = setup_of(data, text, kSmallRows);
  }
  std::vector<std::string> order(kCommonObjectives.begin(), kCommonObjectives.end());
  for (const auto& [objective, problem] : problems) {
    if (std::find(order.begin(), order.end(), objective) == order.end()) order.push_back(objective);
  }
  for (const auto& [key, entry] : selectors().entries()) {
    if (!only.empty() && key != only) continue;
    const Spec spec = short_spec(entry);
    const auto takes = [&](const std::string& objective) { return !refused(*problems.at(objective), spec); };
    const bool everywhere =
        std::find(kOnEveryObjective.begin(), kOnEveryObjective.end(), key) != kOnEveryObjective.end();
    for (const std::string& objective : order) {
      if (!takes(objective)) continue;
      cases.push_back(case_of(spec, objective, kSmallData, kSmallRows));
      if (!everywhere) break;
    }
  }
  for (const char* text : kLarge) {
    const Spec spec = parse_spec(text);
    if (only.empty() || spec.key == only)
      cases.push_back(case_of(spec, kCommonObjectives[0], kLargeData, kLargeRows));
  }
  return cases;
}

SpeedBench::SpeedBench(const SpeedCase& timed)
    : setup_(setup_of(data_of(timed.data), timed.objective, timed.rows)),
      selector_(make_selector(timed.selector)) {
  fix_threads(1);
  const std::string reason = refusal(timed.selector, *selector_, setup_->problem());
  if (!reason.empty()) throw UserError(timed.name + ": " + reason);
  selector_->prepare(setup_->problem());
}

double SpeedBench::select(int times) {
  const double begin = cpu_seconds();
  for (int i = 0; i < times; ++i) {
    RunContext context(kSpeedSeed);
    kept_ += static_cast<double>(selector_->select(setup_->problem(), context).items.size());
  }
  return cpu_seconds() - begin;
}

double SpeedBench::reference(int times) {
  const double begin = cpu_seconds();
  for (int i = 0; i < times; ++i) kept_ += reference_pass(setup_->data().features());
  MASKBENCH_CHECK(kept_ == kept_, "features are finite");
  return cpu_seconds() - begin;
}

}  // namespace maskbench
