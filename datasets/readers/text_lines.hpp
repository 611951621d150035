// The lines of a text file, unpacked where its ending says gzip or Zstandard.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace maskbench {

bool is_packed(const std::string& file);  // by its ending

// visit(line, its number from 0), without the line's end and without a byte order mark. False from it:
// enough. UserError: missing, damaged.
void for_each_line(const std::string& file, const std::function<bool(std::string_view, std::int64_t)>& visit);

}  // namespace maskbench
