#include "datasets/synthetic/mixing.hpp"

#include <cmath>
#include <numeric>
#include <utility>

namespace maskbench {
namespace {

// Unscaled Walsh-Hadamard transform in place; size is a power of two. The first two levels go together, so
// that the compiler can keep vectors whole in the others.
void walsh_hadamard(std::span<float> values) {
  const std::size_t size = values.size();
  if (size == 2) {
    const float a = values[0], b = values[1];
    values[0] = a + b;
    values[1] = a - b;
  }
  for (std::size_t i = 0; i + 4 <= size; i += 4) {
    const float a = values[i] + values[i + 1], b = values[i] - values[i + 1];
    const float c = values[i + 2] + values[i + 3], d = values[i + 2] - values[i + 3];
    values[i] = a + c;
    values[i + 1] = b + d;
    values[i + 2] = a - c;
    values[i + 3] = b - d;
  }
  for (std::size_t half = 4; half < size; half *= 2) {
    for (std::size_t start = 0; start < size; start += 2 * half) {
      float* const low = values.data() + start;
      float* const high = low + half;
      for (std::size_t i = 0; i < half; ++i) {
        const float a = low[i], b = high[i];
        low[i] = a + b;
        high[i] = a - b;
      }
    }
  }
}

}  // namespace

Mixing::Mixing(std::size_t d, const Stream& random) : rounds_(2) {
  while (2 * block_ <= d) block_ *= 2;
  const auto unit = static_cast<float>(1.0 / std::sqrt(static_cast<double>(block_)));
  for (std::size_t r = 0; r < rounds_.size(); ++r) {
    const Stream stream = random.split(r);
    Round& round = rounds_[r];
    round.from.resize(d);
    std::iota(round.from.begin(), round.from.end(), 0u);
    for (std::size_t i = d - 1; i > 0; --i) std::swap(round.from[i], round.from[stream.below(i + 1, i)]);
    const auto sign = [&](std::size_t i, std::uint64_t transform) {
      return (stream.word(i, transform) & 1u) != 0 ? 1.0f : -1.0f;
    };
    for (std::size_t i = 0; i < d; ++i) round.first.push_back(i < block_ ? sign(i, 1) * unit : sign(i, 1));
    for (std::size_t i = 0; block_ < d && i < block_; ++i) round.last.push_back(sign(i, 2) * unit);
  }
}

void Mixing::apply(std::span<float> values, std::span<float> spare) const {
  const std::size_t d = values.size();
  for (const Round& round : rounds_) {
    for (std::size_t i = 0; i < d; ++i) spare[i] = values[round.from[i]] * round.first[i];
    walsh_hadamard(spare.first(block_));
    if (!round.last.empty()) {
      const std::span<float> last = spare.last(block_);
      for (std::size_t i = 0; i < block_; ++i) last[i] *= round.last[i];
      walsh_hadamard(last);
    }
    for (std::size_t i = 0; i < d; ++i) values[i] = spare[i];
  }
}

}  // namespace maskbench
