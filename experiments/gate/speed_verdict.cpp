#include "experiments/gate/speed_verdict.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace maskbench {
namespace {

constexpr double kTail = 0.006;  // chance that the interval ends below, and above, the true median

// How many of n sorted ratios may be left out at either end: the most k with P(Binomial(n, 1/2) <= k) <=
// kTail.
std::size_t left_out(std::size_t n) {
  double chance = 1;
  for (std::size_t i = 0; i < n; ++i) chance /= 2;  // of k = 0
  double below = chance;
  std::size_t k = 0;
  for (; k + 1 < n / 2; ++k) {
    chance *= static_cast<double>(n - k) / static_cast<double>(k + 1);  // of k + 1
    below += chance;
    if (below > kTail) break;
  }
  return k;
}

std::string verdict_of(const SpeedChange& change) {
  const double least = 1 / kSpeedBand;
  if (change.low > kSpeedBand) return "slower";
  if (change.high < least) return "faster";
  if (change.low >= least && change.high <= kSpeedBand) return "same";
  if (change.high > kSpeedBand * change.low || change.median > kSpeedBand) return "too noisy";
  return change.median < least ? "faster" : "same";
}

}  // namespace

SpeedChange change_of(std::span<const TimedPair> pairs, double baseline) {
  MASKBENCH_CHECK(!pairs.empty() && baseline > 0, "there is something to compare");
  std::vector<double> ratios, references;
  for (const TimedPair& pair : pairs) {
    MASKBENCH_CHECK(pair.subject > 0 && pair.reference > 0, "times are positive");
    ratios.push_back(pair.subject / pair.reference / baseline);
    references.push_back(pair.reference);
  }
  std::sort(ratios.begin(), ratios.end());
  std::sort(references.begin(), references.end());
  const std::size_t n = ratios.size(), out = left_out(n);
  return {(ratios[(n - 1) / 2] + ratios[n / 2]) / 2, ratios[out], ratios[n - 1 - out], references[n / 2]};
}

GateVerdict decide_speed(const std::string& name, const std::optional<SpeedBaseline>& baseline,
                         const std::function<std::vector<TimedPair>(int pairs)>& measure) {
  if (!baseline) return {name, "no baseline", "", Outcome::undecided};
  for (const int pairs : {kFirstPairs, kDecidingPairs}) {
    const SpeedChange change = change_of(measure(pairs), baseline->ratio);
    std::string verdict = verdict_of(change);
    if (verdict != "same" && pairs != kDecidingPairs) continue;
    std::string detail = fmt::format("{:.3f} of the time before ({:.3f} to {:.3f}, {} pairs)", change.median,
                                     change.low, change.high, pairs);
    const double machine = baseline->reference > 0 ? change.reference / baseline->reference : 1;
    if (verdict == "slower" && std::max(machine, 1 / machine) > kSpeedBand) {
      verdict = "too noisy";
      detail += fmt::format("; the reference takes {:.2f} of its time then: the machine is in another state",
                            machine);
    }
    const Outcome outcome = verdict == "slower"      ? Outcome::fail
                            : verdict == "too noisy" ? Outcome::undecided
                                                     : Outcome::pass;
    return {name, verdict, detail, outcome};
  }
  MASKBENCH_CHECK(false, "the last round decides");
  return {};
}

}  // namespace maskbench
