// The suite covers plug-ins as it covers the tree: MASKBENCH_TEST_PLUGINS names shared objects, parted by
// colons.
#define CATCH_CONFIG_EXTERNAL_INTERFACES  // listeners, in version 2
#include <catch2/catch.hpp>
#include <cstdlib>
#include <sstream>

#include "algorithms/core/plugin.hpp"

namespace {

#if CATCH_VERSION_MAJOR >= 3
using Listener = Catch::EventListenerBase;
#else
using Listener = Catch::TestEventListenerBase;
#endif

struct LoadPlugins : Listener {
  using Listener::Listener;

  void testRunStarting(const Catch::TestRunInfo&) override {
    const char* named = std::getenv("MASKBENCH_TEST_PLUGINS");
    std::istringstream list(named == nullptr ? "" : named);
    for (std::string file; std::getline(list, file, ':');) maskbench::load_plugin(file);
  }
};

}  // namespace

CATCH_REGISTER_LISTENER(LoadPlugins)
