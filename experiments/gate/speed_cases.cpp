#include "experiments/gate/speed_cases.hpp"

#include <time.h>

#include <algorithm>
#include <set>
#include <utility>

#include "experiments/gate/gate_cases.hpp"
#include "experiments/gate/reference_kernel.hpp"
#include "experiments/machine/threads.hpp"
#include "experiments/problem/data_choice.hpp"

namespace maskbench {
namespace {

constexpr std::uint64_t kSpeedSeed = 5;

std::shared_ptr<const Dataset> data_of(const std::string& text) {
  DataChoice choice;
  choice.data = text;
  return load_data(choice).data;
}

std::unique_ptr<ProblemSetup> setup_of(std::shared_ptr<const Dataset> data, const std::string& objective,
                                       Index rows) {
  ProblemRequest request;
  request.objective = objectives().named(objective);
  request.budget.amount = rows;
  return std::make_unique<ProblemSetup>(std::move(data), request);
}

SpeedCase case_of(const Spec& selector, const std::string& objective, const std::string& data, Index rows) {
  const std::string text = selectors().canonical(selector);
  return {text + " | " + objective + " | " + data + " | rows=" + std::to_string(rows), text, objective, data,
          rows};
}

// The objectives of the small problem, in the order in which a selector is tried on them.
std::vector<std::string> small_objectives() {
  std::vector<std::string> all = gate_cases().speed.objectives;
  std::set<std::string> keys;
  for (const std::string& text : all) keys.insert(parse_spec(text).key);
  for (const auto& [key, entry] : objectives().entries()) {
    if (!keys.contains(key)) all.push_back(key);
  }
  return all;
}

bool contains(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace

std::vector<SpeedCase> speed_cases(const std::string& only) {
  if (!only.empty()) selectors().find(only);
  const SpeedCases& chosen = gate_cases().speed;
  std::vector<SpeedCase> cases;
  std::vector<std::pair<std::string, std::unique_ptr<ProblemSetup>>> problems;
  const auto data = data_of(chosen.data);
  for (const std::string& objective : small_objectives())
    problems.emplace_back(objective, setup_of(data, objective, chosen.rows));
  for (const auto& [key, entry] : selectors().entries()) {
    if (!only.empty() && key != only) continue;
    const Spec spec = gate_cases().short_spec(entry);
    const NamedSelector selector = selectors().make(spec);
    for (const auto& [objective, setup] : problems) {
      if (!selector.refusal(setup->problem()).empty()) continue;
      cases.push_back(case_of(spec, objective, chosen.data, chosen.rows));
      if (!contains(chosen.on_every_objective, key)) break;
    }
  }
  for (const std::string& text : chosen.large.selectors) {
    const Spec spec = parse_spec(text);
    if (only.empty() || spec.key == only)
      cases.push_back(case_of(spec, chosen.large.objective, chosen.large.data, chosen.large.rows));
  }
  return cases;
}

SpeedBench::SpeedBench(const SpeedCase& timed)
    : setup_(setup_of(data_of(timed.data), timed.objective, timed.rows)),
      selector_(selectors().make(timed.selector)) {
  fix_threads(1);
  const std::string reason = selector_.refusal(setup_->problem());
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
