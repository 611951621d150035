// Many Philox words at once, the same as Stream::block gives one by one; written so that the compiler can use
// vectors.
#pragma once

#include <vector>

#include "datasets/core/random.hpp"

namespace maskbench {

// words[4 i + k] = stream.block(i, j)[k] for i < blocks; words is resized to 4 * blocks rounded up to a
// multiple of 64.
void philox_words(const Stream& stream, std::uint64_t j, std::size_t blocks,
                  std::vector<std::uint32_t>& words);

}  // namespace maskbench
