#include "algorithms/kernels/philox_words.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "algorithms/kernels/philox_words.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace maskbench {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::CappedTag<std::uint64_t, 8>;
using V = hn::Vec<Tag>;
constexpr std::size_t kLanes = hn::MaxLanes(Tag());

// The low halves of x times a constant of 32 bits; what stands in the high halves does not matter.
HWY_INLINE V times(V x, V constant) {
  constexpr hn::Repartition<std::uint32_t, Tag> words;
  return hn::MulEven(hn::BitCast(words, x), hn::BitCast(words, constant));
}

// `blocks` blocks from block 0 on, a multiple of kTogether kLanes: a block a lane, its words in the low
// halves of a, b, c and d.
void philox_blocks(std::uint32_t key0, std::uint32_t key1, std::uint64_t j, std::size_t blocks,
                   std::uint64_t* out) {
  constexpr Tag tag;
  constexpr int kTogether = 2,
                kRounds = 10;  // vectors; a round's steps wait for one another, two chains do not
  const V multiply0 = hn::Set(tag, 0xD2511F53u),
          multiply1 = hn::Set(tag, 0xCD9E8D57u);  // Philox 4x32's constants
  const V low = hn::Set(tag, 0xffffffffu);
  V k0[kRounds], k1[kRounds];
  for (std::uint32_t round = 0; round < kRounds; ++round) {
    k0[round] = hn::Set(tag, key0 + round * 0x9E3779B9u);
    k1[round] = hn::Set(tag, key1 + round * 0xBB67AE85u);
  }
  for (std::size_t first = 0; first < blocks; first += kTogether * kLanes) {
    V a[kTogether], b[kTogether], c[kTogether], d[kTogether];
    for (int v = 0; v < kTogether; ++v) {
      a[v] = hn::Iota(tag, first + v * kLanes);
      b[v] = hn::ShiftRight<32>(a[v]);
      c[v] = hn::Set(tag, j);
      d[v] = hn::Set(tag, j >> 32);
    }
    for (int round = 0; round < kRounds; ++round) {
      for (int v = 0; v < kTogether; ++v) {
        const V product0 = times(a[v], multiply0), product1 = times(c[v], multiply1);
        a[v] = hn::Xor3(hn::ShiftRight<32>(product1), b[v], k0[round]);
        c[v] = hn::Xor3(hn::ShiftRight<32>(product0), d[v], k1[round]);
        b[v] = product1;
        d[v] = product0;
      }
    }
    for (int v = 0; v < kTogether; ++v) {
      const V ab = hn::Or(hn::And(a[v], low), hn::ShiftLeft<32>(b[v]));
      const V cd = hn::Or(hn::And(c[v], low), hn::ShiftLeft<32>(d[v]));
      hn::StoreInterleaved2(ab, cd, tag, out);
      out += 2 * kLanes;
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace maskbench
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace maskbench {
namespace {
HWY_EXPORT(philox_blocks);
constexpr std::size_t kRound = 16;  // blocks
}  // namespace

void philox_words(const Stream& stream, std::uint64_t j, std::size_t blocks,
                  std::vector<std::uint32_t>& words) {
  const std::size_t rounded = (blocks + kRound - 1) / kRound * kRound;
  words.resize(rounded * 4);
  // Two words of 32 bits are written as one of 64, the lower first.
  HWY_DYNAMIC_DISPATCH(philox_blocks)
  (stream.key()[0], stream.key()[1], j, rounded, reinterpret_cast<std::uint64_t*>(words.data()));
}

}  // namespace maskbench
#endif  // HWY_ONCE
