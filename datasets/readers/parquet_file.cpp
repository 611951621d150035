#include <arrow/c/bridge.h>
#include <arrow/c/helpers.h>
#include <arrow/io/file.h>
#include <arrow/memory_pool.h>
#include <arrow/util/io_util.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/properties.h>
#include <parquet/schema.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <new>
#include <optional>

#include "datasets/core/system_error.hpp"
#include "datasets/core/watch.hpp"
#include "datasets/readers/arrow_columns.hpp"
#include "datasets/readers/data_files.hpp"
#include "datasets/readers/parquet_file.hpp"
#include "datasets/readers/table_reader.hpp"

namespace maskbench {
namespace {

constexpr Index kBatchRows = 1024;
constexpr Index kStreamBytes = 1 << 18;      // read ahead per column
constexpr Index kMostRows = Index{1} << 48;  // beyond them a footer is wrong
constexpr Index kMostBytes = Index{1} << 56;
constexpr Index kRoomForPages = 256 << 20;
constexpr const char* kBadFooter = "truncated or damaged, its footer cannot be read";
constexpr const char* kBadRows = "truncated or damaged, its rows cannot be read";

// One of the C data interface's structs, given back at the end.
template <class Struct>
struct Exported {
  Exported() = default;
  Exported(const Exported&) = delete;
  Exported& operator=(const Exported&) = delete;
  ~Exported() {
    if (it.release != nullptr) it.release(&it);
  }
  Struct it{};
};

Index size_of(arrow::io::RandomAccessFile& file) {
  const auto size = file.GetSize();
  return size.ok() ? *size : 0;
}

// What a row group's pages may take at once. A page's own header may ask for 2 GiB in a file of 2 KB; here
// the footer and the file's size bound it, with room for dictionaries and for writers that count otherwise.
Index most_of_pages(const parquet::FileMetaData& metadata, Index file_bytes) {
  Index largest = 0;
  for (int group = 0; group < metadata.num_row_groups(); ++group)
    largest = std::max(largest, std::min(metadata.RowGroup(group)->total_byte_size(), kMostBytes));
  return kRoomForPages + 8 * largest + 16 * file_bytes + 2 * kStreamBytes * metadata.num_columns();
}

// A file that is none of Parquet's is called so, and not a broken one.
void check_kind(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, 4> first{};
  file.read(first.data(), first.size());
  if (std::string_view(first.data(), first.size()) != "PAR1") {
    throw UserError(path + ": not a Parquet file (it does not begin with PAR1)");
  }
}

}  // namespace

void arrow_failed(const std::string& file, const char* what, const std::string& reason) {
  throw UserError(file + ": " + what + ": " + reason.substr(0, reason.find('\n')));
}

void check_arrow(const std::string& file, const char* what, const arrow::Status& status) {
  if (status.ok()) return;
  if (const int error = arrow::internal::ErrnoFromStatus(status); error != 0)
    system_failed(file + ": " + what, error);
  arrow_failed(file, what, status.message());
}

void with_arrow(const std::string& file, const char* what, const std::function<void()>& work) {
  try {
    work();
  } catch (const UserError&) {
    throw;
  } catch (const MachineFault&) {
    throw;
  } catch (const Interrupted&) {
    throw;
  } catch (const std::bad_alloc&) {
    arrow_failed(file, what, "more memory is asked for than there is");
  } catch (const std::exception& error) {
    arrow_failed(file, what, error.what());
  }
}

ParquetFile::ParquetFile(std::string path) : path_(std::move(path)) {
  stamp_files({path_});  // there, and a file
  try {
    open();
  } catch (const UserError&) {
    check_kind(path_);
    throw;
  }
}

void ParquetFile::open() {
  with_arrow(path_, kBadFooter, [&] {
    // The system's pool gives memory back as soon as a batch is done with.
    arrow::MemoryPool* pool = arrow::system_memory_pool();
    auto opened = arrow::io::ReadableFile::Open(path_, pool);
    check_arrow(path_, "cannot be opened for reading", opened.status());
    const auto metadata = parquet::ReadMetaData(*opened);
    pages_ = std::make_unique<arrow::CappedMemoryPool>(pool, most_of_pages(*metadata, size_of(**opened)));
    parquet::ReaderProperties file_properties(pages_.get());
    file_properties.enable_buffered_stream();  // pages, never a whole column chunk
    file_properties.set_buffer_size(kStreamBytes);
    file_properties.set_page_checksum_verification(true);
    parquet::ArrowReaderProperties properties(false);
    properties.set_pre_buffer(false);
    properties.set_batch_size(kBatchRows);

    parquet::arrow::FileReaderBuilder builder;
    check_arrow(path_, kBadFooter, builder.Open(*opened, file_properties, metadata));
    check_arrow(path_, kBadFooter, builder.memory_pool(pool)->properties(properties)->Build(&reader_));
    std::shared_ptr<arrow::Schema> schema;
    check_arrow(path_, kBadFooter, reader_->GetSchema(&schema));
    Exported<ArrowSchema> exported;
    check_arrow(path_, kBadFooter, arrow::ExportSchema(*schema, &exported.it));
    schema_ = arrow_type(exported.it);

    rows_ = metadata->num_rows();
    Index in_groups = 0;
    bool possible = rows_ >= 0 && rows_ < kMostRows;
    for (int group = 0; possible && group < metadata->num_row_groups(); ++group) {
      const Index rows = metadata->RowGroup(group)->num_rows();
      possible = rows >= 0 && rows <= rows_ - in_groups;
      in_groups += possible ? rows : 0;
    }
    if (!possible || in_groups != rows_)
      arrow_failed(path_, kBadFooter, "its row groups do not add up to its rows");
  });
}

std::vector<std::string> ParquetFile::names() const {
  std::vector<std::string> all;
  for (const ArrowType& column : schema_.children) all.push_back(column.name);
  return all;
}

bool ParquetFile::has(const std::string& column) const {
  return !find_column(schema_, column).path.empty();
}

std::vector<std::size_t> ParquetFile::path_of(const std::string& column) const {
  const ColumnPath found = find_column(schema_, column);
  if (found.path.empty())
    throw UserError(path_ + ": no column \"" + column + "\"" + likeness(column) +
                    "; it has: " + listed(names()));
  if (found.twice) {
    const std::vector<std::string> all = names();
    throw UserError(path_ + ": " + std::to_string(std::count(all.begin(), all.end(), column)) +
                    " columns are named \"" + column + "\"; names must differ; it has: " + listed(all));
  }
  return found.path;
}

const ArrowType& ParquetFile::type(const std::string& column) const {
  return type_at(schema_, path_of(column));
}

// Those of the column that its path leads to, by the names on the way.
std::vector<int> ParquetFile::leaves_of(const std::string& column) const {
  const std::vector<std::size_t> path = find_column(schema_, column).path;
  std::vector<std::string> way;
  const ArrowType* type = &schema_;
  for (const std::size_t child : path) {
    type = &type->children[child];
    way.push_back(type->name);
  }
  const parquet::SchemaDescriptor* schema = reader_->parquet_reader()->metadata()->schema();
  std::vector<int> leaves;
  for (int leaf = 0; !way.empty() && leaf < schema->num_columns(); ++leaf) {
    const std::vector<std::string> names = schema->Column(leaf)->path()->ToDotVector();
    if (names.size() >= way.size() && std::equal(way.begin(), way.end(), names.begin()))
      leaves.push_back(leaf);
  }
  return leaves;
}

template <class Of>
Index ParquetFile::total(const std::string& column, Of&& of) const {
  Index sum = 0;
  with_arrow(path_, kBadFooter, [&] {
    const auto metadata = reader_->parquet_reader()->metadata();
    for (int group = 0; group < metadata->num_row_groups(); ++group) {
      for (const int leaf : leaves_of(column)) {
        const Index more = of(*metadata->RowGroup(group)->ColumnChunk(leaf));
        sum += std::clamp<Index>(more, 0, kMostBytes - sum);  // a damaged footer may say anything
      }
    }
  });
  return sum;
}

Index ParquetFile::bytes(const std::string& column) const {
  return total(column, [](const auto& chunk) { return chunk.total_uncompressed_size(); });
}

Index ParquetFile::entries(const std::string& column) const {
  return total(column, [](const auto& chunk) { return chunk.num_values(); });
}

void ParquetFile::read(const std::vector<std::string>& columns, const Visit& visit) const {
  with_arrow(path_, kBadRows, [&] {
    std::vector<int> leaves;
    for (const std::string& column : columns) {
      for (const int leaf : leaves_of(column)) leaves.push_back(leaf);
    }
    std::sort(leaves.begin(), leaves.end());
    leaves.erase(std::unique(leaves.begin(), leaves.end()), leaves.end());
    std::optional<ArrowType> type;
    Looks looks(rows_ / kBatchRows + 1);
    Index row = 0;
    for (int group = 0; group < reader_->num_row_groups(); ++group) {
      auto batches = reader_->GetRecordBatchReader({group}, leaves);
      check_arrow(path_, kBadRows, batches.status());
      std::shared_ptr<arrow::RecordBatch> batch;
      for (;;) {
        check_arrow(path_, kBadRows, (*batches)->ReadNext(&batch));
        if (batch == nullptr) break;
        looks.step();
        check_arrow(path_, kBadRows, batch->Validate());
        Exported<ArrowArray> exported;
        Exported<ArrowSchema> schema;
        check_arrow(path_, kBadRows,
                    arrow::ExportRecordBatch(*batch, &exported.it, type ? nullptr : &schema.it));
        if (!type) type = arrow_type(schema.it);
        visit(*type, exported.it, row);
        row += batch->num_rows();
      }
    }
    if (row != rows_) {
      arrow_failed(path_, kBadRows,
                   "it says " + std::to_string(rows_) + " rows and holds " + std::to_string(row));
    }
  });
}

}  // namespace maskbench
