// The harness's RunContext: a clock that stands still inside checkpoint(), the convergence curve, the wall
// limit, the stop predicate.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "algorithms/core/selector.hpp"
#include "experiments/machine/clock.hpp"
#include "experiments/records/record.hpp"

namespace maskbench {

struct HarnessOptions {
  double limit_seconds =
      std::numeric_limits<double>::infinity();  // on the method's own clock; then stopping()
  // Fills value and metrics of a point, or says that this answer makes none (it is not whole yet); empty: no
  // curve.
  std::function<bool(const std::vector<Index>&, PointRecord&)> score;
  std::function<void(double seconds)> on_pause;  // the clock stood still for so long
  std::function<void(double)> on_progress;       // 0..1
  std::function<void(double)> on_start;          // 0..1 of what a method does before its first pick
  bool spread_threads = true;                    // over the cores: not where others share the process
  bool limit_starts = true;    // false: a start that takes longer than the limit is waited for
  std::function<bool()> stop;  // true: the method is to end; asked often, from several threads; empty: never
};

class HarnessContext final : public RunContext {
 public:
  HarnessContext(std::uint64_t seed, HarnessOptions options)
      : RunContext(seed), options_(std::move(options)) {}

  using RunContext::checkpoint;
  bool checkpoint(const std::function<std::vector<Index>()>& items) override;
  bool stopping() const override;  // called from several threads too
  bool stopping_start() const override;
  void progress_of_start(double done) override;
  bool told_to_stop() const { return told_to_stop_; }  // stopping() was true at least once
  void progress(double done) override;

  // The method's answer by the clock, which stands before and after; empty where it was stopped before it had
  // one.
  Selection run(const NamedSelector& selector, const Problem& problem);

  Stopwatch& clock() { return clock_; }
  std::int64_t calls() const { return calls_; }
  const std::vector<PointRecord>& curve() const { return curve_; }
  std::map<std::string, std::int64_t> work_so_far() const;  // without the kinds that are 0

 private:
  void score(const std::function<std::vector<Index>()>& items);

  HarnessOptions options_;
  Stopwatch clock_;
  std::vector<PointRecord> curve_;
  std::int64_t calls_ = 0;
  std::int64_t next_ = 1;     // the call that is scored next
  double next_report_ = 0.0;  // seconds on the clock
  mutable std::atomic<bool> told_to_stop_{false};
};

// The calls that are scored: 1, 2, 3, 4, 6, 8, 11, 15, 20, 26, ... They depend on the number of calls only,
// so that a run and its repetition have the same curve.
inline std::int64_t next_scored_call(std::int64_t call) {
  return call + (3 * call + 9) / 10;
}

}  // namespace maskbench
