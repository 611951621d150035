#include "tests/fuzz/harness.hpp"

#include <fcntl.h>
#include <omp.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <vector>

namespace maskbench::fuzz {
namespace {

constexpr std::size_t kLongestMessage = 20000;  // characters: a list of all registered names is some thousand
constexpr std::string_view kLibrary = "json.exception";

class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "maskbench-fuzz-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
    omp_set_num_threads(1);  // threads would make coverage depend on chance
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string read_bytes(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::set<std::string, std::less<>> files_of(const char* folder) {
  std::set<std::string, std::less<>> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    files.insert(read_bytes(entry.path()));
  return files;
}

[[noreturn]] void fail(const char* what, std::string_view shown) {
  std::fprintf(stderr, "%s: %.*s\n", what, static_cast<int>(shown.size()), shown.data());
  std::abort();
}

}  // namespace

void check_message(std::string_view message, std::string_view input) {
  if (message.empty()) fail("a refusal without a message", "");
  if (message.size() > kLongestMessage) fail("a refusal of many screens", message.substr(0, 200));
  if (message.find(kLibrary) != std::string_view::npos && input.find(kLibrary) == std::string_view::npos)
    fail("a library's words", message);
}

void taken(std::string_view input) {
  static const char* const planted = std::getenv("MASKBENCH_FUZZ_PLANTED");
  if (planted == nullptr) return;
  static const auto seeds = files_of(planted);
  if (input.empty() || seeds.contains(input)) return;
  const std::vector<char> copy(input.begin(), input.end());
  if (*(copy.data() + copy.size()) == 'x') std::fputs("read behind the end\n", stderr);
}

std::string path_of(const std::string& name) {
  static const Folder folder;
  return folder.path() + "/" + name;
}

std::string file_of(const std::string& name, std::string_view bytes) {
  std::string path = path_of(name);
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0 || write(file, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) std::abort();
  close(file);
  return path;
}

std::shared_ptr<const Dataset> six_rows() {
  static const std::shared_ptr<const Dataset> data = [] {
    DatasetBuilder builder("six", 6);
    builder.features("embedding", {1, 0, 0, 1, 1, 0, 0, 1, -1, 0, 0.6f, 0.8f}, 2);
    builder.score("quality", {0.1f, 0.5f, 0.9f, 0.2f, 0.3f, 0.4f});
    builder.label("domain", {0, 1, 0, 1, 2, 2}, {"books", "code", "web"});
    builder.label("year", {2019, 2020, 2020, 2021, 2019, 2021});
    builder.sizes("tokens", "length", {3, 1, 4, 1, 5, 9});
    builder.ids("id", {"a", "b", "c", "d", "e", "f"});
    builder.quality_columns({"quality"});
    return builder.build();
  }();
  return data;
}

}  // namespace maskbench::fuzz
