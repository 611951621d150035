// The speed gate decides from timings alone: invented ones for each verdict.
#include <catch2/catch.hpp>

#include <cmath>

#include "datasets/core/random.hpp"
#include "experiments/gate/speed_verdict.hpp"

namespace maskbench {
namespace {

// Timings of a subject that takes `factor` of the reference's time, on a machine that slows both down
// several-fold from pair to pair, and whose ratio is off by up to `noise` either way.
class Timings {
 public:
  Timings(double factor, double noise) : factor_(factor), noise_(noise) {}
  std::vector<TimedPair> operator()(int pairs) {
    asked.push_back(pairs);
    std::vector<TimedPair> timed;
    for (int i = 0; i < pairs; ++i) {
      const double machine = 0.02 * (1 + 4 * draw()), off = std::pow(1 + noise_, 2 * draw() - 1);
      timed.push_back({machine * factor_ * off, machine});
    }
    return timed;
  }
  std::vector<int> asked;

 private:
  double draw() { return stream_.uniform(next_++); }
  double factor_, noise_;
  Stream stream_{11, purpose("timings")};
  std::uint64_t next_ = 0;
};

struct Decided {
  std::string verdict;
  Outcome outcome;
  std::vector<int> asked;
};

Decided decided(double factor, double noise, std::optional<SpeedBaseline> baseline = SpeedBaseline{}) {
  Timings timings(factor, noise);
  const GateVerdict verdict = decide_speed("case", baseline, [&](int pairs) { return timings(pairs); });
  CHECK(verdict.name == "case");
  return {verdict.verdict, verdict.outcome, timings.asked};
}

TEST_CASE("eleven pairs settle what is the same") {
  const Decided same = decided(1.0, 0.15);
  CHECK(same.verdict == "same");
  CHECK(same.outcome == Outcome::pass);
  CHECK(same.asked == std::vector<int>{kFirstPairs});
  CHECK(decided(3.0, 0.15, SpeedBaseline{3.0}).verdict == "same");
  CHECK(decided(1.15, 0.05).verdict == "same");
}

TEST_CASE("a slowdown is decided by 41 fresh pairs and fails") {
  const Decided slower = decided(1.5, 0.15);
  CHECK(slower.verdict == "slower");
  CHECK(slower.outcome == Outcome::fail);
  CHECK(slower.asked == std::vector<int>{kFirstPairs, kDecidingPairs});
  CHECK(decided(4.5, 0.15, SpeedBaseline{3.0}).verdict == "slower");
  CHECK(decided(8.0, 3.0).verdict == "slower");  // however noisy, when it is plain
}

TEST_CASE("what becomes faster passes and is named") {
  const Decided faster = decided(0.5, 0.15);
  CHECK(faster.verdict == "faster");
  CHECK(faster.outcome == Outcome::pass);
  CHECK(faster.asked == std::vector<int>{kFirstPairs, kDecidingPairs});
}

TEST_CASE("too noisy is neither passed nor failed") {
  const Decided noisy = decided(1.2, 4.0);
  CHECK(noisy.verdict == "too noisy");
  CHECK(noisy.outcome == Outcome::undecided);
  CHECK(noisy.asked == std::vector<int>{kFirstPairs, kDecidingPairs});
}

TEST_CASE("an interval that reaches into the band proves no slowdown") {
  const auto ratios = [](double low, double high) {  // half of the pairs each
    return decide_speed("case", SpeedBaseline{}, [=](int pairs) {
      std::vector<TimedPair> timed;
      for (int i = 0; i < pairs; ++i) timed.push_back({0.02 * (2 * i < pairs ? high : low), 0.02});
      return timed;
    });
  };
  CHECK(ratios(1.18, 1.30).verdict == "too noisy");  // median 1.30
  CHECK(ratios(1.18, 1.30).outcome == Outcome::undecided);
  CHECK(ratios(1.26, 1.30).verdict == "slower");
  CHECK(ratios(1.26, 1.30).outcome == Outcome::fail);
  CHECK(ratios(1.10, 1.24).verdict == "same");
}

TEST_CASE("on a machine in another state nothing is called slower") {
  const auto verdict = [](double reference_then, double factor) {
    const auto timings = [&](int pairs) { return std::vector<TimedPair>(pairs, {0.02 * factor, 0.02}); };
    return decide_speed("case", SpeedBaseline{1.0, reference_then}, timings);
  };
  CHECK(verdict(0.02, 1.5).verdict == "slower");
  CHECK(verdict(0.018, 1.5).verdict == "slower");
  for (const double then : {0.01, 0.03}) {
    CHECK(verdict(then, 1.5).verdict == "too noisy");
    CHECK(verdict(then, 1.5).outcome == Outcome::undecided);
    CHECK_THAT(verdict(then, 1.5).detail, Catch::Contains("another state"));
    CHECK(verdict(then, 1.0).verdict == "same");
  }
}

TEST_CASE("without a baseline nothing is timed") {
  const Decided none = decided(1.0, 0.1, std::nullopt);
  CHECK(none.verdict == "no baseline");
  CHECK(none.outcome == Outcome::undecided);
  CHECK(none.asked.empty());
}

TEST_CASE("a slow spell in the first round alone does not fail") {
  int round = 0;
  const GateVerdict verdict = decide_speed("case", SpeedBaseline{}, [&](int pairs) {
    return std::vector<TimedPair>(pairs, {round++ == 0 ? 0.03 : 0.02, 0.02});
  });
  CHECK(round == 2);
  CHECK(verdict.verdict == "same");
}

TEST_CASE("pairs that were hit midway do not move the median") {
  std::vector<TimedPair> pairs(kFirstPairs, {0.03, 0.02});
  pairs[2] = {0.9, 0.02};
  pairs[5] = {0.03, 0.7};
  const SpeedChange change = change_of(pairs, 1.5);
  CHECK(change.median == Approx(1.0));
  CHECK(change.low == Approx(1.0));
  CHECK(change.high == Approx(1.0));
}

TEST_CASE("the interval is that of the order statistics") {
  for (const auto& [pairs, out] :
       {std::pair{kFirstPairs, 1}, std::pair{kDecidingPairs, 12}}) {  // left out at either end
    std::vector<TimedPair> timed;
    for (int i = 1; i <= pairs; ++i) timed.push_back({static_cast<double>(i), 1.0});
    const SpeedChange change = change_of(timed, 1.0);
    CHECK(change.median == Approx((pairs + 1) / 2));
    CHECK(change.low == Approx(1 + out));
    CHECK(change.high == Approx(pairs - out));
  }
}

}  // namespace
}  // namespace maskbench
