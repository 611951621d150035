#include "datasets/core/feature_rows.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <numeric>

#include "datasets/core/system_error.hpp"

namespace maskbench {
namespace {

// A file of this folder that no name leads to. Some file systems cannot make one; there the name lives for a
// moment.
int open_nameless(const std::string& folder) {
  const int file = open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (file >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) return file;
  std::string name = folder + "/maskbench-scratch-XXXXXX";
  const int named = mkostemp(name.data(), O_CLOEXEC);
  if (named >= 0) unlink(name.c_str());
  return named;
}

[[noreturn]] void scratch_failed(const std::string& folder) {
  system_failed("scratch folder " + folder, errno, "; --scratch names another one");
}

}  // namespace

RowFile::RowFile(std::string folder, Index cols, Index rows_expected, std::size_t tile_bytes)
    : folder_(std::move(folder)),
      cols_(cols),
      tile_rows_(std::max<Index>(1, static_cast<Index>(tile_bytes / (cols * sizeof(float))))),
      file_(open_nameless(folder_)) {
  if (file_ < 0) scratch_failed(folder_);
  const auto bytes = static_cast<off_t>(rows_expected * cols * static_cast<Index>(sizeof(float)));
  if (bytes == 0 || fallocate(file_, 0, 0, bytes) == 0 || errno == EOPNOTSUPP) return;
  const int reason = errno;
  close(file_);
  errno = reason;
  scratch_failed(folder_);
}

RowFile::~RowFile() {
  close(file_);
}

void RowFile::append(std::span<const float> values) {
  MASKBENCH_CHECK(static_cast<Index>(values.size()) % cols_ == 0, "whole rows");
  const char* next = reinterpret_cast<const char*>(values.data());
  auto at = static_cast<off_t>(bytes());
  for (std::size_t left = values.size_bytes(); left > 0;) {
    const ssize_t written = pwrite(file_, next, left, at);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) scratch_failed(folder_);
    next += written;
    at += written;
    left -= written;
  }
  rows_ += static_cast<Index>(values.size()) / cols_;
}

void RowFile::read(const Index* rows, Index count, float* out) const noexcept {
  const auto row_bytes = cols_ * sizeof(float);
  for (Index k = 0; k < count;) {
    Index run = 1;  // rows that follow one another are one read
    while (k + run < count && rows[k + run] == rows[k] + run) ++run;
    char* next = reinterpret_cast<char*>(out + k * cols_);
    auto at = static_cast<off_t>(rows[k]) * static_cast<off_t>(row_bytes);
    for (std::size_t left = run * row_bytes; left > 0;) {
      const ssize_t got = pread(file_, next, left, at);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) {
        failed_ = got < 0 ? errno : EIO;  // EIO: the file ends before its rows do
        std::memset(next, 0, left);
        break;
      }
      next += got;
      at += got;
      left -= got;
    }
    k += run;
  }
}

void RowFile::check() const {
  if (failed_ != 0) system_failed("scratch file in " + folder_ + " cannot be read", failed_);
}

void FeatureRows::check() const {
  if (file != nullptr) file->check();
}

void RowReader::fetch(const Index* rows, Index count) {
  const std::size_t size = count;
  if (places_.size() < size) {
    places_.resize(size);
    std::iota(places_.begin(), places_.end(), Index{0});
    buffer_.resize(size * features_.cols);
  }
  features_.file->read(rows, count, buffer_.data());
}

void for_each_tile(const FeatureRows& features, std::size_t bytes,
                   const std::function<void(Index, MatrixView)>& visit) {
  const auto row_bytes = features.cols * sizeof(float);
  const Index step = row_bytes == 0 ? std::max<Index>(features.rows, 1)
                                    : std::max<Index>(1, static_cast<Index>(bytes / row_bytes));
  std::vector<float> buffer;
  std::vector<Index> rows;
  for (Index first = 0; first < features.rows; first += step) {
    const Index count = std::min(step, features.rows - first);
    if (features.file == nullptr) {
      visit(first, {features.view.row(first), count, features.cols, features.view.stride});
      continue;
    }
    buffer.resize(count * features.cols);
    rows.resize(count);
    std::iota(rows.begin(), rows.end(), first);
    features.file->read(rows.data(), count, buffer.data());
    features.check();
    visit(first, {buffer.data(), count, features.cols, features.cols});
  }
}

}  // namespace maskbench
