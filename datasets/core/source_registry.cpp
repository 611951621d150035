#include "datasets/core/source_registry.hpp"

namespace maskbench {

SourceRegistry& sources() {
  static SourceRegistry& registry = *[] {
    auto* filled = new SourceRegistry("data set");
    register_sources(*filled);
    return filled;
  }();
  return registry;
}

std::unique_ptr<Source> SourceRegistry::make(const Spec& spec) const {
  const Entry& entry = find(spec.key);
  return entry.make(spec.arguments, {spec.key, print_spec({spec.key, entry.canonical(spec.arguments)})});
}

}  // namespace maskbench
