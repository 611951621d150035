// A Parquet file as the readers need it. For the .cpp files of this folder: no public header names Arrow.
#pragma once

#include <arrow/api.h>
#include <parquet/arrow/reader.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "datasets/readers/arrow_types.hpp"

namespace maskbench {

// Runs `work`; whatever Arrow throws becomes a UserError that names the file and says `what` failed.
void with_arrow(const std::string& file, const char* what, const std::function<void()>& work);

[[noreturn]] void arrow_failed(const std::string& file, const char* what, const std::string& reason);
// A MachineFault where the system's reason is one: a full disk is no fault of the file's.
void check_arrow(const std::string& file, const char* what, const arrow::Status& status);

class ParquetFile {
 public:
  // Reads the footer. UserError: missing, a folder, truncated, of another kind, or with a broken footer.
  explicit ParquetFile(std::string path);

  const std::string& path() const { return path_; }
  const ArrowType& schema() const { return schema_; }  // a struct of the columns
  Index rows() const { return rows_; }
  // Uncompressed bytes of a column: about its characters where it holds strings.
  Index bytes(const std::string& column) const;
  Index entries(const std::string& column) const;  // values in it, those of lists included
  bool has(const std::string& column) const;
  // The way to the column, through structs where its name has dots. UserError: none, with those there are; or
  // more than one.
  std::vector<std::size_t> path_of(const std::string& column) const;
  const ArrowType& type(const std::string& column) const;
  std::vector<std::string> names() const;
  // Metadata that a writer left beside the columns.
  std::shared_ptr<const arrow::KeyValueMetadata> metadata() const {
    return reader_->parquet_reader()->metadata()->key_value_metadata();
  }

  // Rows of the columns as a struct of the C data interface, row group by row group, a few thousand rows at a
  // time: visit(type of the struct, its rows, the first one's number).
  using Visit = std::function<void(const ArrowType&, const ArrowArray&, Index)>;
  void read(const std::vector<std::string>& columns, const Visit& visit) const;

 private:
  void open();
  std::vector<int> leaves_of(const std::string& column) const;
  template <class Of>
  Index total(const std::string& column, Of&& of) const;

  std::string path_;
  std::unique_ptr<arrow::MemoryPool> pages_;  // of what is read and unpacked
  std::unique_ptr<parquet::arrow::FileReader> reader_;
  ArrowType schema_;
  Index rows_ = 0;
};

}  // namespace maskbench
