// A folder for files that nobody keeps: of a name of its own, readable by its owner only, gone with the
// object. One that a killed process left is removed by the next that is made with the same prefix; no other
// folder ever is.
#pragma once

#include <string>

#include "datasets/core/types.hpp"

namespace maskbench {

class ScratchFolder {
 public:
  // PREFIX-XXXXXX. UserError: the folder that it shall lie in is missing or may not be written.
  explicit ScratchFolder(const std::string& prefix);
  static void remove_left_behind(const std::string& prefix);
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
  int lock_ = -1;  // held while the folder is in use
};

}  // namespace maskbench
