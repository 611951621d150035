#include "datasets/core/whole_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "datasets/core/system_error.hpp"

namespace maskbench {
namespace {

constexpr int kMostLinks = 40;  // as the kernel follows
constexpr int kMostNames = 1000;

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "./" : path.substr(0, slash + 1);
}

std::string name_in_folder(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

[[noreturn]] void cannot_write(const std::string& path, const std::string& why) {
  throw UserError("cannot write " + path + ": " + why);
}

// The number of a file that this process has open, where the name is a link of /proc to it; else -1.
int open_descriptor_at(const std::string& path) {
  std::error_code unknown;
  const std::string folder = std::filesystem::canonical(folder_of(path), unknown).string();
  const std::string ours = "/proc/" + std::to_string(getpid());
  if (unknown || (folder != ours + "/fd" && !folder.starts_with(ours + "/task/"))) return -1;
  const std::string number = name_in_folder(path);
  int descriptor = -1;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), descriptor);
  return error == std::errc() && end == number.data() + number.size() ? descriptor : -1;
}

bool write_all(int descriptor, const char* next, std::size_t left) {
  while (left > 0) {
    const ssize_t written = write(descriptor, next, std::min<std::size_t>(left, 1u << 30));
    if (written < 0 && errno == EINTR) continue;
    if (written == 0) errno = EIO;
    if (written <= 0) return false;
    next += written;
    left -= static_cast<std::size_t>(written);
  }
  return true;
}

// A name that a process left when it was killed, and that nobody holds any more, is free.
bool is_left_behind(const std::string& name) {
  const int file = open(name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return false;
  const bool free = flock(file, LOCK_EX | LOCK_NB) == 0;
  close(file);
  return free;
}

// The first free name beside `path` at which `make` makes the file. False: errno says why.
template <class Make>
bool make_at_free_name(const std::string& path, std::string& name, Make make) {
  for (int i = 0; i < kMostNames; ++i) {
    name = folder_of(path) + ".maskbench-partial-" + std::to_string(i);
    if (make(name)) return true;
    if (errno != EEXIST) break;
    if (is_left_behind(name) && unlink(name.c_str()) == 0 && make(name)) return true;
  }
  name.clear();
  return false;
}

}  // namespace

Destination destination_of(const std::string& path) {
  if (path.empty()) throw UserError("an output file needs a name");
  Destination to{.given = path, .path = path};
  struct stat found {};
  for (int links = 0; lstat(to.path.c_str(), &found) == 0 && S_ISLNK(found.st_mode); ++links) {
    to.open_descriptor = open_descriptor_at(to.path);
    if (to.open_descriptor >= 0) break;
    std::error_code unknown;
    const std::string next = std::filesystem::read_symlink(to.path, unknown).string();
    if (unknown || links == kMostLinks) cannot_write(path, "its links lead nowhere");
    to.path = next.starts_with('/') ? next : folder_of(to.path) + next;
  }
  if (stat(to.path.c_str(), &found) != 0) {
    if (to.open_descriptor >= 0) cannot_write(path, "it is closed");
    if (errno == ELOOP) cannot_write(path, "its links lead nowhere");
    if (name_in_folder(to.path).empty()) cannot_write(path, "it is a folder's name");
    return to;
  }
  if (S_ISDIR(found.st_mode)) cannot_write(path, "it is a folder");
  if (S_ISBLK(found.st_mode)) cannot_write(path, "it is a disk");
  if (S_ISSOCK(found.st_mode)) cannot_write(path, "it is a socket");
  to.exists = true;
  to.mode = found.st_mode & 07777;
  to.stream = to.open_descriptor >= 0 || !S_ISREG(found.st_mode);
  return to;
}

