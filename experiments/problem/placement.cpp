#include "experiments/problem/placement.hpp"

#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/statfs.h>

#include <cerrno>
#include <cstring>

#include "experiments/machine/memory.hpp"

namespace maskbench {
namespace {

// What the dearest method that walks tiles, its objective and scoring hold a row; the forecast after reading
// is exact.
constexpr std::int64_t kRowBytes = 320;

template <class Registry>
std::string those_that_walk(const Registry& registry) {
  std::string keys;
  for (const auto& [key, entry] : registry.entries()) {
    if (entry.traits.walks_tiles) keys += (keys.empty() ? "" : ", ") + key;
  }
  return keys;
}

std::string disk_shortage(const std::string& folder, std::int64_t bytes) {
  struct statfs disk {};
  if (statfs(folder.c_str(), &disk) != 0)
    return fmt::format("scratch folder {}: {}; --scratch names another one", folder, std::strerror(errno));
  const auto free = static_cast<std::int64_t>(disk.f_bavail) * static_cast<std::int64_t>(disk.f_bsize);
  if (bytes <= free) return "";
  return fmt::format("the features take {} of scratch space, {} has {}; --scratch names another folder",
                     print_bytes(bytes), folder, print_bytes(free));
}

}  // namespace

std::string why_in_memory(const NamedSelector* selector, const NamedObjective& objective) {
  if (selector != nullptr && !selector->traits.walks_tiles)
    return fmt::format("selector {} wants the features in memory, those that can walk a scratch file are {}",
                       selector->spec.key, those_that_walk(selectors()));
  if (!objective.empty() && !objective.traits().walks_tiles)
    return fmt::format("objective {} wants the features in memory, those that can walk a scratch file are {}",
                       objective.text(), those_that_walk(objectives()));
  return "";
}

Placement place_data(const DataChoice& choice, const NamedSelector* selector, const NamedObjective& objective,
                     std::int64_t limit) {
  Placement placement;
  placement.size = data_size(choice);
  placement.folder = scratch_folder(choice);
  const DataSize& size = placement.size;
  const std::int64_t now = resident_bytes(), allowed = limit > 0 ? limit : now + available_bytes();
  const std::int64_t in_memory = now + size.features + size.columns;
  const char* whose = limit > 0 ? "allowed (--memory)" : "there";
  if (in_memory + kRowBytes * size.rows <= allowed) return placement;
  const std::string reason = why_in_memory(selector, objective);
  if (!reason.empty() || size.features == 0) {
    if (in_memory > allowed)
      placement.shortage =
          fmt::format("about {} of memory are needed to hold it, {} are {}{}", print_bytes(in_memory),
                      print_bytes(allowed), whose, reason.empty() ? "" : "; " + reason);
    return placement;
  }
  placement.in_file = true;
  if (now + size.columns > allowed) {
    placement.shortage =
        fmt::format("about {} of memory are needed with the features in a scratch file, {} are {}",
                    print_bytes(now + size.columns), print_bytes(allowed), whose);
  } else {
    placement.shortage = disk_shortage(placement.folder, size.features);
  }
  return placement;
}

std::string placement_note(const Placement& placement) {
  if (!placement.in_file) return "";
  struct statfs disk {};
  const bool in_memory = statfs(placement.folder.c_str(), &disk) == 0 && disk.f_type == TMPFS_MAGIC;
  return fmt::format("the features ({}) lie in a scratch file in {}, since memory does not hold them{}",
                     print_bytes(placement.size.features), placement.folder,
                     in_memory ? "; that folder is in memory too (tmpfs), --scratch names another one" : "");
}

}  // namespace maskbench
