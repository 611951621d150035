// Named components: data sources, objectives, selectors. Filled by functions that a generated manifest calls
// (a forgotten key is a link error that names it), and by plug-ins.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "datasets/core/params.hpp"

namespace maskbench {

// How a component is made: `Context` is what its constructor takes besides its parameters.
template <class Component, class Traits, class... Context>
struct RegistryEntry {
  std::string key, summary, citation;
  std::string file;  // where it is registered
  Traits traits{};
  std::vector<FieldInfo> fields;  // with defaults
  std::function<std::unique_ptr<Component>(const Arguments&, Context...)> make;
  std::function<Arguments(const Arguments&)> canonical;   // checked, defaults left out
  std::function<void(const Arguments&, Traits&)> refine;  // `traits`, which hold for any parameters, to those
                                                          // of these; empty: they are the same
};

template <class Component, class Traits, class... Context>
class Registry {
 public:
  using Entry = RegistryEntry<Component, Traits, Context...>;

  explicit Registry(std::string kind) : kind_(std::move(kind)) {}

  // Type is made from (Params, Context...), or from (Context...) where it has no `Params`. A static member
  // refine_registered(params, traits) narrows the traits to what these parameters do.
  template <class Type>
  void add(std::string key, std::string summary, std::string citation, std::string file, Traits traits) {
    if constexpr (requires { typename Type::Params; }) {
      add_with<Type, typename Type::Params>(std::move(key), std::move(summary), std::move(citation),
                                            std::move(file), traits);
    } else {
      add_with<Type, NoParams>(std::move(key), std::move(summary), std::move(citation), std::move(file),
                               traits);
    }
  }

  void add(Entry entry) {
    const auto found = entries_.find(entry.key);
    if (found != entries_.end()) {
      throw std::logic_error(kind_ + " \"" + entry.key + "\" is registered twice: in " + found->second.file +
                             " and in " + entry.file);
    }
    entries_.emplace(entry.key, std::move(entry));
  }

  // UserError that lists what exists.
  const Entry& find(const std::string& key) const {
    const auto found = entries_.find(key);
    if (found != entries_.end()) return found->second;
    std::vector<std::string> keys;
    std::string known;
    for (const auto& [name, entry] : entries_) {
      keys.push_back(name);
      known += (known.empty() ? "" : ", ") + name;
    }
    throw UserError("there is no " + kind_ + " \"" + key + "\"" + did_you_mean(key, keys) +
                    "; there are: " + known);
  }

  const std::map<std::string, Entry>& entries() const { return entries_; }

  std::unique_ptr<Component> make(const Spec& spec, Context... context) const {
    return find(spec.key).make(spec.arguments, context...);
  }

  // The text that a record prints: checked, names sorted, defaults left out.
  std::string canonical(const Spec& spec) const {
    return print_spec({spec.key, find(spec.key).canonical(spec.arguments)});
  }

 private:
  template <class Type, class Params>
  // NOLINTNEXTLINE(performance-unnecessary-value-param): moved below, unseen in a template
  void add_with(std::string key, std::string summary, std::string citation, std::string file, Traits traits) {
    const std::string owner = kind_ + " " + key;
    Entry entry;
    entry.fields = describe(Params{});
    entry.make = [owner](const Arguments& arguments, Context... context) -> std::unique_ptr<Component> {
      [[maybe_unused]] const Params params = read_params<Params>(owner, arguments);
      if constexpr (requires { typename Type::Params; })
        return std::make_unique<Type>(params, context...);
      else
        return std::make_unique<Type>(context...);
    };
    entry.canonical = [owner](const Arguments& arguments) {
      return canonical_arguments(read_params<Params>(owner, arguments));
    };
    if constexpr (requires(const Params& params) { Type::refine_registered(params, traits); }) {
      entry.refine = [owner](const Arguments& arguments, Traits& narrowed) {
        Type::refine_registered(read_params<Params>(owner, arguments), narrowed);
      };
    }
    entry.key = std::move(key);
    entry.summary = std::move(summary);
    entry.citation = std::move(citation);
    entry.file = std::move(file);
    entry.traits = traits;
    add(std::move(entry));
  }

  std::string kind_;
  std::map<std::string, Entry> entries_;
};

}  // namespace maskbench
