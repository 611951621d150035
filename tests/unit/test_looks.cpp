// Every phase that may take long asks whether to stop, often: in the work between two looks, not in time, so
// that other programs on the machine do not matter.
#include <catch2/catch.hpp>

#include <time.h>

#include <mutex>
#include <numeric>

#include "experiments/jobs/choose.hpp"
#include "experiments/problem/data_choice.hpp"
#include "experiments/scoring/evaluate.hpp"

namespace maskbench {
namespace {

double seconds_on(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// Notes the longest work of any thread between two of its looks.
class Recorder {
 public:
  Watch watch() {
    return {[this] {
              look();
              return false;
            },
            [this](const char*, double) { ++reports_; }};
  }

  // The phase as a whole, in processor seconds, and the longest gap in it.
  void run(const char* phase, const std::function<void()>& work) {
    const Watch watching = watch();
    const double begin = seconds_on(CLOCK_PROCESS_CPUTIME_ID);
    last_ = seconds_on(CLOCK_THREAD_CPUTIME_ID);
    const Watching scope(watching, phase);
    work();
    look();
    total_ = seconds_on(CLOCK_PROCESS_CPUTIME_ID) - begin;
  }
  double gap() const { return gap_; }
  double total() const { return total_; }
  int reports() const { return reports_; }

 private:
  void look() {
    const double now = seconds_on(CLOCK_THREAD_CPUTIME_ID);
    const std::lock_guard lock(mutex_);
    if (last_ > 0) gap_ = std::max(gap_, now - last_);
    last_ = now;
  }

  std::mutex mutex_;
  double gap_ = 0, total_ = 0;
  int reports_ = 0;
  static inline thread_local double last_ = 0;
};

std::shared_ptr<const Dataset> made(const std::string& text) {
  DataChoice choice;
  choice.data = text;
  return load_data(choice).data;
}

// At most 2 % of the phase or 100 ms between two looks, once in three tries: what a host takes from its guest
// counts as the guest's work.
void holds(const char* phase, const std::function<void()>& work) {
  bool often = false;
  for (int attempt = 0; attempt < 3 && !often; ++attempt) {
    Recorder recorder;
    recorder.run(phase, work);
    WARN(phase << ": " << recorder.total() << " s of work, at most " << 1000 * recorder.gap()
               << " ms between two looks, " << recorder.reports() << " reports");
    if (attempt == 0) CHECK(recorder.reports() > 4);
    often = recorder.gap() <= std::max(0.02 * recorder.total(), 0.1);
  }
  CHECK(often);
}

TEST_CASE("long phases look often, and move on") {
  std::shared_ptr<const Dataset> data;
  holds("reading a generated set", [&] { data = made("synthetic_web[n=15000,d=128]"); });
  holds("the digest", [&] { data->digest(); });
  ProblemRequest request;
  request.objective = objectives().named("facility_location");
  request.budget.amount = 3000;
  const ProblemSetup setup(data, request);
  holds("start of the codes", [&] {
    const auto objective =
        objectives().named("facility_location[similarity=compact]").make({*data, {}, request.budget.amount});
    objective->start(GreedyStart::of(setup.problem(), true));
  });
  holds("start of the lists", [] {  // all rows are near each other here: long lists; longer ones grow in
                                    // steps of memory that nothing can look into
    const auto few = made("synthetic_web[n=5000,d=32]");
    const auto objective = objectives().named("facility_location[similarity=sparse]").make({*few, {}, 50});
    std::vector<Index> all(5000);
    std::iota(all.begin(), all.end(), Index{0});
    objective->start({50, all, {}, true})->add(0);
  });
  std::vector<Index> rows(3000);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<Index>(5 * i);
  holds("value", [&] { setup.objective().value(rows); });
  holds("metrics and a bound", [&] { evaluate(setup, rows); });
}

TEST_CASE("a phase that is told to stop throws, whatever it was doing") {
  const auto data = made("synthetic_web[n=3000,d=32]");
  ProblemRequest request;
  request.objective = objectives().named("facility_location");
  request.budget.amount = 300;
  const ProblemSetup setup(data, request);
  std::vector<Index> rows(300);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<Index>(i);
  int looks = 0;
  const auto with_stop_at = [&](int most, const std::function<void()>& work) {
    std::atomic<int> count{0};
    const Watch watch{[&] { return ++count > most; }, {}};
    const Watching scope(watch, "test");
    work();
    looks = count;
  };
  with_stop_at(1'000'000'000, [&] { evaluate(setup, rows); });
  REQUIRE(looks > 20);
  const int all = looks;
  for (int most = 0; most < all - 8; most += std::max(1, all / 12)) {
    INFO("told at look " << most << " of " << all);
    CHECK_THROWS_AS(with_stop_at(most, [&] { evaluate(setup, rows); }), Interrupted);
  }
  CHECK_THROWS_AS(with_stop_at(3, [&] { made("synthetic_web[n=3000,d=32]"); }), Interrupted);
  CHECK(evaluate(setup, rows).bound.has_value());  // and nothing is left behind
}

}  // namespace
}  // namespace maskbench
