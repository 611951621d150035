// Named components: data sources, objectives, selectors. Filled by functions that a generated manifest calls
// (a forgotten key is a link error that names it), and by plug-ins.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
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
  bool from_outside = false;                              // a plug-in's, or a caller's: may be replaced
};

// May be asked and added to by several threads at once. An entry stays where it is, also when it is replaced.
template <class Component, class Traits, class... Context>
class Registry {
 public:
  using Entry = RegistryEntry<Component, Traits, Context...>;

  explicit Registry(std::string kind) : kind_(std::move(kind)) {}
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

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
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(entry.key);
    if (found != entries_.end()) {
      throw std::logic_error(kind_ + " \"" + entry.key + "\" is registered twice: in " + found->second.file +
                             " and in " + entry.file);
    }
    entries_.emplace(entry.key, std::move(entry));
  }

  // Adds an entry from outside, in the place of an earlier one of the same file. UserError: the key is
  // another file's.
  void replace(Entry entry) {
    entry.from_outside = true;
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(entry.key);
    if (found != entries_.end()) {
      if (!may_replace(found->second, entry.file))
        throw UserError(kind_ + " \"" + entry.key + "\" exists already, in " + found->second.file +
                        "; give it another name");
      replaced_.push_back(entries_.extract(found));
    }
    entries_.emplace(entry.key, std::move(entry));
  }

  // Where an entry of this key that replace() would refuse comes from; "": nowhere.
  std::string taken_by_another(const std::string& key, const std::string& file) const {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    return found == entries_.end() || may_replace(found->second, file) ? "" : found->second.file;
  }

  // UserError that lists what exists.
  const Entry& find(const std::string& key) const {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    if (found != entries_.end()) return found->second;
    std::vector<std::string> keys;
    std::string known;
    for (const auto& [name, entry] : entries_) {
      keys.push_back(name);
      known += (known.empty() ? "" : ", ") + name;
    }
    throw UserError(
        "there is no " + kind_ + " \"" + key + "\"" + did_you_mean(key, keys) + "; there are: " + known,
        {kind_, "", {}, key, known});
  }

  std::map<std::string, Entry> entries() const {  // as they are now
    const std::lock_guard lock(mutex_);
    return entries_;
  }

  std::unique_ptr<Component> make(const Spec& spec, Context... context) const {
    return find(spec.key).make(spec.arguments, context...);
  }

  // The text that a record prints: checked, names sorted, defaults left out.
  std::string canonical(const Spec& spec) const {
    return print_spec({spec.key, find(spec.key).canonical(spec.arguments)});
  }

 private:
  static bool may_replace(const Entry& there, const std::string& file) {
    return there.from_outside && there.file == file;
  }

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
  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;
  std::vector<typename std::map<std::string, Entry>::node_type> replaced_;
};

}  // namespace maskbench
