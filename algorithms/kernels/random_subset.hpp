// Uniform subsets without replacement, the same on any machine.
#pragma once

#include <vector>

#include "datasets/core/random.hpp"
#include "datasets/core/types.hpp"

namespace maskbench {

// `count` distinct numbers of {0..n-1}, ascending; draw number `draw` of the stream (R. W. Floyd's algorithm,
// CACM 1987).
std::vector<Index> random_subset(const Stream& stream, std::uint64_t draw, Index n, Index count);

// The same numbers in random order (Fisher-Yates on the subset).
void shuffle(const Stream& stream, std::uint64_t draw, std::vector<Index>& values);
void shuffle(const Stream& stream, std::uint64_t draw, std::vector<std::uint32_t>& values);

// {0..n-1} cut at random into `parts` lists, ascending each, whose sizes differ by at most one.
std::vector<std::vector<Index>> random_partition(const Stream& stream, Index n, Index parts);

}  // namespace maskbench
