// What commands print. Names and texts of a user's files may hold anything: control characters, which could
// move the cursor or set a terminal's title, are printed as what they are.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

namespace maskbench {

// \x1b and the like for control characters other than newlines and tabs, and for bytes that are no UTF-8.
std::string printable(std::string_view text);

// Answers go to standard output: main says where that failed.
template <class... Args>
void print_out(fmt::format_string<Args...> text, Args&&... args) {
  const std::string shown = printable(fmt::format(text, std::forward<Args>(args)...));
  std::fwrite(shown.data(), 1, shown.size(), stdout);
}

// Notes go to standard error, and an answer is whole without them.
template <class... Args>
void print_err(fmt::format_string<Args...> text, Args&&... args) {
  const std::string shown = printable(fmt::format(text, std::forward<Args>(args)...));
  std::fwrite(shown.data(), 1, shown.size(), stderr);
}

}  // namespace maskbench
