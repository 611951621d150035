// The same look at each of many files, several at a time.
#pragma once

#include <exception>
#include <string>
#include <vector>

#include "datasets/core/types.hpp"
#include "datasets/core/watch.hpp"

namespace maskbench {

// look(file's place) in any order; what it throws first in the order of the files is thrown at the end.
// `start` makes what a thread needs: look(place, its own).
template <class Start, class Look>
void for_each_file(const std::vector<std::string>& files, Start&& start, Look&& look) {
  const auto count = static_cast<Index>(files.size());
  Index bad = count;
  std::exception_ptr failed;
  Looks looks(count);
#pragma omp parallel
  {
    auto own = start();
#pragma omp for schedule(dynamic, 16)
    for (Index i = 0; i < count; ++i) {
      if (looks.stopped()) continue;
      try {
        look(i, own);
      } catch (...) {
#pragma omp critical(maskbench_each_file)
        if (i < bad) {
          bad = i;
          failed = std::current_exception();
        }
      }
    }
  }
  looks.finish();
  if (failed) std::rethrow_exception(failed);
}

}  // namespace maskbench
