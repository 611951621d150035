// The harness's side of a run: random streams, checkpoints with the clock stopped, progress, work counts. A
// method prints nothing, reads no clock, keeps no seed and sets no thread count: it asks here.
#pragma once

#include <array>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/core/dataset.hpp"
#include "datasets/core/random.hpp"
#include "datasets/core/watch.hpp"

namespace maskbench {

// Exact work, equal on every machine: the part of the gate that needs no clock.
enum class Work { gain_evaluations, rows_read, keys_drawn, distances, steps, oracle_calls };
inline constexpr std::size_t kWorkKinds = 6;
inline constexpr std::array<const char*, kWorkKinds> kWorkNames = {
    "gain_evaluations", "rows_read", "keys_drawn", "distances", "steps", "oracle_calls"};
using WorkCounts = std::array<std::int64_t, kWorkKinds>;

class RunContext {
 public:
  explicit RunContext(std::uint64_t seed) : seed_(seed) {}
  virtual ~RunContext() = default;
  RunContext(const RunContext&) = delete;
  RunContext& operator=(const RunContext&) = delete;

  // The same draws on any thread count; name the purpose: context.random(purpose("masks")).
  Stream random(std::uint64_t purpose_number) const { return Stream(seed_, purpose_number); }

  // A point of the convergence curve: the answer as it would be now. False: stop, return what you have.
  bool checkpoint(std::span<const Index> items) {
    return checkpoint([items] { return std::vector<Index>(items.begin(), items.end()); });
  }
  // The same where the answer costs something to make: `items` is called only if this point is recorded, and
  // the clock stands still meanwhile.
  virtual bool checkpoint(const std::function<std::vector<Index>()>& items) {
    (void)items;
    return true;
  }

  // True once the method is told to stop (wall limit, Ctrl-C); every method asks at least once in 100 ms of
  // work.
  virtual bool stopping() const { return false; }

  // What a method does before it has anything to answer with: the start of a state or of a relaxation. Loops
  // below hear stopping(), and then throw Interrupted, which the harness takes for an empty answer.
  template <class Work>
  auto starting(Work&& work) {
    const Watch watch{[this] { return stopping_start(); },
                      [this](const char*, double done) { progress_of_start(done); }};
    const Watching scope(watch, "start");
    return work();
  }
  virtual bool stopping_start() const { return stopping(); }
  virtual void progress_of_start(double done) { (void)done; }

  virtual void progress(double done) { (void)done; }  // 0..1

  // The harness's side of ask().
  virtual double answer(std::string_view oracle, std::span<const Index> shown) {
    (void)shown;
    throw UserError("there is no oracle \"" + std::string(oracle) +
                    "\" to ask; columns are revealed by their name");
  }

  void count(Work what, std::int64_t how_many) { work_[static_cast<std::size_t>(what)] += how_many; }
  const WorkCounts& work() const { return work_; }
  std::int64_t work(Work what) const { return work_[static_cast<std::size_t>(what)]; }

  // An oracle's answer, counted (bandits, choosers).
  float reveal(const Dataset& data, std::string_view column, Index row) {
    count(Work::oracle_calls, 1);
    return data.score(column)[row];
  }

  // The answer of a live oracle about rows that it is shown together (a pair, a window), counted. UserError:
  // the harness has no oracle of this name.
  double ask(std::string_view oracle, std::span<const Index> shown) {
    count(Work::oracle_calls, 1);
    return answer(oracle, shown);
  }

  std::uint64_t seed() const { return seed_; }  // for wrappers and plug-ins, which hand it on

 private:
  std::uint64_t seed_;
  WorkCounts work_{};
};

// A wrapper's context for an inner selector: own streams, shared counts, a part [from, to] of the progress.
// Points pass on only where `whole` turns the inner answer into one of the outer problem.
class InnerContext final : public RunContext {
 public:
  using Whole = std::function<std::vector<Index>(std::vector<Index>)>;

  InnerContext(RunContext& outer, std::uint64_t number, double from, double to, Whole whole = {})
      : RunContext(outer.random(number).word(0)),
        outer_(outer),
        from_(from),
        to_(to),
        whole_(std::move(whole)) {}
  ~InnerContext() override {
    for (std::size_t kind = 0; kind < kWorkKinds; ++kind) outer_.count(static_cast<Work>(kind), work()[kind]);
  }

  bool checkpoint(const std::function<std::vector<Index>()>& items) override {
    if (!whole_) return !outer_.stopping();
    return outer_.checkpoint([&] { return whole_(items()); });
  }
  bool stopping() const override { return outer_.stopping(); }
  bool stopping_start() const override { return outer_.stopping_start(); }
  void progress_of_start(double done) override { outer_.progress_of_start(done); }
  double answer(std::string_view oracle, std::span<const Index> shown) override {
    return outer_.answer(oracle, shown);
  }
  void progress(double done) override { outer_.progress(from_ + (to_ - from_) * done); }

 private:
  RunContext& outer_;
  double from_, to_;
  Whole whole_;
};

}  // namespace maskbench
