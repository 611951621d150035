// Parquet files and Arrow arrays as the readers need them. For the .cpp files of this folder: no public
// header names Arrow.
#pragma once

#include <arrow/api.h>
#include <parquet/arrow/reader.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "datasets/readers/gathered.hpp"

namespace maskbench {

// Runs `work`; whatever Arrow throws becomes a UserError that names the file and says `what` failed.
void with_arrow(const std::string& file, const char* what, const std::function<void()>& work);

[[noreturn]] void arrow_failed(const std::string& file, const char* what, const std::string& reason);
inline void check_arrow(const std::string& file, const char* what, const arrow::Status& status) {
  if (status.ok()) return;
  const auto& detail = status.detail();  // the system's reason, where it is one
  arrow_failed(file, what, status.message() + (detail ? ": " + detail->ToString() : ""));
}

class ParquetFile {
 public:
  // Reads the footer. UserError: missing, a folder, truncated, of another kind, or with a broken footer.
  explicit ParquetFile(std::string path);

  const std::string& path() const { return path_; }
  const arrow::Schema& schema() const { return *schema_; }
  Index rows() const { return rows_; }
  // Uncompressed bytes of a column: about its characters where it holds strings.
  Index bytes(const std::string& column) const;
  // The field of that name. UserError: none, with those there are; or more than one.
  const arrow::Field& field(const std::string& column) const;
  std::vector<std::string> names() const;
  // Metadata that a writer left beside the columns.
  std::shared_ptr<const arrow::KeyValueMetadata> metadata() const {
    return reader_->parquet_reader()->metadata()->key_value_metadata();
  }

  // The columns in order, row group by row group, a few thousand rows at a time: visit(batch, its first row).
  void read(const std::vector<std::string>& columns,
            const std::function<void(const arrow::RecordBatch&, Index)>& visit) const;

 private:
  std::vector<int> leaves_of(const std::string& column) const;

  std::string path_;
  std::unique_ptr<parquet::arrow::FileReader> reader_;
  std::shared_ptr<arrow::Schema> schema_;
  Index rows_ = 0;
};

// Whether a column of this type can be read as `role`, and in words what could.
bool fits(Role role, const arrow::DataType& type);
const char* types_of(Role role);

// Lists of float16/32/64, of fixed length or not.
bool is_list_of_floats(const arrow::DataType& type);

// The same values and nesting; field names inside lists do not count.
bool same_type(const arrow::DataType& left, const arrow::DataType& right);

// Appends a batch's column, whose type fits. UserError: a null, a value out of range, lists of different
// lengths.
void append(Gathered& column, const arrow::Array& values, const ReadPlace& place);

// An integer column as int64.
void append_integers(std::vector<std::int64_t>& all, const arrow::Array& values, const ReadPlace& place);

}  // namespace maskbench
