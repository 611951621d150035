#include "datasets/core/folders.hpp"

#include <utility>

namespace maskbench {
namespace {

std::string& root() {
  static std::string folder = MASKBENCH_SOURCE_DIR;
  return folder;
}

std::string& temporary() {
  static std::string folder = "/tmp";
  return folder;
}

}  // namespace

const std::string& repository_root() {
  return root();
}

void set_repository_root(std::string folder) {
  root() = std::move(folder);
}

const std::string& temporary_folder() {
  return temporary();
}

void set_temporary_folder(std::string folder) {
  temporary() = std::move(folder);
}

}  // namespace maskbench
