// A file that is there whole or not at all: written beside its name, synced, renamed.
#pragma once

#include <string>
#include <string_view>

#include "datasets/core/types.hpp"

namespace maskbench {

class WholeFile {
 public:
  // Makes an empty file beside `path`. UserError: the folder is missing or may not be written, or `path` is a
  // folder.
  explicit WholeFile(std::string path);
  ~WholeFile();  // not committed: nothing is left
  WholeFile(const WholeFile&) = delete;
  WholeFile& operator=(const WholeFile&) = delete;

  const std::string& beside() const { return beside_; }  // where to write
  void append(const void* data, std::size_t bytes);      // one way to write; UserError where the disk is full
  std::size_t size() const { return size_; }             // bytes appended
  void commit();                                         // from now on it stands at `path`

 private:
  [[noreturn]] void fail(const char* what) const;

  std::string path_, beside_;
  int descriptor_ = -1;
  std::size_t size_ = 0;
};

// A file with this text; refusals as above.
void write_whole(const std::string& path, std::string_view text);

// The same refusals as WholeFile's, before any work is done; leaves nothing behind.
void check_can_write(const std::string& path);

}  // namespace maskbench
