// Selectors from outside the tree: shared objects that speak algorithms/core/plugin_abi.h.
#pragma once

#include <string>

namespace maskbench {

// Loads FILE.so and registers its selectors beside the built-in ones. UserError, with nothing registered: no
// such file, no such symbol, another major version, a key that is another file's. The same file again
// replaces what it brought before.
void load_plugin(const std::string& path);

}  // namespace maskbench
