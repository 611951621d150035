// The mapped data set that the cells of a run share.
#include "datasets/core/mapped.hpp"

#include <cstdio>

#include "tests/fuzz/harness.hpp"

namespace {

void walk(const maskbench::Dataset& data) {
  std::size_t letters = 0;  // read, so that a sanitizer sees them
  for (maskbench::Index row = 0; row < data.size(); ++row) {
    if (data.has_ids()) letters += std::hash<std::string_view>()(data.id(row));
    if (data.has_text()) letters += std::hash<std::string_view>()(data.text(row));
  }
  if (letters == 1) std::puts("");     // keeps them
  maskbench::digest_of(data.parts());  // every byte of every column
  for (const auto& [role, other] : data.parts().related) walk(*other);
}

}  // namespace

MASKBENCH_FUZZ {
  walk(*maskbench::map_dataset(maskbench::fuzz::file_of("data.mapped", input)));
}
