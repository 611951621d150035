#include "algorithms/kernels/philox_words.hpp"

#include "algorithms/kernels/clones.hpp"

namespace maskbench {
namespace {

constexpr std::size_t kTogether = 16;
constexpr std::uint32_t kMultiply0 = 0xD2511F53u, kMultiply1 = 0xCD9E8D57u;  // Philox 4x32's constants
constexpr std::uint32_t kWeyl0 = 0x9E3779B9u, kWeyl1 = 0xBB67AE85u;

// Blocks first .. first + kTogether - 1, ten rounds; out has 4 * kTogether words.
MASKBENCH_CLONES void philox_blocks(std::uint32_t key0, std::uint32_t key1, std::uint64_t first, std::uint64_t j,
                                    std::uint32_t* out) {
  std::uint32_t a[kTogether], b[kTogether], c[kTogether], d[kTogether];
  for (std::size_t l = 0; l < kTogether; ++l) {
    a[l] = static_cast<std::uint32_t>(first + l);
    b[l] = static_cast<std::uint32_t>((first + l) >> 32);
    c[l] = static_cast<std::uint32_t>(j);
    d[l] = static_cast<std::uint32_t>(j >> 32);
  }
  for (int round = 0; round < 10; ++round) {
    for (std::size_t l = 0; l < kTogether; ++l) {
      const std::uint64_t product0 = static_cast<std::uint64_t>(kMultiply0) * a[l];
      const std::uint64_t product1 = static_cast<std::uint64_t>(kMultiply1) * c[l];
      a[l] = static_cast<std::uint32_t>(product1 >> 32) ^ b[l] ^ key0;
      c[l] = static_cast<std::uint32_t>(product0 >> 32) ^ d[l] ^ key1;
      b[l] = static_cast<std::uint32_t>(product1);
      d[l] = static_cast<std::uint32_t>(product0);
    }
    key0 += kWeyl0;
    key1 += kWeyl1;
  }
  for (std::size_t l = 0; l < kTogether; ++l) {
    out[4 * l] = a[l];
    out[4 * l + 1] = b[l];
    out[4 * l + 2] = c[l];
    out[4 * l + 3] = d[l];
  }
}

}  // namespace

void philox_words(const Stream& stream, std::uint64_t j, std::size_t blocks, std::vector<std::uint32_t>& words) {
  const std::size_t groups = (blocks + kTogether - 1) / kTogether;
  words.resize(groups * kTogether * 4);
  for (std::size_t g = 0; g < groups; ++g) {
    philox_blocks(stream.key()[0], stream.key()[1], g * kTogether, j, words.data() + g * kTogether * 4);
  }
}

}  // namespace maskbench
