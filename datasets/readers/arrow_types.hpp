// A column's type, as the schema of the Arrow C data interface says it.
#pragma once

#include <string>
#include <vector>

#include "datasets/core/types.hpp"
#include "datasets/readers/arrow_abi.h"

namespace maskbench {

enum class ArrowKind {
  null,
  boolean,
  integer,  // signed
  natural,  // unsigned
  floating,
  decimal,
  text,
  bytes,
  fixed_bytes,
  date,
  time,
  timestamp,
  duration,
  list,
  list_view,
  fixed_list,
  structure,
  run_ends,  // children: where each run ends, the runs' values
  other
};

struct ArrowType {
  ArrowKind kind = ArrowKind::other;
  std::string name;             // of the field
  std::string extension;        // "arrow.uuid", or ""
  int bits = 0;                 // of a number or a moment; of the offsets of text, bytes and lists
  bool views = false;           // text and bytes in the layout of views
  int scale = 0;                // digits behind a decimal's point
  Index width = 0;              // bytes or entries of the fixed kinds
  std::int64_t per_second = 1;  // units of a moment
  bool zoned = false;           // a timestamp in UTC
  std::string other;            // what a type of kind `other` is
  std::vector<ArrowType> children;
  std::vector<ArrowType> dictionary;  // one: the type of the values that the entries point to

  std::string print() const;  // "uint64", "list<float>"
};

ArrowType arrow_type(const ArrowSchema& schema);

// The type of the values behind dictionaries and run ends.
const ArrowType& decoded(const ArrowType& type);

bool is_list(const ArrowType& type);                  // of any layout
const ArrowType& list_values(const ArrowType& list);  // of its entries, decoded
bool is_list_of_floats(const ArrowType& type);        // float16, float32, float64
bool is_list_of_integers(const ArrowType& type);

}  // namespace maskbench
