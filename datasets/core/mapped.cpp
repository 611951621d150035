#include "datasets/core/mapped.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "datasets/core/system_error.hpp"
#include "datasets/core/whole_file.hpp"

namespace maskbench {
namespace {

using nlohmann::json;

constexpr std::string_view kMagic = "MASKBND1";
constexpr std::size_t kAlign = 64;  // a cache line: any vector load is aligned
constexpr std::size_t kPreamble = kMagic.size() + sizeof(std::uint64_t);
constexpr int kDeepest = 64;  // objects and lists of the header inside one another

std::size_t aligned(std::size_t bytes) {
  return (bytes + kAlign - 1) / kAlign * kAlign;
}

// A column's bytes: `rows` pieces of `bytes`, `step` bytes apart.
struct Block {
  const char* data = nullptr;
  std::size_t bytes = 0, rows = 1, step = 0;
};

// Plans the file: the header, and what goes behind it.
class Layout {
 public:
  json describe(const Dataset& data) {
    const DatasetParts& parts = data.parts();
    json header = {{"name", parts.name},           {"digest", data.digest()},
                   {"size", parts.size},           {"features_name", parts.features_name},
                   {"unit_rows", parts.unit_rows}, {"quality_columns", parts.quality_columns}};
    const MatrixView all = data.features();
    header["features"] = matrix({all.data, DType::f32, all.rows, all.cols, all.stride});
    for (const auto& [name, values] : parts.scores)
      header["scores"][name] = column(values.data(), values.size_bytes());
    for (const auto& [name, wide] : parts.wide_scores) {
      const bool reals = !wide.reals.empty();
      json& entry = header["wide_scores"][name];
      entry = reals ? column(wide.reals.data(), wide.reals.size_bytes())
                    : column(wide.integers.data(), wide.integers.size_bytes());
      entry["reals"] = reals;
      entry["natural"] = wide.natural;
    }
    if (!parts.label_names.empty()) header["label_names"] = parts.label_names;
    if (!parts.source_rows.empty())
      header["source_rows"] = column(parts.source_rows.data(), parts.source_rows.size_bytes());
    for (const auto& [name, values] : parts.labels)
      header["labels"][name] = column(values.data(), values.size_bytes());
    for (const auto& [name, values] : parts.sizes)
      header["sizes"][name] = column(values.data(), values.size_bytes());
    for (const auto& [name, values] : parts.matrices) header["matrices"][name] = matrix(values);
    if (!parts.ids.empty()) header["ids"] = strings(parts.ids);
    if (!parts.text.empty()) header["text"] = strings(parts.text);
    for (const auto& [role, other] : parts.related) header["related"][role] = describe(*other);
    return header;
  }

  const std::vector<Block>& blocks() const { return blocks_; }
  std::size_t size() const { return size_; }

 private:
  json add(Block block) {
    const std::size_t offset = size_, bytes = block.bytes * block.rows;
    size_ = aligned(size_ + bytes);
    blocks_.push_back(block);
    return {{"offset", offset}, {"bytes", bytes}};
  }
  json column(const void* data, std::size_t bytes) {
    return add({static_cast<const char*>(data), bytes, 1, bytes});
  }
  json strings(const StringColumn& all) {
    return {{"offsets", column(all.offsets.data(), all.offsets.size_bytes())},
            {"chars", column(all.chars, all.offsets.back())}};
  }
  json matrix(const TensorView& all) {
    const std::size_t width = bytes_of(all.type);
    json entry = add({static_cast<const char*>(all.data), all.cols * width,
                      static_cast<std::size_t>(all.rows), all.stride * width});
    entry["cols"] = all.cols;
    entry["rows"] = all.rows;
    entry["type"] = static_cast<int>(all.type);
    return entry;
  }

  std::vector<Block> blocks_;
  std::size_t size_ = 0;
};

class Mapping {
 public:
  explicit Mapping(const std::string& path) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat found {};
    if (file < 0 || fstat(file, &found) != 0 || !S_ISREG(found.st_mode)) {
      if (file < 0) system_failed(path, errno);
      close(file);
      throw UserError(path + ": not a regular file");
    }
    size_ = found.st_size;
    if (size_ > 0) data_ = mmap(nullptr, size_, PROT_READ, MAP_SHARED, file, 0);
    const int failed = errno;
    close(file);
    if (size_ == 0) throw UserError(path + ": empty, not a mapped data set");
    if (data_ == MAP_FAILED) system_failed(path + ": cannot be mapped", failed);
    // Read ahead, so that a method's first pass does not wait page by page.
    madvise(data_, size_, MADV_WILLNEED);
  }
  ~Mapping() { munmap(data_, size_); }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  const char* data() const { return static_cast<const char*>(data_); }
  std::size_t size() const { return size_; }

