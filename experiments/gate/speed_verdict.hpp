// Has a method become slower? A pure function of timings that come in pairs.
//
// A pair is the subject and its reference (a frozen kernel, or the same case in another build), timed one
// right after the other, first the one, then the other in turn. What a busy machine does to one of them it
// does to its neighbour too, so the ratio within a pair stays where the times themselves swing several-fold.
// The median of the ratios does not move when a few pairs are hit midway, and order statistics give an
// interval for it that assumes nothing about how the noise is distributed. Times are CPU seconds of one
// thread (experiments/gate/speed_gate.hpp says why).
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "experiments/gate/gate.hpp"

namespace maskbench {

inline constexpr int kFirstPairs = 11;     // settle what is plainly the same
inline constexpr int kDecidingPairs = 41;  // decide everything else, all of them fresh
inline constexpr double kSpeedBand = 1.25;

struct TimedPair {
  double subject = 0, reference = 0;  // CPU seconds
};

// Of subject / reference over the baseline's: the median, and an interval that holds the true one with 98.8
// %.
struct SpeedChange {
  double median = 1, low = 1, high = 1;
  double reference = 0;  // median CPU seconds of the reference
};
SpeedChange change_of(std::span<const TimedPair> pairs, double baseline);

struct SpeedBaseline {
  double ratio = 1;      // the median of subject / reference as it was
  double reference = 0;  // CPU seconds of the reference then; 0: not known
};

// Without a baseline: `no baseline`, and nothing is measured.
//   same       the median is within the band [1 / 1.25, 1.25]
//   slower     the whole interval is above it (fails);  faster: below
//   too noisy  undecided: the interval is wider than the band's edge is far and not on one side of it; or it
//   would be slower, but
//              the interval reaches into the band, or the reference itself takes more than 1.25 of its time
//              then, or less than 1 / 1.25: on a machine in another state methods that wait for memory and
//              methods that compute change by different factors
GateVerdict decide_speed(const std::string& name, const std::optional<SpeedBaseline>& baseline,
                         const std::function<std::vector<TimedPair>(int pairs)>& measure);

}  // namespace maskbench
