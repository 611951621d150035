// A data file of any format read as `select` reads it, in every role that its columns can have.
#pragma once

#include <string>

#include "datasets/readers/table_reader.hpp"

namespace maskbench::fuzz {

// The first letter of `how` picks what is done with missing values, with unit rows and with the features.
inline void read_all(const std::string& path, unsigned char how) {
  ReadRequest request;
  request.files = {path};
  request.features_optional = true;
  request.unit_rows = (how & 1) != 0;
  request.exact_scores = (how & 2) != 0;
  if ((how & 4) != 0) request.missing = {{"", MissingRule::How::drop, ""}};
  if ((how & 8) != 0) request.features = "features";
  if ((how & 16) != 0) request.id = "id";
  if ((how & 32) != 0) request.text = "text", request.measures = {"characters", "bytes"};
  if ((how & 64) != 0) request.length = "length";
  if ((how & 128) != 0) request.quality = {"meta.score:asc"};
  table_size(request);
  ReadReport report;
  const auto data = read_table(all_columns(request), &report);
  data->digest();
}

}  // namespace maskbench::fuzz