 private:
  void* data_ = MAP_FAILED;
  std::size_t size_ = 0;
};

// Turns the header back into views. What a method would follow out of the file is checked: where columns lie,
// how long they are, where strings end, which names labels have.
class Views {
 public:
  Views(std::shared_ptr<const Mapping> mapping, std::size_t first)
      : mapping_(std::move(mapping)), first_(first) {}

  std::shared_ptr<const Dataset> dataset(const json& header) const {
    DatasetParts parts;
    parts.name = header.at("name");
    parts.digest = header.at("digest");
    parts.size = count_of(header, "size");
    require(parts.size > 0);
    parts.features_name = header.at("features_name");
    parts.unit_rows = header.at("unit_rows");
    parts.quality_columns = header.at("quality_columns").get<std::vector<std::string>>();
    const TensorView features = matrix(header.at("features"));
    require(features.type == DType::f32 && (features.rows == parts.size || features.cols == 0));
    parts.features = {static_cast<const float*>(features.data), features.rows, features.cols,
                      features.stride};
    for (const auto& [name, entry] : section(header, "scores"))
      parts.scores[name] = column<float>(entry, parts.size);
    for (const auto& [name, entry] : section(header, "wide_scores")) {
      WideScore& wide = parts.wide_scores[name];
      wide.natural = entry.at("natural");
      if (entry.at("reals"))
        wide.reals = column<double>(entry, parts.size);
      else
        wide.integers = column<std::int64_t>(entry, parts.size);
    }
    for (const auto& [name, entry] : section(header, "label_names"))
      parts.label_names[name] = entry.get<std::vector<std::string>>();
    if (header.contains("source_rows")) parts.source_rows = column<Index>(header["source_rows"], parts.size);
    for (const auto& [name, entry] : section(header, "labels"))
      parts.labels[name] = labels(entry, parts, name);
    for (const auto& [name, entry] : section(header, "sizes"))
      parts.sizes[name] = column<std::int32_t>(entry, parts.size);
    for (const auto& [name, entry] : section(header, "matrices")) {
      parts.matrices[name] = matrix(entry);
      require(parts.matrices[name].rows == parts.size);
    }
    if (header.contains("ids")) parts.ids = strings(header["ids"], parts.size);
    if (header.contains("text")) parts.text = strings(header["text"], parts.size);
    for (const auto& [role, entry] : section(header, "related")) parts.related[role] = dataset(entry);
    parts.owners.push_back(mapping_);
    return std::make_shared<const Dataset>(std::move(parts));
  }

