#include "datasets/core/dataset.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "datasets/core/sha256.hpp"
#include "datasets/core/watch.hpp"

namespace maskbench {
namespace {

template <class T>
void digest_columns(Sha256& sha, const char* kind, const Columns<std::span<const T>>& columns) {
  for (const auto& [name, values] : columns) {
    sha.text(kind);
    sha.text(name);
    sha.bytes(values.data(), values.size_bytes());
  }
}

void digest_strings(Sha256& sha, const char* kind, const StringColumn& column) {
  if (column.empty()) return;
  sha.text(kind);
  sha.bytes(column.offsets.data(), column.offsets.size_bytes());
  sha.bytes(column.chars, column.offsets.back());
}

// What row i needs: nothing, a division by its norm, or a complaint.
enum class RowState { unit, other, bad };

RowState state_of(const float* row, Index cols, double& norm) {
  double squares = 0;
  for (Index k = 0; k < cols; ++k) squares += static_cast<double>(row[k]) * static_cast<double>(row[k]);
  norm = std::sqrt(squares);
  if (!std::isfinite(norm) || norm == 0) return RowState::bad;
  return std::abs(norm - 1) > 1e-5 ? RowState::other : RowState::unit;
}

constexpr Index kRowsPerLook = 256;  // between two looks

// Keeps a vector alive as long as the parts, and shows it.
template <class T>
std::span<const T> own(DatasetParts& parts, std::vector<T> values) {
  const auto kept = std::make_shared<const std::vector<T>>(std::move(values));
  parts.owners.push_back(kept);
  return *kept;
}

void check_finite(std::span<const float> values, Index cols, const std::string& kind,
                  const std::string& column, const std::function<std::string(Index)>& locate) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i])) continue;
    const Index row = static_cast<Index>(i) / std::max<Index>(cols, 1);
    throw UserError(locate(row) + ", " + kind + " column \"" + column +
                    "\": " + (std::isnan(values[i]) ? "not a number" : "infinite") +
                    "; only finite numbers are allowed");
  }
}

template <class T>
void check_count(std::size_t given, Index rows, Index cols, const T& column) {
  MASKBENCH_CHECK(static_cast<Index>(given) == rows * cols, "column " + std::string(column) + " has " +
                                                                std::to_string(given) + " values for " +
                                                                std::to_string(rows) + " rows");
}

}  // namespace

std::string digest_of(const DatasetParts& parts) {
  Sha256 sha;
  sha.text("maskbench data 1");
  sha.number(parts.size);
  sha.number(parts.features.cols);
  Looks looks(parts.size * parts.features.cols * static_cast<Index>(sizeof(float)) /
                  static_cast<Index>(kTileBytes) +
              1);
  for_each_tile(parts.feature_rows(), kTileBytes, [&](Index, MatrixView tile) {
    looks.step();
    for (Index i = 0; i < tile.rows; ++i) sha.bytes(tile.row(i), tile.cols * sizeof(float));
  });
  digest_columns(sha, "score", parts.scores);
  for (const auto& [name, wide] : parts.wide_scores) {
    sha.text(wide.natural ? "natural score" : wide.reals.empty() ? "integer score" : "wide score");
    sha.text(name);
    sha.bytes(wide.reals.data(), wide.reals.size_bytes());
    sha.bytes(wide.integers.data(), wide.integers.size_bytes());
  }
  digest_columns(sha, "label", parts.labels);
  digest_columns(sha, "size", parts.sizes);
  for (const auto& [name, matrix] : parts.matrices) {
    sha.text("matrix");
    sha.text(name);
    sha.number(static_cast<std::int64_t>(matrix.type));
    sha.number(matrix.cols);
    const auto* bytes = static_cast<const std::byte*>(matrix.data);
    const std::size_t width = bytes_of(matrix.type);
    for (Index i = 0; i < matrix.rows; ++i) {
      sha.bytes(bytes + i * matrix.stride * width, matrix.cols * width);
    }
  }
  digest_strings(sha, "id", parts.ids);
  digest_strings(sha, "text", parts.text);
  for (const auto& [role, other] : parts.related) {
    sha.text("related");
    sha.text(role);
    sha.text(other->digest());
  }
  return sha.hex();
}

