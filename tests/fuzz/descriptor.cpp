// A descriptor, expanded against all that is registered.
#include "experiments/descriptor/descriptor.hpp"
#include "datasets/core/folders.hpp"
#include "tests/fuzz/harness.hpp"

MASKBENCH_FUZZ {
  static const bool at_home = (maskbench::set_repository_root(MASKBENCH_SOURCE_DIR), true);
  static_cast<void>(at_home);
  for (const char* group : {"ci", "paper"}) {
    maskbench::DescriptorOptions options;
    options.group = group;
    options.add_selectors = {"random"};
    maskbench::load_descriptor(maskbench::fuzz::file_of("fuzz.json", input), options);
  }
}
