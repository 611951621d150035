// What the operating system says no to.
#pragma once

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

#include "datasets/core/types.hpp"

namespace maskbench {

// The machine lacks space, memory, descriptors or processes, or a disk is broken: neither the caller's
// mistake nor the method's, and no result.
class MachineFault : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// `error`: errno as it was; `advice` follows the system's words. Throws a MachineFault, or a UserError where
// the caller named what cannot be opened or written.
[[noreturn]] inline void system_failed(const std::string& what, int error, const std::string& advice = "") {
  const std::string text = what + ": " + std::strerror(error) + advice;
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EAGAIN:
    case EIO:
      throw MachineFault(text);
    default:
      throw UserError(text);
  }
}

}  // namespace maskbench