const std::string& Dataset::digest() const {
  const std::lock_guard lock(digesting_);
  if (digest_.empty()) digest_ = digest_of(parts_);
  return digest_;
}

void check_rows(std::span<float> values, Index cols, bool unit_rows, const std::string& column,
                const std::function<std::string(Index)>& locate, std::vector<Index>* zeros) {
  if (!unit_rows) return check_finite(values, cols, "feature", column, locate);
  const Index rows = cols == 0 ? 0 : static_cast<Index>(values.size()) / cols;
  constexpr Index kNone = std::numeric_limits<Index>::max();
  Index bad = kNone;  // the first, whatever the thread count
  std::vector<char> zero(zeros == nullptr ? 0 : rows);
  Looks looks((rows + kRowsPerLook - 1) / kRowsPerLook);
#pragma omp parallel for schedule(static) reduction(min : bad)
  for (Index first = 0; first < rows; first += kRowsPerLook) {
    if (looks.stopped()) continue;
    for (Index i = first; i < std::min(rows, first + kRowsPerLook); ++i) {
      float* row = values.data() + i * cols;
      double norm = 0;
      const RowState state = state_of(row, cols, norm);
      if (state == RowState::bad && norm == 0 && zeros != nullptr)
        zero[i] = 1;
      else if (state == RowState::bad)
        bad = std::min(bad, i);
      for (Index k = 0; state == RowState::other && k < cols; ++k)
        row[k] = static_cast<float>(static_cast<double>(row[k]) / norm);
    }
  }
  looks.finish();
  for (std::size_t i = 0; i < zero.size(); ++i) {
    if (zero[i] != 0) zeros->push_back(static_cast<Index>(i));
  }
  if (bad == kNone) return;
  check_finite(values.subspan(bad * cols, cols), cols, "feature", column, [&](Index) { return locate(bad); });
  throw UserError(locate(bad) + ", feature column \"" + column +
                  "\": all zeros, so it has no direction; unit rows are asked for (--missing " + column +
                  "=drop leaves such rows out)");
}

DatasetBuilder::DatasetBuilder(std::string name, Index rows, std::function<std::string(Index)> locate)
    : locate_(std::move(locate)) {
  parts_.name = std::move(name);
  parts_.size = rows;
  if (!locate_) locate_ = [data = parts_.name](Index row) { return data + ", row " + std::to_string(row); };
  if (rows <= 0) throw UserError(parts_.name + " has no rows; at least one is needed");
}

void DatasetBuilder::features(std::string column, std::vector<float> values, Index cols, bool unit_rows) {
  check_count(values.size(), parts_.size, cols, column);
  check_rows(values, cols, unit_rows, column, locate_);
  parts_.features = {own(parts_, std::move(values)).data(), parts_.size, cols, cols};
  parts_.features_name = std::move(column);
  parts_.unit_rows = unit_rows;
}

bool DatasetBuilder::features(std::string column, MatrixView rows, std::shared_ptr<const void> owner,
                              bool unit_rows) {
  check_count(rows.rows * rows.cols, parts_.size, rows.cols, column);
  bool as_it_is = true;
  Looks looks((rows.rows + kRowsPerLook - 1) / kRowsPerLook);
#pragma omp parallel for schedule(static) reduction(&& : as_it_is)
  for (Index first = 0; first < rows.rows; first += kRowsPerLook) {
    if (!as_it_is || looks.stopped()) continue;
    double norm = 0;
    for (Index i = first; i < std::min(rows.rows, first + kRowsPerLook) && as_it_is; ++i) {
      const RowState state = state_of(rows.row(i), rows.cols, norm);
      as_it_is = state == RowState::unit || (!unit_rows && (state == RowState::other || norm == 0));
    }
  }
  looks.finish();
  if (!as_it_is) {  // a copy, whose check says what is wrong or puts it right
    std::vector<float> values(static_cast<std::size_t>(rows.rows * rows.cols));
    for (Index i = 0; i < rows.rows; ++i) std::copy_n(rows.row(i), rows.cols, values.data() + i * rows.cols);
    features(std::move(column), std::move(values), rows.cols, unit_rows);
    return false;
  }
  parts_.features = rows;
  parts_.features_name = std::move(column);
  parts_.unit_rows = unit_rows;
  parts_.owners.push_back(std::move(owner));
  return true;
}

