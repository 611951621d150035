#include "experiments/records/ledger.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fmt/core.h>

#include "datasets/core/system_error.hpp"

namespace maskbench {
namespace {

constexpr std::string_view kStart = "{\"kind\":\"";  // of every line that we write

bool is_record(std::string_view line) {
  const std::optional<Json> json = parsed_or_null(line);
  return json && json->is_object() && json->contains("kind") && json->at("kind").is_string();
}

// A file of records, or the beginning of one; nothing else is cut or emptied.
void check_is_records(std::string_view text, const std::string& file) {
  const std::size_t length = std::min(text.size(), kStart.size()), end = text.find('\n');
  if (text.substr(0, length) == kStart.substr(0, length)) return;
  if (end != std::string_view::npos && is_record(text.substr(0, end))) return;
  throw UserError(file +
                  ": its first line is no record of maskbench run: it is left as it is; give another file "
                  "with --records");
}

// The records of the finished lines; `finished` becomes the number of bytes that they take.
std::vector<Json> parse_lines(std::string_view text, const std::string& file, const Schema* schema,
                              std::size_t& finished) {
  std::vector<Json> records;
  finished = 0;
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n', finished)) {
    const int line = static_cast<int>(records.size()) + 1;
    Document document = parse_json(text.substr(finished, end - finished), file, line);
    if (schema != nullptr) schema->check(document);
    records.push_back(std::move(document.json));
    finished = end + 1;
  }
  return records;
}

void write_all(int descriptor, std::string_view text, const std::string& file) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) system_failed(file + ": cannot be written", errno);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fdatasync(descriptor) != 0 && errno != EINVAL && errno != EROFS) {
    system_failed(file + ": cannot be written", errno);
  }
}

}  // namespace

Ledger::Ledger(std::string file, Open open, const Schema* schema) : file_(std::move(file)), schema_(schema) {
  const std::filesystem::path folder = std::filesystem::path(file_).parent_path();
  std::error_code ignored;  // what matters is whether the file can be opened
  if (!folder.empty()) std::filesystem::create_directories(folder, ignored);
  struct stat found {};
  const bool stream =
      ::stat(file_.c_str(), &found) == 0 && (S_ISFIFO(found.st_mode) || S_ISCHR(found.st_mode));
  descriptor_ = ::open(file_.c_str(), (stream ? O_WRONLY : O_RDWR) | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (descriptor_ >= 0 && stream) return;  // a pipe or a device: nothing to resume
  if (descriptor_ < 0) system_failed(file_ + ": cannot be opened for writing", errno);
  try {
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      throw UserError(file_ + ": another run is writing this file; wait for it or give another --records");
    }
    std::string text = read_whole(file_);
    check_is_records(text, file_);
    if (open == Open::fresh) {
      text.clear();
      if (::ftruncate(descriptor_, 0) != 0) system_failed(file_ + ": cannot be emptied", errno);
    }
    std::size_t finished = 0;
    records_ = parse_lines(text, file_, schema_, finished);
    if (finished < text.size()) {
      if (::ftruncate(descriptor_, static_cast<off_t>(finished)) != 0) {
        system_failed(file_ + ": cannot be cut", errno);
      }
      repaired_ = fmt::format("{}, line {}: unfinished, {} bytes cut off", file_, records_.size() + 1,
                              text.size() - finished);
    }
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

Ledger::~Ledger() {
  if (descriptor_ >= 0) ::close(descriptor_);  // gives the lock back
}

void Ledger::append(const Json& record) {
  append(std::vector<Json>(1, record));
}

void Ledger::append(const std::vector<Json>& records) {
  std::string text;
  for (const Json& record : records) {
    if (schema_ != nullptr) {
      const auto fault = schema_->fault(record);
      MASKBENCH_CHECK(!fault, "record, " + fault->path + ": " + fault->message);
    }
    text += write_json(record) + "\n";
  }
  write_all(descriptor_, text, file_);
}

std::vector<Json> read_records(const std::string& file, const Schema* schema) {
  std::size_t finished = 0;
  return parse_lines(read_whole(file), file, schema, finished);
}

}  // namespace maskbench
