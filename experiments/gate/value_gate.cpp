#include "experiments/gate/value_gate.hpp"

#include <stdexcept>

#include "algorithms/core/selector.hpp"
#include "experiments/gate/gate_cases.hpp"
#include "experiments/machine/threads.hpp"
#include "experiments/problem/answer.hpp"
#include "experiments/problem/data_choice.hpp"
#include "experiments/problem/problem_setup.hpp"
#include "experiments/records/record.hpp"

namespace maskbench {
namespace {

constexpr std::uint64_t kSeed = 5;
constexpr double kHostBand = 0.02;  // of the value, where a method rests on BLAS or k-means

Json measure(const ProblemSetup& setup, const Spec& spec, int threads) {
  fix_threads(threads);
  const ValueCases& cases = gate_cases().values;
  const NamedSelector selector = selectors().make(spec);
  Json line = {{"case", selector.canonical + " | " + setup.objective_text() + " | " + cases.data +
                            " | rows=" + std::to_string(cases.rows)}};
  const std::string reason = selector.refusal(setup.problem());
  if (!reason.empty()) {
    line["refused"] = reason;
    return line;
  }
  RunContext context(kSeed);
  selector->prepare(setup.problem());
  const Selection selection = selector->select(setup.problem(), context);
  if (const auto fault = fault_of(setup.problem(), selector.traits, selection)) {
    throw std::runtime_error(line["case"].get<std::string>() + ": " + *fault);
  }
  const std::vector<Index> set = whole_set(setup.problem(), selection.items);
  line["ids"] = digest_of_ids(set);
  line["count"] = set.size();
  line["value"] = setup.objective().value(set);
  line["work"] = Json::object();
  for (std::size_t kind = 0; kind < kWorkKinds; ++kind) {
    if (context.work()[kind] != 0) line["work"][kWorkNames[kind]] = context.work()[kind];
  }
  if (selector.traits.host_arithmetic) line["band"] = kHostBand;
  return line;
}

}  // namespace

std::string selector_of_case(const std::string& name) {
  return name.substr(0, name.find_first_of("[ "));
}

std::vector<Json> measure_values(const std::string& only, const GateProgress& progress) {
  const GateCases& cases = gate_cases();
  DataChoice choice;
  choice.data = cases.values.data;
  const LoadedData loaded = load_data(choice);
  std::vector<Json> lines;
  double done = 0;
  for (const std::string& objective : cases.values.objectives) {
    ProblemRequest request;
    request.objective = objectives().named(objective);
    request.budget.amount = cases.values.rows;
    const ProblemSetup setup(loaded.data, request);
    std::vector<Spec> specs;
    for (const auto& [key, entry] : selectors().entries()) specs.push_back(cases.short_spec(entry));
    for (const std::string& variant : cases.values.variants) specs.push_back(parse_spec(variant));
    if (!only.empty()) std::erase_if(specs, [&](const Spec& spec) { return spec.key != only; });
    for (const Spec& spec : specs) {
      if (progress) progress(done, spec.key);
      done += 1 / static_cast<double>(specs.size() * cases.values.objectives.size());
      const Json once = measure(setup, spec, 1);
      const Json twice = measure(setup, spec, 2);
      if (once != twice) {
        throw std::runtime_error(once["case"].get<std::string>() + ": one thread and two differ: " +
                                 write_json(once) + " and " + write_json(twice));
      }
      lines.push_back(once);
    }
  }
  return lines;
}

}  // namespace maskbench
