#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/schema.h>

#include <algorithm>

#include "datasets/readers/table_reader.hpp"

namespace maskbench {
namespace {

bool among(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void add_parquet(const ReadRequest& request, const std::string& file, DataSize& size) {
  const auto metadata = parquet::ParquetFileReader::OpenFile(file)->metadata();
  size.rows += metadata->num_rows();
  for (int leaf = 0; leaf < metadata->num_columns(); ++leaf) {
    const std::vector<std::string> names = metadata->schema()->Column(leaf)->path()->ToDotVector();
    const std::string& name = names.front();
    const bool string = name == request.id || name == request.text;
    const bool matrix = std::any_of(request.matrices.begin(), request.matrices.end(),
                                    [&](const auto& one) { return one.second == name; });
    const bool features = request.features.empty() ? names.size() > 1 && !matrix : name == request.features;
    const bool column = name == request.length || matrix || among(request.quality, name) ||
                        among(request.scores, name) || among(request.labels, name) ||
                        among(request.measures, name);
    for (int group = 0; group < metadata->num_row_groups(); ++group) {
      const auto chunk = metadata->RowGroup(group)->ColumnChunk(leaf);
      if (features) size.features += chunk->num_values() * 4;
      if (column) size.columns += chunk->num_values() * 4;
      if (string) size.columns += chunk->total_uncompressed_size() + chunk->num_values() * 8;
    }
  }
}

}  // namespace

DataSize table_size(const ReadRequest& request) {
  DataSize size;
  for (const FileStamp& stamp : stamp_files(request.files)) {
    if (stamp.path.ends_with(".npy")) {
      size.features += stamp.size;
      continue;
    }
    if (stamp.path.ends_with(".jsonl")) {
      size.columns += stamp.size;
      continue;
    }
    DataSize whole = size;
    try {
      add_parquet(request, stamp.path, whole);
    } catch (const std::exception&) {
      continue;  // reading it says better what is wrong with it
    }
    size = whole;
  }
  return size;
}

}  // namespace maskbench
