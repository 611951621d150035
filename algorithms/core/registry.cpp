#include "algorithms/core/registry.hpp"

#include "algorithms/core/selector.hpp"

namespace maskbench {

SelectorRegistry& selectors() {
  static SelectorRegistry& registry =
      *[] {  // never destroyed: it may hold what only a living host can let go
        auto* filled = new SelectorRegistry("selector");
        register_selectors(*filled);
        return filled;
      }();
  return registry;
}

ObjectiveRegistry& objectives() {
  static ObjectiveRegistry& registry = *[] {
    auto* filled = new ObjectiveRegistry("objective");
    register_objectives(*filled);
    return filled;
  }();
  return registry;
}

NamedSelector SelectorRegistry::make(std::string_view text) const {
  NamedSelector named = make(parse_spec(text));
  named.text = text;
  return named;
}

NamedSelector SelectorRegistry::make(const Spec& spec) const {
  const Entry& entry = find(spec.key);
  NamedSelector named{print_spec(spec), print_spec({spec.key, entry.canonical(spec.arguments)}), spec,
                      entry.traits, nullptr};
  named.selector = entry.make(spec.arguments);
  named.selector->refine(named.traits);
  return named;
}

NamedObjective ObjectiveRegistry::named(std::string_view text) const {
  NamedObjective named;
  named.text_ = text;
  named.spec_ = parse_spec(text);
  named.entry_ = &find(named.spec_.key);
  named.canonical_ = print_spec({named.spec_.key, named.entry_->canonical(named.spec_.arguments)});
  named.traits_ = named.entry_->traits;
  if (named.entry_->refine) named.entry_->refine(named.spec_.arguments, named.traits_);
  return named;
}

NamedObjective ObjectiveRegistry::standard(bool with_quality, bool with_features) const {
  for (const auto& [key, entry] : entries()) {
    const ObjectiveEntryTraits& traits = entry.traits;
    if (traits.standard && traits.needs_quality == with_quality && traits.needs_features == with_features)
      return named(key);
  }
  throw UserError(std::string("no objective is the standard one of data ") +
                  (with_quality ? "with" : "without") + " a quality and " +
                  (with_features ? "with" : "without") + " features; give one with --objective");
}

std::unique_ptr<Objective> NamedObjective::make(const ObjectiveInput& input) const {
  MASKBENCH_CHECK(entry_ != nullptr, "a text names the objective");
  if (traits_.needs_features && input.data.dims() == 0) {
    throw UserError("objective " + spec_.key + " needs features; data set " + input.data.name() +
                    " has none (--features names a column of embeddings)");
  }
  if (traits_.needs_quality && input.quality_columns.empty()) {
    throw UserError("objective " + spec_.key + " needs a quality column (--quality); none is given");
  }
  return entry_->make(spec_.arguments, input);
}

std::unique_ptr<Objective> make_objective(std::string_view text, const ObjectiveInput& input) {
  return objectives().named(text).make(input);
}

bool runs_on(const Spec& selector, const std::string& device) {
  const std::vector<FieldInfo>& fields = selectors().find(selector.key).fields;
  return device == kHostDevice || std::any_of(fields.begin(), fields.end(), [](const FieldInfo& field) {
           return field.name == kDeviceParameter;
         });
}

Spec on_device(Spec selector, const std::string& device) {
  if (!runs_on(selector, device))
    throw UserError("device " + device + ": selector " + selector.key + " runs on the cpu only");
  if (device != kHostDevice) selector.arguments[kDeviceParameter] = device;
  return selector;
}

std::string device_of(const Spec& selector) {
  const auto found = selector.arguments.find(kDeviceParameter);
  return found == selector.arguments.end() ? kHostDevice : found->second;
}

std::string NamedSelector::refusal(const Problem& problem) const {
  if (traits.rows_only && problem.budget.unit != Unit::rows) {
    return std::string("takes a budget in rows only, not in ") + name_of(problem.budget.unit);
  }
  if (problem.budget.unit == Unit::none && !traits.may_stop_early)
    return "needs a budget: it has no threshold of its own";
  if (traits.no_quotas && !problem.quotas.empty()) return "does not respect quotas";
  if (traits.no_kept && !problem.kept.empty()) return "does not respect rows that are kept from before";
  if (traits.needs_features && problem.data.dims() == 0)
    return "needs features, and the data set has none (--features names a column of embeddings)";
  if (traits.needs_quality && problem.quality.empty()) return "needs a quality column (--quality)";
  if (traits.needs_objective && (problem.objective == nullptr || problem.objective->traits().valueless))
    return "needs an objective, and there is none: it optimises one (--objective)";
  return selector->refuses(problem).value_or("");
}

}  // namespace maskbench