 private:
  static void require(bool condition) {
    if (!condition) throw std::out_of_range("a column does not lie within the file");
  }
  // A whole number so small that no sum or product with a width wraps.
  static Index count_of(const json& entry, const char* name) {
    const json& number = entry.at(name);
    require(number.is_number_unsigned() && number.get<std::uint64_t>() <= kLargest);
    return number.get<Index>();
  }
  static json::object_t section(const json& header, const char* name) {
    return header.contains(name) ? header[name].get<json::object_t>() : json::object_t{};
  }
  std::span<const char> bytes(const json& entry) const {
    const std::size_t offset = count_of(entry, "offset"), count = count_of(entry, "bytes"),
                      room = mapping_->size() - first_;
    require(offset % kAlign == 0 && offset <= room && count <= room - offset);
    return {mapping_->data() + first_ + offset, count};
  }
  template <class T>
  std::span<const T> column(const json& entry, Index count) const {
    const std::span<const char> raw = bytes(entry);
    require(raw.size() % sizeof(T) == 0 && raw.size() / sizeof(T) == static_cast<std::size_t>(count));
    return std::span(reinterpret_cast<const T*>(raw.data()), count);
  }
  StringColumn strings(const json& entry, Index rows) const {
    const StringColumn all{column<std::int64_t>(entry.at("offsets"), rows + 1),
                           bytes(entry.at("chars")).data()};
    require(all.offsets.front() == 0 &&
            all.offsets.back() == static_cast<std::int64_t>(bytes(entry.at("chars")).size()) &&
            std::is_sorted(all.offsets.begin(), all.offsets.end()));
    return all;
  }
  std::span<const std::int32_t> labels(const json& entry, const DatasetParts& parts,
                                       const std::string& name) const {
    const std::span<const std::int32_t> all = column<std::int32_t>(entry, parts.size);
    const auto names = parts.label_names.find(name);
    if (names != parts.label_names.end()) {
      const auto [low, high] = std::minmax_element(all.begin(), all.end());
      require(*low >= 0 && *high < static_cast<std::int64_t>(names->second.size()));
    }
    return all;
  }
  TensorView matrix(const json& entry) const {
    const Index type = count_of(entry, "type");
    require(type <= static_cast<Index>(DType::i32));
    TensorView view;
    view.type = static_cast<DType>(type);
    view.rows = count_of(entry, "rows");
    view.cols = view.stride = count_of(entry, "cols");
    const std::span<const char> raw = bytes(entry);
    std::size_t wanted = 0;
    require(!__builtin_mul_overflow(static_cast<std::size_t>(view.rows),
                                    static_cast<std::size_t>(view.cols) * bytes_of(view.type), &wanted) &&
            raw.size() == wanted);
    view.data = raw.data();
    return view;
  }

  static constexpr std::uint64_t kLargest = std::uint64_t{1} << 48;  // no file has as many bytes

  std::shared_ptr<const Mapping> mapping_;
  std::size_t first_;  // where the columns start
};

}  // namespace

void write_mapped(const Dataset& data, const std::string& path) {
  Layout layout;
  json described = layout.describe(data);
  const std::string header = json{{"data", std::move(described)}, {"bytes", layout.size()}}.dump();
  const auto length = static_cast<std::uint64_t>(header.size());
  constexpr std::array<char, kAlign> kZeros{};

  WholeFile file(path, WholeFile::Access::owner_only);  // a corpus may be private
  const auto pad = [&] { file.append(kZeros.data(), aligned(file.size()) - file.size()); };
  file.append(kMagic.data(), kMagic.size());
  file.append(&length, sizeof length);
  file.append(header.data(), header.size());
  pad();
  for (const Block& block : layout.blocks()) {
    if (block.step == block.bytes) {
      file.append(block.data, block.bytes * block.rows);
    } else {
      for (std::size_t row = 0; row < block.rows; ++row)
        file.append(block.data + row * block.step, block.bytes);
    }
    pad();
  }
  file.commit();
}

std::shared_ptr<const Dataset> map_dataset(const std::string& path) {
  const auto mapping = std::make_shared<const Mapping>(path);
  if (mapping->size() < kPreamble || std::string_view(mapping->data(), kMagic.size()) != kMagic) {
    throw UserError(path + ": not a mapped data set (it does not begin with " + std::string(kMagic) + ")");
  }
  std::uint64_t length = 0;
  std::memcpy(&length, mapping->data() + kMagic.size(), sizeof length);
  if (length > mapping->size() - kPreamble) throw UserError(path + ": truncated in its header");
  try {
    const json header = json::parse(std::string_view(mapping->data() + kPreamble, length),
                                    [](int depth, json::parse_event_t, const json&) {
                                      if (depth > kDeepest) throw std::out_of_range("nested too deep");
                                      return true;
                                    });
    const std::size_t first = aligned(kPreamble + length), bytes = header.at("bytes");
    if (mapping->size() != first + bytes) {
      throw UserError(path + ": truncated: " + std::to_string(mapping->size()) + " bytes of " +
                      std::to_string(first + bytes));
    }
    return Views(mapping, first).dataset(header.at("data"));
  } catch (const json::exception& error) {
    const std::string what = error.what();  // "[json.exception.parse_error.101] parse error at ..."
    throw UserError(path + ": damaged header: " + what.substr(what.find("] ") + 2));
  } catch (const std::out_of_range& error) {
    throw UserError(path + ": damaged: " + error.what());
  }
}

}  // namespace maskbench
