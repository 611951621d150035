#include <arrow/io/file.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/properties.h>
#include <parquet/schema.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <new>

#include "datasets/readers/arrow_columns.hpp"

namespace maskbench {
namespace {

constexpr Index kBatchRows = 1024;
constexpr Index kStreamBytes = 1 << 18;      // read ahead per column
constexpr Index kMostRows = Index{1} << 48;  // beyond them a footer is wrong
constexpr Index kMostBytes = Index{1} << 56;
constexpr const char* kBadFooter = "truncated or damaged, its footer cannot be read";
constexpr const char* kBadRows = "truncated or damaged, its rows cannot be read";

void check_kind(const std::string& path) {
  stamp_files({path});  // there, and a file
  std::ifstream file(path, std::ios::binary);
  if (!file) throw UserError(path + ": cannot be opened for reading");
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

void with_arrow(const std::string& file, const char* what, const std::function<void()>& work) {
  try {
    work();
  } catch (const UserError&) {
    throw;
  } catch (const std::bad_alloc&) {
    arrow_failed(file, what, "more memory is asked for than there is");
  } catch (const std::exception& error) {
    arrow_failed(file, what, error.what());
  }
}

ParquetFile::ParquetFile(std::string path) : path_(std::move(path)) {
  check_kind(path_);
  with_arrow(path_, kBadFooter, [&] {
    // The system's pool gives memory back as soon as a batch is done with.
    arrow::MemoryPool* pool = arrow::system_memory_pool();
    parquet::ReaderProperties file_properties(pool);
    file_properties.enable_buffered_stream();  // pages, never a whole column chunk
    file_properties.set_buffer_size(kStreamBytes);
    file_properties.set_page_checksum_verification(true);
    parquet::ArrowReaderProperties properties(false);
    properties.set_pre_buffer(false);
    properties.set_batch_size(kBatchRows);

    auto opened = arrow::io::ReadableFile::Open(path_, pool);
    check_arrow(path_, kBadFooter, opened.status());
    parquet::arrow::FileReaderBuilder builder;
    check_arrow(path_, kBadFooter, builder.Open(*opened, file_properties));
    check_arrow(path_, kBadFooter, builder.memory_pool(pool)->properties(properties)->Build(&reader_));
    check_arrow(path_, kBadFooter, reader_->GetSchema(&schema_));

    const auto metadata = reader_->parquet_reader()->metadata();
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
  return schema_->field_names();
}

const arrow::Field& ParquetFile::field(const std::string& column) const {
  const std::vector<int> found = schema_->GetAllFieldIndices(column);
  if (found.empty()) throw UserError(path_ + ": no column \"" + column + "\"; it has: " + listed(names()));
  if (found.size() > 1) {
    throw UserError(path_ + ": " + std::to_string(found.size()) + " columns are named \"" + column +
                    "\"; names must differ; it has: " + listed(names()));
  }
  return *schema_->field(found.front());
}

std::vector<int> ParquetFile::leaves_of(const std::string& column) const {
  const parquet::SchemaDescriptor* schema = reader_->parquet_reader()->metadata()->schema();
  std::vector<int> leaves;
  for (int leaf = 0; leaf < schema->num_columns(); ++leaf) {
    if (schema->GetColumnRoot(leaf)->name() == column) leaves.push_back(leaf);
  }
  return leaves;
}

Index ParquetFile::bytes(const std::string& column) const {
  Index total = 0;
  with_arrow(path_, kBadFooter, [&] {
    const auto metadata = reader_->parquet_reader()->metadata();
    for (int group = 0; group < metadata->num_row_groups(); ++group) {
      for (const int leaf : leaves_of(column)) {
        const Index bytes = metadata->RowGroup(group)->ColumnChunk(leaf)->total_uncompressed_size();
        total += std::clamp<Index>(bytes, 0, kMostBytes - total);  // a damaged footer may say anything
      }
    }
  });
  return total;
}

void ParquetFile::read(const std::vector<std::string>& columns,
                       const std::function<void(const arrow::RecordBatch&, Index)>& visit) const {
  with_arrow(path_, kBadRows, [&] {
    std::vector<int> leaves;
    for (const std::string& column : columns) {
      for (const int leaf : leaves_of(column)) leaves.push_back(leaf);
    }
    Index row = 0;
    for (int group = 0; group < reader_->num_row_groups(); ++group) {
      auto batches = reader_->GetRecordBatchReader({group}, leaves);
      check_arrow(path_, kBadRows, batches.status());
      std::shared_ptr<arrow::RecordBatch> batch;
      for (;;) {
        check_arrow(path_, kBadRows, (*batches)->ReadNext(&batch));
        if (batch == nullptr) break;
        check_arrow(path_, kBadRows, batch->Validate());
        visit(*batch, row);
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
