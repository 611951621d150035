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
  bool extrapolates = false;  // asks Objective::value of every candidate at every pick and does nothing else:
                              // where that cannot finish, a few timed calls say how long it would take
  bool runs_commands = false;  // of the shell, as its parameters say
  bool any_size = false;  // its order does not depend on how many rows the answer will have (S); a wrapper's:
                          // what is inside finds its own S
  bool by_gain = false;   // picks the largest Problem::worth of a gain
};

// The selector for an objective that advises none: it takes any, and needs nothing of it but values.
inline constexpr const char* kGeneralSelector = "datamask[preset=ours]";
// The same where a GPU is asked for: preset ours has parts that run on the cpu only.
inline constexpr const char* kDeviceSelector = "datamask[preset=paper]";
// Takes every budget, kept rows and quotas, and any objective: the last resort.
inline constexpr const char* kLastSelector = "greedy";

struct ObjectiveEntryTraits {
  bool needs_features = false;
  bool needs_quality = false;
  bool walks_tiles = false;  // as a selector's, its masks' rewards apart
  bool standard = false;  // what is optimised where nobody names an objective: the one that needs just what
                          // there is of a quality and features
  const char* advised = kGeneralSelector;  // the selector to use where nobody names one
};

struct NamedSelector;

class SelectorRegistry final : public Registry<Selector, SelectorTraits> {
 public:
  using Registry::Registry;
  // From a text like `datamask[group_size=64]`. UserError for anything unknown or out of range.
  NamedSelector make(std::string_view text) const;
  NamedSelector make(const Spec& spec) const;
};

class NamedObjective;

class ObjectiveRegistry final : public Registry<Objective, ObjectiveEntryTraits, const ObjectiveInput&> {
 public:
  using Registry::Registry;
  // UserError likewise; what needs the data set follows with NamedObjective::make.
  NamedObjective named(std::string_view text) const;
  // What is optimised where nobody names an objective.
  NamedObjective standard(bool with_quality, bool with_features) const;
};

SelectorRegistry& selectors();  // all that are linked in, and plug-ins
ObjectiveRegistry& objectives();
void register_selectors(SelectorRegistry& registry);    // generated
void register_objectives(ObjectiveRegistry& registry);  // generated

// An objective as a text names it, parsed and checked once.
class NamedObjective {
 public:
  NamedObjective() = default;  // names none

  bool empty() const { return entry_ == nullptr; }
  const std::string& text() const { return text_; }            // as given
  const std::string& canonical() const { return canonical_; }  // as a record prints it
  const Spec& spec() const { return spec_; }
  const ObjectiveEntryTraits& traits() const { return traits_; }  // of these parameters

  std::unique_ptr<Objective> make(const ObjectiveInput& input) const;  // UserError: what the data set lacks

 private:
  friend class ObjectiveRegistry;
  std::string text_, canonical_;
  Spec spec_;
  ObjectiveEntryTraits traits_;
  const ObjectiveRegistry::Entry* entry_ = nullptr;  // entries stay where they are
};

std::unique_ptr<Objective> make_objective(std::string_view text, const ObjectiveInput& input);

// A method that runs elsewhere than on the processor says where with this parameter.
inline constexpr const char* kDeviceParameter = "device";
inline constexpr const char* kHostDevice = "cpu";
bool runs_on(const Spec& selector, const std::string& device);
// The selector with its device set, where that is not the cpu. UserError: it runs on the cpu only.
Spec on_device(Spec selector, const std::string& device);
// Where it runs: what on_device() or the caller has set, else "cpu".
std::string device_of(const Spec& selector);

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
