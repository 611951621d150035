#include "datasets/core/source_registry.hpp"

#include <cstdlib>

namespace maskbench {

SourceRegistry& sources() {
  static SourceRegistry registry = [] {
    SourceRegistry filled("data set");
    register_sources(filled);
    return filled;
  }();
  return registry;
}

std::string repository_root() {
  const char* given = std::getenv("MASKBENCH_ROOT");
  return given != nullptr ? given : MASKBENCH_SOURCE_DIR;
}

}  // namespace maskbench
