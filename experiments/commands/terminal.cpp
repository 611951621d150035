#include "experiments/commands/terminal.hpp"

#include <cstdint>

namespace maskbench {
namespace {

// Bytes of the character at the front; 0: no UTF-8.
std::size_t length_of(std::string_view text) {
  const auto byte = [&](std::size_t k) { return static_cast<std::uint8_t>(text[k]); };
  const std::size_t length = byte(0) < 0x80                       ? 1
                             : byte(0) >= 0xc2 && byte(0) < 0xe0  ? 2
                             : byte(0) >= 0xe0 && byte(0) < 0xf0  ? 3
                             : byte(0) >= 0xf0 && byte(0) <= 0xf4 ? 4
                                                                  : 0;
  if (length > text.size()) return 0;
  for (std::size_t k = 1; k < length; ++k) {
    if ((byte(k) & 0xc0) != 0x80) return 0;
  }
  return length;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = length_of(text);
    const auto first = static_cast<std::uint8_t>(text[0]);
    const bool control = length == 1 && (first < 0x20 || first == 0x7f) && first != '\n' && first != '\t';
    const bool high_control = length == 2 && first == 0xc2 && static_cast<std::uint8_t>(text[1]) < 0xa0;
    if (length == 0 || control)
      shown += fmt::format("\\x{:02x}", first);
    else if (high_control)
      shown += fmt::format("\\u{:04x}", static_cast<std::uint8_t>(text[1]));
    else
      shown += text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return shown;
}

}  // namespace maskbench
