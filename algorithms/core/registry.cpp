#include "algorithms/core/registry.hpp"

#include "algorithms/core/selector.hpp"

namespace maskbench {

SelectorRegistry& selectors() {
  static SelectorRegistry registry = [] {
    SelectorRegistry filled("selector");
    register_selectors(filled);
    return filled;
  }();
  return registry;
}

ObjectiveRegistry& objectives() {
  static ObjectiveRegistry registry = [] {
    ObjectiveRegistry filled("objective");
    register_objectives(filled);
    return filled;
  }();
  return registry;
}

std::unique_ptr<Selector> make_selector(std::string_view text) {
  return selectors().make(parse_spec(text));
}

std::unique_ptr<Objective> make_objective(std::string_view text, const ObjectiveInput& input) {
  const Spec spec = parse_spec(text);
  const ObjectiveEntryTraits& traits = objectives().find(spec.key).traits;
  if (traits.needs_features && input.data.dims() == 0) {
    throw UserError("objective " + spec.key + " needs features; data set " + input.data.name() + " has none");
  }
  if (traits.needs_quality && input.quality_columns.empty()) {
    throw UserError("objective " + spec.key + " needs a quality column (--quality); none is given");
  }
  return objectives().make(spec, input);
}

SelectorTraits traits_of(std::string_view selector_text, const Selector& selector) {
  SelectorTraits traits = selectors().find(parse_spec(selector_text).key).traits;
  selector.refine(traits);
  return traits;
}

std::string refusal(std::string_view selector_text, const Selector& selector, const Problem& problem) {
  const SelectorTraits traits = traits_of(selector_text, selector);
  if (traits.rows_only && problem.budget.unit != Unit::rows) {
    return std::string("takes a budget in rows only, not in ") + name_of(problem.budget.unit);
  }
  if (problem.budget.unit == Unit::none && !traits.may_stop_early)
    return "needs a budget: it has no threshold of its own";
  if (traits.no_quotas && !problem.quotas.empty()) return "does not respect quotas";
  if (traits.no_kept && !problem.kept.empty()) return "does not respect rows that are kept from before";
  if (traits.needs_features && problem.data.dims() == 0) return "needs features";
  if (traits.needs_quality && problem.quality.empty()) return "needs a quality column";
  if (traits.needs_objective && problem.objective == nullptr) return "needs an objective";
  return selector.refuses(problem).value_or("");
}

}  // namespace maskbench
