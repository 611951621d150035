// Columns of Arrow C arrays as numbers and strings: of the types that tables in Python have.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "datasets/core/types.hpp"
#include "python/module/arrow_c.hpp"

namespace maskbench::python {

// One batch's part of a column. `first`: the row of the table that its entry 0 is.
struct Piece {
  const ArrowSchema* type;
  const ArrowArray* array;
  Index first;
  std::string column;
};

// A column's numbers as they lie: of a list column, its lists' numbers one after another.
struct Numbers {
  const char* data = nullptr;
  char format = 'f';  // as Arrow's: c C s S i I l L e f g
  Index rows = 0, cols = 1;

  std::size_t width() const;
  template <class T>
  void copy_to(T* out) const;  // rows * cols of them
};

bool is_number(const char* format);
bool is_float(const char* format);
bool is_list(const char* format);
bool is_string(const ArrowSchema& type);  // also a dictionary of strings

[[noreturn]] void refuse_column(const std::string& column, const std::string& why);
[[noreturn]] void refuse_type(const std::string& column, const std::string& format,
                              const std::string& wanted);

// UserError: a null, another type, lists of different lengths.
Numbers numbers_of(const Piece& piece);
void each_string(const Piece& piece, const std::function<void(std::string_view)>& visit);

}  // namespace maskbench::python