void DatasetBuilder::features(std::string column, std::shared_ptr<const RowFile> file, bool unit_rows) {
  check_count(file->rows() * file->cols(), parts_.size, file->cols(), column);
  parts_.features = {nullptr, file->rows(), file->cols(), file->cols()};
  parts_.feature_file = std::move(file);
  parts_.features_name = std::move(column);
  parts_.unit_rows = unit_rows;
}

template <class T>
Borrowed<T> DatasetBuilder::kept(std::vector<T> values) {
  const auto owner = std::make_shared<const std::vector<T>>(std::move(values));
  return {*owner, owner};
}

template <class T>
std::span<const T> DatasetBuilder::held(Borrowed<T> column) {
  parts_.owners.push_back(std::move(column.owner));
  return column.values;
}

void DatasetBuilder::score(std::string column, std::vector<float> values) {
  score(std::move(column), kept(std::move(values)));
}

void DatasetBuilder::score(std::string column, Borrowed<float> values) {
  check_count(values.values.size(), parts_.size, 1, column);
  check_finite(values.values, 1, "score", column, locate_);
  parts_.scores[std::move(column)] = held(std::move(values));
}

void DatasetBuilder::wide_score(std::string column, std::vector<double> values) {
  constexpr double kLargest = std::numeric_limits<float>::max();
  std::vector<float> narrow;
  narrow.reserve(values.size());
  for (const double value : values) {
    if (!std::isfinite(value)) {
      narrow.push_back(static_cast<float>(value));
      break;
    }
    narrow.push_back(static_cast<float>(std::clamp(value, -kLargest, kLargest)));
  }
  check_finite(narrow, 1, "score", column, locate_);
  score(column, std::move(narrow));
  parts_.wide_scores[std::move(column)].reals = own(parts_, std::move(values));
}

void DatasetBuilder::wide_score(std::string column, std::vector<std::int64_t> values, bool natural) {
  const std::span<const std::int64_t> kept = own(parts_, std::move(values));
  const WideScore wide{{}, kept, natural};
  const ScoreColumn all({}, wide);
  std::vector<float> narrow;
  narrow.reserve(kept.size());
  for (Index i = 0; i < all.size(); ++i) narrow.push_back(static_cast<float>(all[i]));
  score(column, std::move(narrow));
  parts_.wide_scores[std::move(column)] = wide;
}

void DatasetBuilder::label(std::string column, std::vector<std::int32_t> values,
                           std::vector<std::string> names) {
  if (!names.empty()) parts_.label_names[column] = std::move(names);
  label(std::move(column), kept(std::move(values)));
}

void DatasetBuilder::label(std::string column, Borrowed<std::int32_t> values) {
  check_count(values.values.size(), parts_.size, 1, column);
  parts_.labels[std::move(column)] = held(std::move(values));
}

void DatasetBuilder::sizes(std::string measure, std::string column, std::vector<std::int32_t> values) {
  sizes(std::move(measure), std::move(column), kept(std::move(values)));
}

void DatasetBuilder::sizes(std::string measure, std::string column, Borrowed<std::int32_t> values) {
  check_count(values.values.size(), parts_.size, 1, column);
  for (std::size_t i = 0; i < values.values.size(); ++i) {
    if (values.values[i] >= 0) continue;
    throw UserError(locate_(static_cast<Index>(i)) + ", length column \"" + column +
                    "\": " + std::to_string(values.values[i]) + "; a length is 0 or more");
  }
  parts_.sizes[std::move(measure)] = held(std::move(values));
}

