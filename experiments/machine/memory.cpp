#include "experiments/machine/memory.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "datasets/core/types.hpp"

namespace maskbench {
namespace {

// The number in a line "Name:   123 kB" of a file under /proc, in bytes.
std::int64_t kilobytes_line(const char* file, std::string_view name) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(name)) continue;
    const std::size_t digit = line.find_first_of("0123456789");
    std::int64_t number = 0;
    if (digit != std::string::npos) std::from_chars(line.data() + digit, line.data() + line.size(), number);
    return number * 1024;
  }
  throw std::runtime_error(std::string(file) + " has no line " + std::string(name));
}

std::optional<std::int64_t> number_in(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::int64_t number = 0;
  if (in >> number) return number;
  return std::nullopt;
}

// The sum of some numbers of a memory.stat: what the kernel gives back when somebody asks for memory.
std::int64_t reclaimable(const std::filesystem::path& file, const std::vector<std::string_view>& names) {
  std::ifstream in(file);
  std::int64_t sum = 0, number = 0;
  for (std::string name; in >> name >> number;) {
    if (std::find(names.begin(), names.end(), name) != names.end()) sum += number;
  }
  return sum;
}

// A hierarchy of control groups: where its files are, and how it names them.
struct Hierarchy {
  std::filesystem::path root;
  std::string group;  // of this process, from the root
  const char *limit, *used;
  std::vector<std::string_view> given_back;  // in memory.stat
};

// Versions 2 and 1, with the groups of /proc/self/cgroup: "0::/group" and "4:memory:/group".
std::array<Hierarchy, 2> hierarchies(const std::filesystem::path& groups, const std::string& self) {
  Hierarchy second{
      groups, "/", "memory.max", "memory.current", {"inactive_file", "active_file", "slab_reclaimable"}};
  Hierarchy first{groups / "memory",
                  "/",
                  "memory.limit_in_bytes",
                  "memory.usage_in_bytes",
                  {"total_inactive_file", "total_active_file"}};
  std::ifstream in(self);
  for (std::string line; std::getline(in, line);) {
    const std::size_t kinds = line.find(':'), group = line.find(':', kinds + 1);
    if (group == std::string::npos) continue;
    const std::string named = line.substr(kinds, group + 1 - kinds);
    if (named == "::") second.group = line.substr(group + 1);
    if (named.find("memory") != std::string::npos) first.group = line.substr(group + 1);
  }
  return {second, first};
}

// Of a limit of the shell's; nothing: there is none.
std::optional<std::int64_t> left_of(int resource, const char* line) {
  rlimit allowed{};
  if (getrlimit(static_cast<__rlimit_resource_t>(resource), &allowed) != 0 ||
      allowed.rlim_cur == RLIM_INFINITY)
    return std::nullopt;
  const auto most = static_cast<std::int64_t>(std::min<rlim_t>(allowed.rlim_cur, rlim_t{1} << 62));
  return std::max<std::int64_t>(0, most - kilobytes_line("/proc/self/status", line));
}

}  // namespace

std::int64_t left_in_groups(const std::string& groups, const std::string& self) {
  std::int64_t left = std::numeric_limits<std::int64_t>::max();
  for (const Hierarchy& hierarchy : hierarchies(groups, self)) {
    // Every group on the path has a limit of its own. In a container the path may be the host's, and only
    // its root is there.
    std::filesystem::path group = hierarchy.root;
    std::vector<std::filesystem::path> path{group};
    for (const auto& name : std::filesystem::path(hierarchy.group).relative_path())
      path.push_back(group /= name);
    for (const std::filesystem::path& at : path) {
      const auto limit = number_in(at / hierarchy.limit);  // "max" where there is none
      const auto used = number_in(at / hierarchy.used);
      if (!limit || !used) continue;
      const std::int64_t held = *used - reclaimable(at / "memory.stat", hierarchy.given_back);
      left = std::min(left, std::max<std::int64_t>(0, *limit - std::max<std::int64_t>(0, held)));
    }
  }
  return left;
}

std::int64_t available_bytes() {
  std::int64_t bytes = std::min(kilobytes_line("/proc/meminfo", "MemAvailable:"),
                                left_in_groups("/sys/fs/cgroup", "/proc/self/cgroup"));
  for (const auto& left : {left_of(RLIMIT_AS, "VmSize:"), left_of(RLIMIT_DATA, "VmData:")})
    bytes = std::min(bytes, left.value_or(bytes));
  return bytes;
}

std::optional<std::int64_t> address_space_left() {
  return left_of(RLIMIT_AS, "VmSize:");
}

std::int64_t total_bytes() {
  return kilobytes_line("/proc/meminfo", "MemTotal:");
}
std::int64_t resident_bytes() {
  return kilobytes_line("/proc/self/status", "VmRSS:");
}
std::int64_t peak_resident_bytes() {
  return kilobytes_line("/proc/self/status", "VmHWM:");
}

std::string print_bytes(std::int64_t bytes) {
  constexpr std::array<const char*, 5> units = {"B", "KiB", "MiB", "GiB", "TiB"};
  double amount = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; std::fabs(amount) >= 1024.0 && unit + 1 < units.size(); ++unit) amount /= 1024.0;
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", amount, units[unit]);
}

std::int64_t parse_bytes(const std::string& text) {
  const auto wrong = [&] {
    return UserError(
        "\"" + text +
        "\" is not an amount of memory; give bytes, or a number with K, M, G or T (powers of 1024)");
  };
  double amount = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount);
  if (error != std::errc() || !(amount > 0)) throw wrong();
  std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (unit.ends_with("iB"))
    unit.remove_suffix(2);
  else if (unit.ends_with("B"))
    unit.remove_suffix(1);
  if (unit.size() > 1) throw wrong();
  constexpr std::string_view letters = "KMGT";
  const std::size_t power = unit.empty() ? 0 : letters.find(unit[0]) + 1;
  if (!unit.empty() && letters.find(unit[0]) == std::string_view::npos) throw wrong();
  const double bytes = amount * std::pow(1024.0, static_cast<double>(power));
  if (bytes >= static_cast<double>(std::numeric_limits<std::int64_t>::max())) throw wrong();
  return static_cast<std::int64_t>(bytes);
}

}  // namespace maskbench
