// Selectors from outside the tree: shared objects that speak algorithms/core/plugin_abi.h.
#pragma once

#include <string>

#include "algorithms/core/plugin_abi.h"
#include "algorithms/core/registry.hpp"

namespace maskbench {

// Loads FILE.so and registers its selectors beside the built-in ones. UserError, with nothing registered: no
// such file, no such symbol, another major version, a key that is another file's, a table with something
// missing or out of bounds. The same file again replaces what it brought before.
void load_plugin(const std::string& path);

// The same from its table, which has to stay where it is.
void register_plugin(SelectorRegistry& registry, const maskbench_plugin* table, const std::string& path);

}  // namespace maskbench
