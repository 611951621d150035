#include "experiments/problem/advised_selector.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace maskbench {
namespace {

std::vector<std::string> candidates_of(const NamedObjective& objective, const std::string& device) {
  std::vector<std::string> all;
  const char* general = device == "cpu" ? kGeneralSelector : kDeviceSelector;
  for (const char* text : {objective.traits().advised, general, kLastSelector}) {
    if (std::find(all.begin(), all.end(), text) == all.end()) all.emplace_back(text);
  }
  return all;
}

std::string reason_against(const NamedSelector& selector, const ProblemSetup& setup,
                           const std::string& device) {
  if (!runs_on(selector.spec, device)) return "runs on the cpu only";
  if (setup.data().feature_rows().file != nullptr && !selector.traits.walks_tiles)
    return "wants the features in memory";
  return selector.refusal(setup.problem());
}

}  // namespace

AdvisedSelector advised_selector(const ProblemSetup& setup, const std::string& device) {
  AdvisedSelector first;
  std::string passed_over;
  for (const std::string& text : candidates_of(setup.named_objective(), device)) {
    const Spec spec = parse_spec(text);
    NamedSelector selector = selectors().make(runs_on(spec, device) ? on_device(spec, device) : spec);
    const std::string reason = reason_against(selector, setup, device);
    if (reason.empty()) {
      std::string note;
      if (!passed_over.empty())
        note = fmt::format("the selector is {}, passed over were {}", selector.canonical, passed_over);
      return {std::move(selector), std::move(note), ""};
    }
    passed_over += fmt::format("{}{} ({})", passed_over.empty() ? "" : ", ", text, reason);
    if (first.selector.selector == nullptr) first.selector = std::move(selector);
  }
  first.refusal = passed_over;
  return first;
}

}  // namespace maskbench
