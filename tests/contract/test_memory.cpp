// What a selector says it will hold, against the peak of a process of its own: every registered one, at two
// sizes.
#include <malloc.h>
#include <catch2/catch.hpp>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "tests/contract/tiny_problem.hpp"

namespace maskbench::contract {
namespace {

constexpr std::int64_t kMiB = std::int64_t{1} << 20;
constexpr std::int64_t kNoise = kMiB / 4;  // of the allocator, and of pages that are touched in part
constexpr Index kMostRows = 200'000;

struct Size {
  Index dims;
  std::int64_t wanted;  // bytes of scratch; the rows follow from what the selector says of fewer
};
constexpr Size kSizes[] = {{8, 3 * kMiB}, {16, 7 * kMiB}};

constexpr const char* kObjectives[] = {"joint", "joint[diversity=facility_location]",
                                       "joint[diversity=disf]"};

std::shared_ptr<const Dataset> rows_around_a_mean(Index n, Index dims) {
  DatasetBuilder builder("memory", n);
  std::vector<float> features(n * dims), first(n), second(n);
  std::vector<std::int32_t> tokens(n), topics(n);
  std::minstd_rand draw(20251230);
  for (float& x : features) x = 0.2f + static_cast<float>(draw()) * 0x1p-31f - 0.5f;
  for (Index row = 0; row < n; ++row) {
    first[row] = features[row * dims];
    second[row] = features[row * dims + 1];
    tokens[row] = static_cast<std::int32_t>(20 + row % 200);
    topics[row] = static_cast<std::int32_t>(row % 3);
  }
  builder.features("embedding", std::move(features), dims);
  builder.score("first", std::move(first));
  builder.score("second", std::move(second));
  builder.sizes("tokens", "tokens", std::move(tokens));
  builder.label("topic", std::move(topics));
  builder.quality_columns({"first", "second"});
  return builder.build();
}

// A tenth of n rows; nothing where the selector refuses the objective.
std::unique_ptr<Tiny> problem_for(const std::string& selector, const std::string& objective, Index n,
                                  Index dims) {
  auto made = std::make_unique<Tiny>(rows_around_a_mean(n, dims), Budget{Unit::rows, n / 10, Fill::at_most});
  made->objective_of(objective);
  if (!selectors().make(selector).refusal(made->problem()).empty()) return nullptr;
  return made;
}

std::int64_t line_of_status(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::int64_t kib = 0;
    if (word == name && status >> kib) return 1024 * kib;
  }
  return 0;
}

// Tells the method to stop at its eighth checkpoint: by then it holds what it will hold.
class FewSteps final : public RunContext {
 public:
  using RunContext::checkpoint;
  using RunContext::RunContext;
  bool checkpoint(const std::function<std::vector<Index>()>& items) override {
    items();  // the answer so far takes memory too
    return --left_ > 0;
  }

 private:
  int left_ = 8;
};

// Bytes that prepare() and select() took at their peak.
std::int64_t measure(Selector& selector, const Problem& problem) {
  malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << 5 << std::flush;  // the peak begins anew
  const std::int64_t before = line_of_status("VmRSS:");
  FewSteps context(1);
  selector.prepare(problem);
  selector.select(problem, context);
  return line_of_status("VmHWM:") - before;
}

TEST_CASE("one selector's memory, in a process of its own", "[.memory]") {
  if (std::getenv("MASKBENCH_MEMORY_SELECTOR") == nullptr) return;  // the case below starts it
  mallopt(M_MMAP_THRESHOLD, 128 * 1024);  // what is freed goes back, so that the peak is what was held
  const std::string text = std::getenv("MASKBENCH_MEMORY_SELECTOR");
  const Size size = kSizes[std::atoi(std::getenv("MASKBENCH_MEMORY_SIZE"))];
  for (const char* objective : kObjectives) {
    Index n = 1000;
    auto one = problem_for(text, objective, n, size.dims);
    if (one == nullptr) continue;
    const NamedSelector selector = selectors().make(text);
    FewSteps context(1);
    selector->prepare(one->problem());
    selector->select(one->problem(), context);  // what a first run alone takes: threads, their buffers
    std::int64_t says = selector->scratch_bytes(one->problem());
    while (says < size.wanted * 3 / 4 && n < kMostRows) {
      const double more = std::sqrt(static_cast<double>(size.wanted) / static_cast<double>(says + 1));
      n = std::min(kMostRows, static_cast<Index>(static_cast<double>(n) * std::clamp(more, 1.1, 8.0)));
      one = problem_for(text, objective, n, size.dims);
      says = selector->scratch_bytes(one->problem());
    }
    const std::clock_t start = std::clock();
    const std::int64_t took = measure(*selector, one->problem());
    std::printf("memory %lld %lld %lld %.2f %s\n", static_cast<long long>(n), static_cast<long long>(says),
                static_cast<long long>(took), static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC,
                objective);
    return;
  }
}

TEST_CASE("a selector's memory is forecast within a fifth") {
  if (std::getenv("MASKBENCH_SMALL_TESTS") != nullptr) {  // sanitizers keep memory of their own
    WARN("skipped: not measured under a sanitizer");
    return;
  }
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  std::size_t measured = 0;
  for (const auto& [key, entry] : selectors().entries()) {
    for (const int size : {0, 1}) {
      const std::string command = "MASKBENCH_MEMORY_SIZE=" + std::to_string(size) +
                                  " MASKBENCH_MEMORY_SELECTOR='" + short_text(entry, "3") + "' '" + self +
                                  "' '[.memory]'";
      FILE* const output = popen(command.c_str(), "r");
      REQUIRE(output != nullptr);
      std::string all;
      for (int c = 0; (c = std::fgetc(output)) != EOF;) all += static_cast<char>(c);
      INFO(command << "\n" << all);
      REQUIRE(pclose(output) == 0);
      const std::size_t found = all.find("memory ");
      if (found == std::string::npos) break;  // it takes none of these problems
      std::istringstream line(all.substr(found + 7));
      std::int64_t rows = 0, says = 0, took = 0;
      line >> rows >> says >> took;
      CHECK(std::abs(static_cast<double>(says - took)) <= 0.2 * static_cast<double>(took) + kNoise);
      ++measured;
    }
  }
  CHECK(measured + 2 * 2 >= 2 * selectors().entries().size());  // from_ids and external need an argument
}

}  // namespace
}  // namespace maskbench::contract
