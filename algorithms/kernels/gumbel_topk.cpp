#include "algorithms/kernels/gumbel_topk.hpp"

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "algorithms/kernels/philox_words.hpp"
#include "algorithms/kernels/worth_threads.hpp"
#include "datasets/arithmetic/canonical_math.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "algorithms/kernels/gumbel_topk.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <hwy/contrib/math/math-inl.h>

HWY_BEFORE_NAMESPACE();
namespace maskbench {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Doubles = hn::ScalableTag<double>;
using Longs = hn::RebindToSigned<Doubles>;
using Ints = hn::Rebind<std::int32_t, Doubles>;
using Words = hn::ScalableTag<std::uint32_t>;
using V = hn::Vec<Doubles>;

// canonical::log, operation by operation.
HWY_INLINE V log(V x) {
  constexpr Doubles d;
  constexpr Longs longs;
  const auto set = [](double value) HWY_ATTR { return hn::Set(Doubles(), value); };
  const auto bits = hn::BitCast(longs, x);
  const auto k = hn::ShiftRight<52>(hn::Sub(bits, hn::Set(longs, 0x3fe6a09e667f3bcd)));
  const V f = hn::Sub(hn::BitCast(d, hn::Sub(bits, hn::ShiftLeft<52>(k))), set(1.0));
  const V s = hn::Div(f, hn::Add(set(2.0), f));
  const V z = hn::Mul(s, s);
  V series = set(1.0 / 23);
  for (const double term :
       {1.0 / 21, 1.0 / 19, 1.0 / 17, 1.0 / 15, 1.0 / 13, 1.0 / 11, 1.0 / 9, 1.0 / 7, 1.0 / 5, 1.0 / 3}) {
    series = hn::Add(hn::Mul(series, z), set(term));
  }
  const V kd = hn::ConvertTo(d, k);
  const V low =
      hn::Add(hn::Mul(hn::Mul(hn::Mul(set(2.0), s), z), series), hn::Mul(kd, set(0x1.a39ef35793c76p-33)));
  return hn::Add(hn::Mul(kd, set(0x1.62e42feep-1)), hn::Add(hn::Mul(set(2.0), s), low));
}

// keys[k] = clock_key(words[k], weight[k]), to the last bit.
void clock_keys(const std::uint32_t* words, const double* weight, std::size_t count, double* keys) {
  constexpr Doubles d;
  constexpr Ints ints;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t k = 0;
  for (; k + lanes <= count; k += lanes) {
    const auto word = hn::BitCast(ints, hn::LoadU(hn::Rebind<std::uint32_t, Doubles>(), words + k));
    const V shifted =
        hn::PromoteTo(d, hn::Xor(word, hn::Set(ints, std::numeric_limits<std::int32_t>::min())));
    const V rest = hn::Mul(hn::Sub(hn::Set(d, 2147483647.5), shifted), hn::Set(d, 0x1p-32));  // exact
    hn::StoreU(hn::Div(hn::Neg(log(rest)), hn::LoadU(d, weight + k)), d, keys + k);
  }
  for (; k < count; ++k) keys[k] = clock_key(words[k], weight[k]);
}

// last[i]: the largest word of a clock that rings by `time` (one more at most: see draw_one). Sets the sums
// over i of 1 - e^(-time w_i) and of its derivative by time. Approximate to some last places, which decides
// nothing.
void aim_at(const double* weight, std::size_t n, double time, std::uint32_t* last, double& ringing,
            double& slope) {
  constexpr Doubles d;
  constexpr Ints ints;
  const std::size_t lanes = hn::Lanes(d);
  V count = hn::Zero(d), rise = hn::Zero(d);
  for (std::size_t i = 0; i < n; i += lanes) {  // weights are padded with zeros
    const V w = hn::LoadU(d, weight + i);
    const V rung = hn::Neg(hn::Expm1(d, hn::Max(hn::Mul(w, hn::Set(d, -time)), hn::Set(d, -700.0))));
    const V cells = hn::Ceil(hn::Mul(rung, hn::Set(d, 0x1p32)));
    const V most = hn::Sub(hn::Max(cells, hn::Set(d, 1.0)), hn::Set(d, 1.0));
    const auto shifted = hn::DemoteTo(ints, hn::Sub(most, hn::Set(d, 0x1p31)));
    hn::StoreU(hn::BitCast(hn::Rebind<std::uint32_t, Doubles>(),
                           hn::Xor(shifted, hn::Set(ints, std::numeric_limits<std::int32_t>::min()))),
               hn::Rebind<std::uint32_t, Doubles>(), last + i);
    count = hn::Add(count, rung);
    rise = hn::Add(rise, hn::Mul(w, hn::Sub(hn::Set(d, 1.0), rung)));
  }
  ringing = hn::GetLane(hn::SumOfLanes(d, count));
  slope = hn::GetLane(hn::SumOfLanes(d, rise));
}

// The count-th smallest of few keys: the largest with fewer than `count` smaller ones. No branch on a key.
// Infinite keys follow, a vector's worth.
double nth_of_few(const double* keys, std::size_t n, std::size_t count) {
  constexpr Doubles d;
  double nth = 0;
  for (std::size_t k = 0; k < n; ++k) {
    const V key = hn::Set(d, keys[k]);
    std::size_t smaller = 0;
    for (std::size_t j = 0; j < n; j += hn::Lanes(d))
      smaller += hn::CountTrue(d, hn::Lt(hn::LoadU(d, keys + j), key));
    nth = smaller < count ? std::max(nth, keys[k]) : nth;
  }
  return nth;
}

// Clocks whose word is below `sure`, and the others whose word is at most `last`: positions, ascending, and
// the words of the latter. All have room for n and a vector more. A compressed vector is stored whole:
// storing a part is slow on some machines.
void split(const std::uint32_t* words, const std::uint32_t* sure, const std::uint32_t* last, std::size_t n,
           Rung& certain, Rung& open) {
  constexpr Words w;
  constexpr hn::RebindToSigned<Words> ints;
  const std::size_t lanes = hn::Lanes(w);
  std::size_t first = 0, second = 0, b = 0;
  for (; b + lanes <= n; b += lanes) {
    const auto word = hn::LoadU(w, words + b);
    const auto surely = hn::Lt(word, hn::LoadU(w, sure + b));
    const auto maybe = hn::AndNot(surely, hn::Not(hn::Gt(word, hn::LoadU(w, last + b))));
    const auto places = hn::Iota(ints, static_cast<std::int32_t>(b));
    hn::StoreU(hn::Compress(places, hn::RebindMask(ints, surely)), ints, certain.positions.data() + first);
    hn::StoreU(hn::Compress(places, hn::RebindMask(ints, maybe)), ints, open.positions.data() + second);
    hn::StoreU(hn::Compress(word, maybe), w, open.words.data() + second);
    first += hn::CountTrue(w, surely);
    second += hn::CountTrue(w, maybe);
  }
  for (; b < n; ++b) {
    const bool surely = words[b] < sure[b], maybe = !surely && words[b] <= last[b];
    certain.positions[first] = open.positions[second] = static_cast<std::int32_t>(b);
    open.words[second] = words[b];
    first += surely ? 1 : 0;
    second += maybe ? 1 : 0;
  }
  certain.count = first;
  open.count = second;
}

}  // namespace HWY_NAMESPACE
}  // namespace maskbench
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace maskbench {
namespace {

HWY_EXPORT(clock_keys);
HWY_EXPORT(nth_of_few);
HWY_EXPORT(aim_at);
HWY_EXPORT(split);

constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr Index kOfKey = 16;        // multiply-adds that take as long as a key
constexpr std::size_t kFew = 64;    // keys
constexpr std::size_t kSlack = 64;  // of a buffer, for whole vectors

// The count-th smallest of `keys`, most of them in [low, high): counted by bucket, so that few are compared.
double nth_smallest(std::span<const double> keys, std::size_t count, double low, double high,
                    std::vector<double>& scratch) {
  constexpr std::size_t kBuckets = 256;
  if (high == kNever) {
    scratch.assign(keys.begin(), keys.end());
  } else {
    scratch.clear();
    std::uint32_t held[kBuckets] = {};
    const auto bucket_of = [low, scale = static_cast<double>(kBuckets) / (high - low)](double key) {
      return static_cast<std::size_t>(
          static_cast<std::int64_t>(std::clamp((key - low) * scale, 0.0, static_cast<double>(kBuckets - 1))));
    };
    for (const double key : keys) ++held[bucket_of(key)];
    std::size_t bucket = 0;
    for (; held[bucket] < count; ++bucket) count -= held[bucket];
    for (const double key : keys) {
      if (bucket_of(key) == bucket) scratch.push_back(key);
    }
  }
  const auto nth = scratch.begin() + static_cast<std::ptrdiff_t>(count - 1);
  std::nth_element(scratch.begin(), nth, scratch.end());
  return *nth;
}

}  // namespace

double clock_key(std::uint32_t word, double weight) {
  // 1 - v is exact in float64, so the logarithm keeps its relative precision at both ends.
  const double rest = (4294967295.5 - static_cast<double>(word)) * 0x1p-32;
  return -canonical::log(rest) / weight;
}

std::vector<std::int32_t> ordered_sample(const Stream& stream, std::uint64_t draw,
                                         std::span<const double> weight, Index count) {
  std::vector<std::uint32_t> words;
  philox_words(stream, draw, (weight.size() + 3) / 4, words);
  std::vector<double> key(weight.size());
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = clock_key(words[i], weight[i]);
  std::vector<std::int32_t> order(weight.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int32_t>(i);
  const auto sooner = [&](std::int32_t a, std::int32_t b) {
    const double ka = key[a], kb = key[b];
    return ka != kb ? ka < kb : a < b;
  };
  std::partial_sort(order.begin(), order.begin() + count, order.end(), sooner);
  order.resize(count);
  return order;
}

// Solves sum_i (1 - e^(-T w_i)) = target by Newton's method, roughly, from the T of the last call: any T
// gives the same masks, a good one leaves few clocks to compare. The sum is concave in T, so that steps from
// the left never pass the root.
void MaskSampler::aim(std::span<const double> weight, double target, double slack, Threshold& at) {
  at.words.assign(padded_.size(), 0);
  if (target < 1) return void(at.time = 0);
  const double first = target / std::accumulate(weight.begin(), weight.end(), 0.0);
  double time = at.time > 0 ? at.time : first;
  for (int iteration = 0; iteration < 40; ++iteration) {
    double ringing = 0, slope = 0;
    HWY_DYNAMIC_DISPATCH(aim_at)(padded_.data(), weight.size(), time, at.words.data(), ringing, slope);
    at.time = time;  // the words are always this time's, however the search ends
    if (std::abs(target - ringing) < slack || slope <= 0) break;
    time += (target - ringing) / slope;
    if (!(time > 0)) time = first;
  }
}

// The soonest `picked` clocks to `out`: those that are certain and, of the open ones, the soonest; in ringing
// order if `ordered` (none is certain then), else ascending. False, and nothing is written, where the last
// one rings too near a threshold.
bool MaskSampler::take_soonest(std::span<const double> weight, std::size_t picked, bool ordered, double soon,
                               double late, Scratch& scratch, std::int32_t* out) {
  const Rung &certain = scratch.certain, &open = scratch.open;
  if (certain.count >= picked || certain.count + open.count < picked) return false;
  const std::size_t count = picked - certain.count;
  scratch.weight.resize(open.count);
  scratch.keys.resize(open.count);
  for (std::size_t k = 0; k < open.count; ++k) scratch.weight[k] = weight[open.positions[k]];
  HWY_DYNAMIC_DISPATCH(clock_keys)(open.words.data(), scratch.weight.data(), open.count, scratch.keys.data());
  double latest = 0;
  if (open.count <= kFew) {
    scratch.keys.resize(open.count + kSlack, kNever);
    latest = HWY_DYNAMIC_DISPATCH(nth_of_few)(scratch.keys.data(), open.count, count);
    scratch.keys.resize(open.count);
  } else {
    latest = nth_smallest(scratch.keys, count, soon, late, scratch.order);
  }
  constexpr double kNear = 0x1p-20;
  if (certain.count > 0 && !(latest > soon * (1 + kNear))) return false;
  if (late != kNever && !(latest < late * (1 - kNear))) return false;
  std::size_t sooner = 0;
  for (const double key : scratch.keys) sooner += key < latest ? 1 : 0;
  std::size_t ties = count - sooner;  // of those that ring with the last, the first few
  scratch.clocks.clear();
  scratch.kept.resize(open.count + 1);
  std::size_t kept = 0;
  for (std::size_t k = 0; k < open.count; ++k) {  // without a branch on the key
    const bool tie = scratch.keys[k] == latest && ties > 0, take = scratch.keys[k] < latest || tie;
    ties -= tie ? 1 : 0;
    scratch.kept[kept] = open.positions[k];
    if (ordered && take) scratch.clocks.push_back({scratch.keys[k], open.positions[k]});
    kept += take ? 1 : 0;
  }
  std::sort(scratch.clocks.begin(), scratch.clocks.end());
  for (const Clock& clock : scratch.clocks) *out++ = clock.position;
  if (!ordered) {
    const auto sure = certain.positions.cbegin(), few = scratch.kept.cbegin();
    std::merge(sure, sure + static_cast<std::ptrdiff_t>(certain.count), few,
               few + static_cast<std::ptrdiff_t>(count), out);
  }
  return true;
}

// Threshold sampling (facts 8e): two integer comparisons a clock, logarithms only for those that ring
// between the thresholds. Where the last pick is not between them, or too near one to be sure, all clocks of
// the same words are compared.
void MaskSampler::draw_one(const Stream& stream, std::uint64_t draw, std::span<const double> weight,
                           Index picked, bool ordered, Scratch& scratch, std::int32_t* out) const {
  const std::size_t n = weight.size(), count = picked;
  philox_words(stream, draw, (n + 3) / 4, scratch.words);
  scratch.certain.positions.resize(n + kSlack);
  scratch.open.positions.resize(n + kSlack);
  scratch.open.words.resize(n + kSlack);
  if (late_.time != kNever) {
    HWY_DYNAMIC_DISPATCH(split)
    (scratch.words.data(), soon_.words.data(), late_.words.data(), n, scratch.certain, scratch.open);
    if (take_soonest(weight, count, ordered, soon_.time, late_.time, scratch, out)) return;
  }
  scratch.certain.count = 0;
  scratch.open.count = n;
  std::iota(scratch.open.positions.begin(), scratch.open.positions.end(), 0);
  std::copy_n(scratch.words.begin(), n, scratch.open.words.begin());
  take_soonest(weight, count, ordered, 0, kNever, scratch, out);
}

void MaskSampler::draw(const Stream& stream, std::uint64_t first_draw, std::span<const double> weight,
                       Index masks, Index picked, bool ordered, MaskSet& out) {
  MASKBENCH_CHECK(1 <= picked && picked <= static_cast<Index>(weight.size()),
                  "a mask picks 1 to all rows of the batch");
  padded_.assign(weight.begin(), weight.end());
  padded_.resize(weight.size() + kSlack, 0.0);
  // How many ring by a time varies by less than the root of how many are expected: one mask in some thousand
  // is drawn the long way.
  const double count = static_cast<double>(picked), spread = std::sqrt(count), margin = 3 * spread + 4;
  aim(weight, ordered ? 0 : count - margin, 1 + spread / 4, soon_);
  for (std::uint32_t& word : soon_.words) word = std::max(word, 2u) - 2;  // rounding: see aim_at
  if (count + margin > 0.9 * static_cast<double>(weight.size())) {
    late_.time = kNever;
  } else {
    if (late_.time == kNever) late_.time = 0;
    aim(weight, count + margin, 1 + spread / 4, late_);
  }
  out.masks = masks;
  out.picked = picked;
  out.items.resize(masks * picked);
  const bool together = worth_threads(masks, weight.size(), kOfKey);
  const std::size_t threads = together ? omp_get_max_threads() : 1;
  scratch_.resize(std::max(scratch_.size(), threads));
#pragma omp parallel if (together)
  {
    Scratch& scratch = scratch_[omp_get_thread_num()];
#pragma omp for schedule(static)
    for (Index mask = 0; mask < masks; ++mask) {
      draw_one(stream, first_draw + static_cast<std::uint64_t>(mask), weight, picked, ordered, scratch,
               out.items.data() + mask * picked);
    }
  }
}

}  // namespace maskbench
#endif  // HWY_ONCE
