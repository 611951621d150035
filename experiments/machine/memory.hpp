// Bytes: what this machine has, and what this process took.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace maskbench {

std::int64_t available_bytes();  // MemAvailable, or what control groups, ulimit -v or -d leave of it
std::optional<std::int64_t> address_space_left();  // under ulimit -v; nothing: there is no limit
std::int64_t total_bytes();                        // MemTotal
std::int64_t resident_bytes();                     // of this process, now
std::int64_t peak_resident_bytes();                // of this process since it was started (VmHWM)

// What the tightest control group on the process's path leaves (versions 1 and 2), page cache that the kernel
// would give back not counted as used. `groups`: /sys/fs/cgroup; `self`: /proc/self/cgroup.
std::int64_t left_in_groups(const std::string& groups, const std::string& self);

std::string print_bytes(std::int64_t bytes);        // "512 B", "3.4 MiB"
std::int64_t parse_bytes(const std::string& text);  // "800000", "2.5G", "512M", "1GiB"; UserError otherwise

}  // namespace maskbench