WholeFile::WholeFile(const std::string& path, Access access) : to_(destination_of(path)) {
  if (to_.stream) {
    if (to_.open_descriptor < 0 && ::access(to_.path.c_str(), W_OK) != 0) fail("cannot write");
    descriptor_ = memfd_create("output", MFD_CLOEXEC);
    if (descriptor_ < 0) fail("cannot write");
    return;
  }
  open_file(access == Access::owner_only ? 0600 : 0666);
  flock(descriptor_, LOCK_EX | LOCK_NB);  // says to others that its name is in use
  if (to_.exists && access == Access::as_usual) fchmod(descriptor_, to_.mode);
}

// Without a name, so that a kill leaves nothing; some file systems have no such files.
void WholeFile::open_file(mode_t mode) {
  descriptor_ = open(folder_of(to_.path).c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
  if (descriptor_ >= 0) return;
  if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL) fail("cannot write");
  const auto make = [&](const std::string& name) {
    descriptor_ = open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    return descriptor_ >= 0;
  };
  if (!make_at_free_name(to_.path, name_, make)) fail("cannot write");
}

WholeFile::~WholeFile() {
  if (descriptor_ < 0) return;
  if (!name_.empty()) unlink(name_.c_str());
  close(descriptor_);
}

void WholeFile::append(const void* data, std::size_t bytes) {
  if (!write_all(descriptor_, static_cast<const char*>(data), bytes)) fail("cannot write");
  size_ += bytes;
}

int WholeFile::duplicate() const {
  const int copy = fcntl(descriptor_, F_DUPFD_CLOEXEC, 3);
  if (copy < 0) fail("cannot write");
  return copy;
}

void WholeFile::commit() {
  commit({this});
}

void WholeFile::commit(std::initializer_list<WholeFile*> files) {
  for (WholeFile* file : files) {
    MASKBENCH_CHECK(file->descriptor_ >= 0, "a file is committed once");
    if (!file->to_.stream) file->name_it();
  }
  for (WholeFile* file : files) file->put_in_place();
}

void WholeFile::name_it() {
  if (fsync(descriptor_) != 0) fail("cannot write");
  if (!name_.empty()) return;
  const std::string from = "/proc/self/fd/" + std::to_string(descriptor_);
  const auto make = [&](const std::string& name) {
    return linkat(AT_FDCWD, from.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0;
  };
  if (!make_at_free_name(to_.path, name_, make)) fail("cannot put in place");
}

void WholeFile::put_in_place() {
  if (to_.stream) {
    const int out = to_.open_descriptor >= 0 ? fcntl(to_.open_descriptor, F_DUPFD_CLOEXEC, 3)
                                             : open(to_.path.c_str(), O_WRONLY | O_NOCTTY | O_CLOEXEC);
    if (out < 0) fail("cannot write");
    const auto bytes = static_cast<std::size_t>(lseek(descriptor_, 0, SEEK_END));
    void* all = bytes == 0 ? nullptr : mmap(nullptr, bytes, PROT_READ, MAP_SHARED, descriptor_, 0);
    const bool done =
        bytes == 0 || (all != MAP_FAILED && write_all(out, static_cast<const char*>(all), bytes));
    const int reason = errno;
    if (bytes > 0 && all != MAP_FAILED) munmap(all, bytes);
    close(out);
    errno = reason;
    if (!done) fail("cannot write");
  } else if (std::rename(name_.c_str(), to_.path.c_str()) != 0) {
    fail("cannot put in place");
  }
  close(descriptor_);
  descriptor_ = -1;
  if (to_.stream) return;
  // The name itself is on disk once the folder is; a file system that cannot do this loses nothing but that
  // promise.
  const int folder = open(folder_of(to_.path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  fsync(folder);
  close(folder);
}

void WholeFile::fail(const char* what) const {
  system_failed(std::string(what) + " " + to_.given, errno);
}

void write_whole(const std::string& path, std::string_view text) {
  WholeFile whole(path);
  whole.append(text.data(), text.size());
  whole.commit();
}

void check_can_write(const std::string& path) {
  WholeFile probe(path);
}

}  // namespace maskbench
