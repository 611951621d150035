// A data set's twin whose features lie in a scratch file.
#pragma once

#include <filesystem>
#include <memory>

#include "datasets/core/dataset.hpp"

namespace maskbench::contract {

inline std::shared_ptr<const Dataset> in_scratch(const Dataset& data, std::size_t tile_bytes) {
  DatasetParts parts = data.parts();
  const auto file = std::make_shared<RowFile>(std::filesystem::temp_directory_path().string(), data.dims(),
                                              data.size(), tile_bytes);
  for_each_tile(data.feature_rows(), kTileBytes,
                [&](Index, MatrixView tile) { file->append(std::span(tile.data, tile.rows * tile.cols)); });
  parts.features.data = nullptr;
  parts.feature_file = file;
  return std::make_shared<const Dataset>(std::move(parts));
}

}  // namespace maskbench::contract
