// Entries of arrays of the Arrow C data interface: null or not at any level, and what they hold.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "datasets/readers/arrow_types.hpp"
#include "datasets/readers/scalar.hpp"

namespace maskbench {

// An entry that is there: dictionaries, run ends and structs are behind it.
struct ArrowEntry {
  const ArrowType* type = nullptr;
  const ArrowArray* array = nullptr;
  Index at = 0;  // in the array's buffers, its offset included
};

// Entry `i` of the array; nothing where it is null, or a dictionary's index points nowhere.
std::optional<ArrowEntry> entry_of(const ArrowType& type, const ArrowArray& array, Index i);

// Entry `i` of a field that lies `path` children deep in a struct (a batch's columns are one).
std::optional<ArrowEntry> entry_of(const ArrowType& type, const ArrowArray& array,
                                   const std::vector<std::size_t>& path, Index i);

// What it holds; texts that have to be made lie in `buffer`. Kinds that are no scalar: Scalar::Kind::other.
Scalar scalar_of(const ArrowEntry& entry, std::string& buffer);

std::string_view raw_bytes(const ArrowEntry& entry);  // of binary of any layout

// A list's entries: [first, first + count) of `values`.
struct ArrowList {
  const ArrowType* type = nullptr;  // of a value
  const ArrowArray* values = nullptr;
  Index first = 0, count = 0;
};
ArrowList list_of(const ArrowEntry& entry);

// The place of the first null among a list's entries, or nothing.
std::optional<Index> null_in(const ArrowList& list);

// The entries, none of them null, at the end of `out`; false where they are of another type.
bool append_float32(const ArrowList& list, std::vector<float>& out);  // float16 and float32
void append_numbers(const ArrowList& list, std::vector<double>& out);
void append_integers(const ArrowList& list, std::vector<std::int64_t>& out);

}  // namespace maskbench
