#include "datasets/readers/text_lines.hpp"

#include <arrow/io/compressed.h>
#include <arrow/io/file.h>
#include <arrow/util/compression.h>

#include <algorithm>
#include <cctype>

#include "datasets/core/watch.hpp"
#include "datasets/readers/parquet_file.hpp"
#include "datasets/readers/table_reader.hpp"

namespace maskbench {
namespace {

constexpr std::int64_t kRead = 1 << 18;  // bytes at a time
constexpr std::int64_t kPacking = 8;     // times that a packed file unpacks to, about
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr const char* kBad = "cannot be read to its end";

bool ends_in(std::string name, std::string_view ending) {
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  return name.ends_with(ending);
}

std::shared_ptr<arrow::io::InputStream> unpacked(const std::string& file,
                                                 const std::shared_ptr<arrow::io::InputStream>& raw) {
  if (!is_packed(file)) return raw;
  const bool gzip = ends_in(file, ".gz");
  auto codec = arrow::util::Codec::Create(gzip ? arrow::Compression::GZIP : arrow::Compression::ZSTD);
  check_arrow(file, kBad, codec.status());
  auto stream = arrow::io::CompressedInputStream::Make(codec->get(), raw);
  check_arrow(file, kBad, stream.status());
  // The codec has to outlive its stream.
  struct Both {
    std::unique_ptr<arrow::util::Codec> codec;
    std::shared_ptr<arrow::io::InputStream> stream;
  };
  const auto both = std::make_shared<Both>(Both{*std::move(codec), *std::move(stream)});
  return {both, both->stream.get()};
}

}  // namespace

bool is_packed(const std::string& file) {
  return ends_in(file, ".gz") || ends_in(file, ".zst") || ends_in(file, ".zstd");
}

void for_each_line(const std::string& file,
                   const std::function<bool(std::string_view, std::int64_t)>& visit) {
  const FileStamp stamp = stamp_files({file}).front();
  Looks looks(stamp.size * (is_packed(file) ? kPacking : 1) / kRead + 1);
  with_arrow(file, kBad, [&] {
    auto opened = arrow::io::ReadableFile::Open(file, arrow::system_memory_pool());
    if (!opened.ok()) throw UserError(file + ": cannot be opened for reading");
    const auto stream = unpacked(file, *opened);
    std::string rest, chunk(static_cast<std::size_t>(kRead), '\0');
    std::int64_t number = 0;
    const auto show = [&](std::string_view line) {
      if (number == 0 && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
      if (line.ends_with('\r')) line.remove_suffix(1);
      return visit(line, number++);
    };
    for (;;) {
      const auto got = stream->Read(kRead, chunk.data());
      check_arrow(file, kBad, got.status());
      if (*got == 0) break;
      looks.step();
      const std::string_view text(chunk.data(), static_cast<std::size_t>(*got));
      std::size_t from = 0;
      for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n', from)) {
        rest.append(text.substr(from, end - from));
        const bool more = show(rest);
        rest.clear();
        from = end + 1;
        if (!more) return;
      }
      rest.append(text.substr(from));
    }
    if (!rest.empty()) show(rest);
  });
}

}  // namespace maskbench
