// The suite covers plug-ins as it covers the tree: MASKBENCH_TEST_PLUGINS names shared objects, parted by colons.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <sstream>

#include "algorithms/core/plugin.hpp"

namespace {

struct LoadPlugins : Catch::TestEventListenerBase {
  using TestEventListenerBase::TestEventListenerBase;

  void testRunStarting(const Catch::TestRunInfo&) override {
    const char* named = std::getenv("MASKBENCH_TEST_PLUGINS");
    std::istringstream list(named == nullptr ? "" : named);
    for (std::string file; std::getline(list, file, ':');) maskbench::load_plugin(file);
  }
};

}  // namespace

CATCH_REGISTER_LISTENER(LoadPlugins)
