// A data set as one file that is mapped, not read: written once a run, shared read-only by the processes of
// its cells.
//
//   8 bytes   magic "MASKBND1"
//   8 bytes   length of the header, little-endian
//   header    JSON: names, shapes, digest, and where each column lies from the start of `columns`
//   columns   each at a multiple of 64 bytes, in this machine's byte order
#pragma once

#include <memory>
#include <string>

#include "datasets/core/dataset.hpp"

namespace maskbench {

// All columns, ids, text and related data sets; there whole or not at all. UserError: `path` cannot be
// written.
void write_mapped(const Dataset& data, const std::string& path);

// The same data set, with the digest it was written with; pages come from the file as they are touched.
// UserError: missing, truncated, or not such a file.
std::shared_ptr<const Dataset> map_dataset(const std::string& path);

}  // namespace maskbench
