#include "datasets/core/whole_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace maskbench {
namespace {

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

}  // namespace

WholeFile::WholeFile(std::string path) : path_(std::move(path)) {
  struct stat known {};
  if (path_.empty()) throw UserError("an output file needs a name");
  if (stat(path_.c_str(), &known) == 0 && S_ISDIR(known.st_mode)) {
    throw UserError("cannot write " + path_ + ": it is a folder");
  }
  static std::atomic<int> number = 0;  // two files of one name in one process
  beside_ = path_ + ".partial-" + std::to_string(getpid()) + "-" + std::to_string(number++);
  descriptor_ = open(beside_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail("cannot write");
}

WholeFile::~WholeFile() {
  if (descriptor_ < 0) return;
  close(descriptor_);
  unlink(beside_.c_str());
}

void WholeFile::append(const void* data, std::size_t bytes) {
  const char* next = static_cast<const char*>(data);
  for (std::size_t left = bytes; left > 0;) {
    const ssize_t written = write(descriptor_, next, std::min<std::size_t>(left, 1u << 30));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail("cannot write");
    next += written;
    left -= static_cast<std::size_t>(written);
  }
  size_ += bytes;
}

void WholeFile::commit() {
  MASKBENCH_CHECK(descriptor_ >= 0, "a file is committed once");
  if (fsync(descriptor_) != 0) fail("cannot write");
  if (std::rename(beside_.c_str(), path_.c_str()) != 0) fail("cannot put in place");
  close(descriptor_);
  descriptor_ = -1;
  // The name itself is on disk once the folder is; a file system that cannot do this loses nothing but that
  // promise.
  const int folder = open(folder_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  fsync(folder);
  close(folder);
}

void WholeFile::fail(const char* what) const {
  throw UserError(std::string(what) + " " + path_ + ": " + std::strerror(errno));
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
