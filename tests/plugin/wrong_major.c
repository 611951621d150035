/* A plug-in from another age. */
#include "algorithms/core/plugin_abi.h"

const maskbench_plugin* maskbench_plugin_table(void) {
  static const maskbench_plugin table = {MASKBENCH_ABI_MAJOR + 1, 0, sizeof(maskbench_plugin), 0, NULL};
  return &table;
}
