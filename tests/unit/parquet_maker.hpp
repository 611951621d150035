// Small files for the readers' tests: Parquet from JSON literals, text files.
#pragma once

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <arrow/json/from_string.h>
#include <parquet/arrow/writer.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "datasets/core/types.hpp"
#include "tests/folder.hpp"

namespace maskbench::test {

inline std::string read_bytes(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline std::string write_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

template <class T>
T good(arrow::Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.status().ToString());
  return *std::move(result);
}

inline void good(const arrow::Status& status) {
  if (!status.ok()) throw std::runtime_error(status.ToString());
}

struct MadeColumn {
  std::string name;
  std::shared_ptr<arrow::Array> values;
};

inline MadeColumn column(std::string name, const std::shared_ptr<arrow::DataType>& type,
                         const std::string& json) {
  return {std::move(name), good(arrow::json::ArrayFromJSONString(type, json))};
}

// Writes the columns, by default two rows a row group, pages with checksums; returns the path.
inline std::string write_parquet(const std::string& path, const std::vector<MadeColumn>& columns,
                                 std::int64_t group = 2) {
  std::vector<std::shared_ptr<arrow::Field>> fields;
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (const MadeColumn& one : columns) {
    fields.push_back(arrow::field(one.name, one.values->type()));
    arrays.push_back(one.values);
  }
  const auto table = arrow::Table::Make(arrow::schema(fields), arrays);
  const auto out = good(arrow::io::FileOutputStream::Open(path));
  const auto properties = parquet::WriterProperties::Builder()
                              .enable_page_checksum()
                              ->compression(parquet::Compression::ZSTD)
                              ->build();
  const auto keep_schema = parquet::ArrowWriterProperties::Builder().store_schema()->build();
  good(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), out, group, properties, keep_schema));
  good(out->Close());
  return path;
}

// Runs `work`, which must throw a UserError whose message holds every part.
template <class Work>
void wants_user_error(Work&& work, const std::vector<std::string>& parts) {
  std::string message;
  try {
    work();
  } catch (const UserError& error) {
    message = error.what();
  }
  INFO("the message is: " << message);
  REQUIRE_FALSE(message.empty());
  for (const std::string& part : parts) {
    INFO("wanted: " << part);
    CHECK(message.find(part) != std::string::npos);
  }
}

}  // namespace maskbench::test
