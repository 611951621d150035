#include "datasets/core/scratch_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <vector>

#include "datasets/core/system_error.hpp"

namespace maskbench {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLock = ".maskbench-scratch";  // by which a folder is known as ours
constexpr const char* kPlaces = "XXXXXX";

// -1: there is none, or another process holds it.
int take_lock(const std::string& folder, int flags) {
  const int lock = open((folder + "/" + kLock).c_str(), flags | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB) == 0) return lock;
  close(lock);
  return -1;
}

}  // namespace

void ScratchFolder::remove_left_behind(const std::string& prefix) {
  const fs::path parent = fs::path(prefix).parent_path();
  const std::string start = fs::path(prefix).filename().string() + "-";
  std::error_code ignored;  // what cannot be read or removed stays
  std::vector<fs::path> ours;
  for (const fs::directory_entry& entry : fs::directory_iterator(parent.empty() ? "." : parent, ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(start) || name.size() != start.size() + std::strlen(kPlaces)) continue;
    if (!entry.is_symlink(ignored) && entry.is_directory(ignored)) ours.push_back(entry.path());
  }
  for (const fs::path& folder : ours) {
    const int lock = take_lock(folder.string(), 0);
    if (lock < 0) continue;
    fs::remove_all(folder, ignored);
    close(lock);
  }
}

ScratchFolder::ScratchFolder(const std::string& prefix) : path_(prefix + "-" + kPlaces) {
  remove_left_behind(prefix);
  if (mkdtemp(path_.data()) == nullptr)
    system_failed("no scratch folder can be made at " + prefix + "-" + kPlaces, errno);
  lock_ = take_lock(path_, O_CREAT | O_EXCL);
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;  // what stays is removed by the next one
  fs::remove_all(path_, ignored);
  if (lock_ >= 0) close(lock_);
}

}  // namespace maskbench
