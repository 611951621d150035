// Registered selectors and objectives, and the one line that registers each.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "datasets/core/registry.hpp"

namespace maskbench {

class Objective;
class Selector;
struct ObjectiveInput;
struct Problem;

// What a method is able to do. The harness refuses a problem outside it; the contract suite holds the method
// to it.
struct SelectorTraits {
  bool stochastic = false;       // another seed, another answer
  bool may_stop_early = false;   // thresholds of its own: the budget is a ceiling
  bool repeats = false;          // may answer with repeats
  bool rows_only = false;        // takes budgets in rows only
  bool no_quotas = false;        // refuses quotas
  bool no_kept = false;          // refuses kept rows
  bool host_arithmetic = false;  // rests on BLAS or k-means: gated by values, not by ids
  bool needs_features = false;
  bool needs_quality = false;
  bool needs_objective = false;  // optimises whatever objective it is given
  bool walks_tiles =
      false;  // asks for features through a RowReader only, so that they may lie in a scratch file
};

struct ObjectiveEntryTraits {
  bool needs_features = false;
  bool needs_quality = false;
  bool walks_tiles = false;  // as a selector's, its masks' rewards apart; joint: as its diversity does
};

using SelectorRegistry = Registry<Selector, SelectorTraits>;
using ObjectiveRegistry = Registry<Objective, ObjectiveEntryTraits, const ObjectiveInput&>;

SelectorRegistry& selectors();  // all that are linked in, and plug-ins
ObjectiveRegistry& objectives();
void register_selectors(SelectorRegistry& registry);    // generated
void register_objectives(ObjectiveRegistry& registry);  // generated

// From texts like `datamask[group_size=64]`. UserError for anything unknown or out of range.
std::unique_ptr<Selector> make_selector(std::string_view text);
std::unique_ptr<Objective> make_objective(std::string_view text, const ObjectiveInput& input);

// The traits of this text's parameters; `selector` is what the text makes.
SelectorTraits traits_of(std::string_view selector_text, const Selector& selector);

// The parts of Selector::refuses that follow from the traits, then the selector's own.
std::string refusal(std::string_view selector_text, const Selector& selector,
                    const Problem& problem);  // "": none

#define MASKBENCH_SELECTOR(key, Type, summary, citation, ...)                           \
  void register_selector_##key(SelectorRegistry& registry);                             \
  void register_selector_##key(SelectorRegistry& registry) {                            \
    registry.add<Type>(#key, summary, citation, __FILE__, SelectorTraits{__VA_ARGS__}); \
  }

#define MASKBENCH_OBJECTIVE(key, Type, summary, citation, ...)                                \
  void register_objective_##key(ObjectiveRegistry& registry);                                 \
  void register_objective_##key(ObjectiveRegistry& registry) {                                \
    registry.add<Type>(#key, summary, citation, __FILE__, ObjectiveEntryTraits{__VA_ARGS__}); \
  }

}  // namespace maskbench
