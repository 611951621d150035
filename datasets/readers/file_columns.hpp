// What columns a file has, by its footer or its first line.
#pragma once

#include <string>
#include <vector>

namespace maskbench {

enum class ColumnKind { float_lists, integer_lists, number, label, other };

struct FileColumn {
  std::string name;
  ColumnKind kind = ColumnKind::other;
};

std::vector<FileColumn> columns_of(const std::string& file);
std::vector<std::string> column_names(const std::string& file);

// The one column of lists of floats; "": there is none. UserError: there are several.
std::string features_of(const std::string& file);

}  // namespace maskbench