void DatasetBuilder::matrix(std::string column, std::vector<float> values, Index cols) {
  check_count(values.size(), parts_.size, cols, column);
  check_finite(values, cols, "matrix", column, locate_);
  parts_.matrices[std::move(column)] = {own(parts_, std::move(values)).data(), DType::f32, parts_.size, cols,
                                        cols};
}

void DatasetBuilder::matrix(std::string column, std::vector<std::int32_t> values, Index cols) {
  check_count(values.size(), parts_.size, cols, column);
  parts_.matrices[std::move(column)] = {own(parts_, std::move(values)).data(), DType::i32, parts_.size, cols,
                                        cols};
}

void DatasetBuilder::ids(std::string column, const std::vector<std::string>& values) {
  std::vector<std::int64_t> offsets{0};
  std::string chars;
  for (const std::string& value : values) {
    chars += value;
    offsets.push_back(static_cast<std::int64_t>(chars.size()));
  }
  ids(std::move(column), std::move(offsets), std::move(chars));
}

void DatasetBuilder::ids(std::string column, std::vector<std::int64_t> offsets, std::string chars,
                         const std::vector<Index>& starts) {
  check_count(offsets.size(), parts_.size + 1, 1, column);
  const auto kept = std::make_shared<const std::string>(std::move(chars));
  parts_.owners.push_back(kept);
  parts_.ids = {own(parts_, std::move(offsets)), kept->data()};

  // Sorted rows instead of a hash table: eight bytes a row beside the columns.
  std::vector<Index> order(parts_.size);
  std::iota(order.begin(), order.end(), Index{0});
  const auto scope = [&](Index row) { return std::upper_bound(starts.begin(), starts.end(), row); };
  std::sort(order.begin(), order.end(), [&](Index a, Index b) {
    const int compared = parts_.ids[a].compare(parts_.ids[b]);
    return compared != 0 ? compared < 0 : a < b;
  });
  std::pair<Index, Index> repeat{parts_.size, 0};  // the first row whose id was there before, and where
  for (std::size_t i = 1; i < order.size(); ++i) {
    if (order[i] < repeat.first && parts_.ids[order[i - 1]] == parts_.ids[order[i]] &&
        scope(order[i - 1]) == scope(order[i]))
      repeat = {order[i], order[i - 1]};
  }
  if (repeat.first < parts_.size) {
    throw UserError(locate_(repeat.first) + ", id column \"" + column + "\": \"" +
                    std::string(parts_.ids[repeat.first]) + "\" is also the id of " + locate_(repeat.second) +
                    "; ids must differ (--id-scope file: within each file)");
  }
}

void DatasetBuilder::text(std::vector<std::int64_t> offsets, std::string chars) {
  check_count(offsets.size(), parts_.size + 1, 1, "text");
  const auto kept = std::make_shared<const std::string>(std::move(chars));
  parts_.owners.push_back(kept);
  parts_.text = {own(parts_, std::move(offsets)), kept->data()};
}

void DatasetBuilder::related(std::string role, std::shared_ptr<const Dataset> other) {
  parts_.related[std::move(role)] = std::move(other);
}

void DatasetBuilder::quality_columns(std::vector<std::string> columns) {
  parts_.quality_columns = std::move(columns);
}

void DatasetBuilder::source_rows(std::vector<Index> rows) {
  check_count(rows.size(), parts_.size, 1, "source rows");
  parts_.source_rows = own(parts_, std::move(rows));
}

std::shared_ptr<const Dataset> DatasetBuilder::build() {
  for (const std::string& column : parts_.quality_columns) {
    MASKBENCH_CHECK(parts_.scores.contains(column), "quality column " + column + " is a score");
  }
  return std::make_shared<const Dataset>(std::move(parts_));
}

}  // namespace maskbench
