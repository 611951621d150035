#include "experiments/gate/value_gate.hpp"

#include <stdexcept>

#include "algorithms/core/selector.hpp"
#include "experiments/machine/threads.hpp"
#include "experiments/problem/answer.hpp"
#include "experiments/problem/data_choice.hpp"
#include "experiments/problem/problem_setup.hpp"
#include "experiments/records/record.hpp"

namespace maskbench {
namespace {

constexpr const char* kData = "synthetic_web[d=16,n=240,seed=7]";
constexpr const char* kObjectives[] = {"quality",
                                       "pairwise_similarity",
                                       "facility_location",
                                       "disf",
                                       "disf[standardise=frozen]",
                                       "joint",
                                       "joint[lambda=0.2,scaling=sd]",
                                       "joint[diversity=facility_location]",
                                       "joint[diversity=disf,merge=rank]"};
constexpr const char* kVariants[] = {"datamask[preset=ours,steps=60]",
                                     "datamask[blocks=3,log_prob=pl_set,steps=20]",
                                     "datamask[final=top,initialisation=softmax,steps=40]",
                                     "blocked[blocks=4,inner=greedy]",
                                     "pruned[inner=greedy,keep=0.4]",
                                     "chain[first=semdedup,then=one_shot]",
                                     "kmeans[clusters=6,inside=spread]",
                                     "semdedup[clusters=5,keep=easy]"};
constexpr Index kRows = 24;
constexpr std::uint64_t kSeed = 5;
constexpr double kHostBand = 0.02;  // of the value, where a method rests on BLAS or k-means

Json measure(const ProblemSetup& setup, const Spec& spec, int threads) {
  fix_threads(threads);
  const std::string text = selectors().canonical(spec);
  const auto selector = selectors().make(spec);
  Json line = {
      {"case", text + " | " + setup.objective_text() + " | " + kData + " | rows=" + std::to_string(kRows)}};
  const SelectorTraits traits = traits_of(text, *selector);
  const std::string reason = refusal(text, *selector, setup.problem());
  if (!reason.empty()) {
    line["refused"] = reason;
    return line;
  }
  RunContext context(kSeed);
  selector->prepare(setup.problem());
  const Selection selection = selector->select(setup.problem(), context);
  if (const auto fault = fault_of(setup.problem(), traits, selection)) {
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
  if (traits.host_arithmetic) line["band"] = kHostBand;
  return line;
}

}  // namespace

Spec short_spec(const SelectorRegistry::Entry& entry) {
  Spec spec{entry.key, {}};
  for (const FieldInfo& field : entry.fields) {
    if (field.name == "steps") spec.arguments["steps"] = "60";
  }
  return spec;
}

std::string selector_of_case(const std::string& name) {
  return name.substr(0, name.find_first_of("[ "));
}

std::vector<Json> measure_values(const std::string& only, const GateProgress& progress) {
  DataChoice choice;
  choice.data = kData;
  const LoadedData loaded = load_data(choice);
  std::vector<Json> lines;
  double done = 0;
  for (const char* objective : kObjectives) {
    ProblemRequest request;
    request.objective = objective;
    request.budget.amount = kRows;
    const ProblemSetup setup(loaded.data, request);
    std::vector<Spec> specs;
    for (const auto& [key, entry] : selectors().entries()) specs.push_back(short_spec(entry));
    for (const char* variant : kVariants) specs.push_back(parse_spec(variant));
    if (!only.empty()) std::erase_if(specs, [&](const Spec& spec) { return spec.key != only; });
    for (const Spec& spec : specs) {
      if (progress) progress(done, spec.key);
      done += 1 / static_cast<double>(specs.size() * std::size(kObjectives));
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
