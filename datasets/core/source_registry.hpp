// Registered data sets: `web_sample`, `synthetic_web[n=100000,d=768]`, ...
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "datasets/core/dataset.hpp"
#include "datasets/core/folders.hpp"
#include "datasets/core/registry.hpp"

namespace maskbench {

class Source {
 public:
  virtual ~Source() = default;
  // Why it cannot be loaded here, with the command that would fetch it.
  virtual std::optional<std::string> refuses() const { return std::nullopt; }
  // `scratch`: folder of a scratch file for the features; "": they are kept in memory.
  virtual std::shared_ptr<const Dataset> load(const std::string& scratch = "") const = 0;
  virtual DataSize size() const = 0;  // of what load() reads
};

struct SourceTraits {
  bool seeded = false;  // has a parameter `seed`, which a repetition's seed sets
};

// What a source is made from, besides its parameters: how it is called.
struct SourceName {
  std::string key;
  std::string canonical;  // with the parameters, as a record prints it: the name of the data set
};

class SourceRegistry final : public Registry<Source, SourceTraits, const SourceName&> {
 public:
  using Registry::Registry;
  std::unique_ptr<Source> make(const Spec& spec) const;
};

SourceRegistry& sources();                        // all that are linked in
void register_sources(SourceRegistry& registry);  // generated

#define MASKBENCH_SOURCE(key, Type, summary, citation, ...)                           \
  void register_source_##key(SourceRegistry& registry);                               \
  void register_source_##key(SourceRegistry& registry) {                              \
    registry.add<Type>(#key, summary, citation, __FILE__, SourceTraits{__VA_ARGS__}); \
  }

}  // namespace maskbench
