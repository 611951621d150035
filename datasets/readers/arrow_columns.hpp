// Columns of the Arrow C data interface into the columns of a data set.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "datasets/readers/arrow_values.hpp"
#include "datasets/readers/gathered.hpp"

namespace maskbench {

// Whether a column of this type can be read as `role`; types_of(role) says in words what could.
bool fits(Role role, const ArrowType& type);

// The way to a column from a struct of columns: its own name, else a path with dots through structs. Empty:
// there is none, or `twice`.
struct ColumnPath {
  std::vector<std::size_t> path;
  bool twice = false;
};
ColumnPath find_column(const ArrowType& columns, std::string_view name);
const ArrowType& type_at(const ArrowType& columns, const std::vector<std::size_t>& path);

// UserError naming file, column and type, where the role cannot be read from it. Settles what follows from
// the type.
void check_type(const std::string& file, const ArrowType& type, Gathered& column);

// Appends a struct's rows to a column whose type fits. UserError: a null without a rule, a value out of
// range, lists of different lengths.
void append(Gathered& column, const ArrowType& type, const ArrowArray& rows,
            const std::vector<std::size_t>& path, const ReadPlace& place);

// A whole-number column as int64.
void append_integers(std::vector<std::int64_t>& all, const ArrowType& type, const ArrowArray& rows,
                     const std::vector<std::size_t>& path, const ReadPlace& place);

}  // namespace maskbench
