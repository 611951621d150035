// Pages of 2 MiB for memory that is read here and there: a row on a page of 4 KiB costs a walk of the page
// tables.
#pragma once

#include <sys/mman.h>

#include <cstdint>
#include <vector>

namespace maskbench {

inline constexpr std::size_t kHugePage = std::size_t{1} << 21;

// What `values` has reserved and not yet touched comes on huge pages where the kernel gives them: whole ones
// within the memory, none in a small one. Nothing else changes.
template <class T>
void prefer_huge_pages(const std::vector<T>& values) {
  const auto begin = reinterpret_cast<std::uintptr_t>(values.data()),
             end = begin + values.capacity() * sizeof(T);
  const std::uintptr_t first = (begin + kHugePage - 1) / kHugePage * kHugePage,
                       last = end / kHugePage * kHugePage;
  if (last >= first + 8 * kHugePage) madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
}

}  // namespace maskbench
