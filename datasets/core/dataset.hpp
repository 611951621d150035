// A finite ground set V = {0, ..., n-1}: immutable columns, owned or memory-mapped.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/core/feature_rows.hpp"
#include "datasets/core/score_column.hpp"
#include "datasets/core/types.hpp"

namespace maskbench {

class Dataset;

// n strings end to end: string i is chars[offsets[i] .. offsets[i + 1]).
struct StringColumn {
  std::span<const std::int64_t> offsets;  // n + 1, or empty: no such column
  const char* chars = nullptr;

  bool empty() const { return offsets.empty(); }
  std::string_view operator[](Index i) const {
    return std::string_view(chars + offsets[i], offsets[i + 1] - offsets[i]);
  }
};

template <class T>
using Columns = std::map<std::string, T, std::less<>>;

// What a data set is made of; the views point into `owners`.
struct DatasetParts {
  std::string name;
  std::string digest;  // sha256, hex, of all that methods see; "": computed when it is asked for
  Index size = 0;
  std::string features_name;  // "" where there are no features
  MatrixView features;        // n x d; without data where they lie in `feature_file`
  std::shared_ptr<const RowFile> feature_file;
  bool unit_rows = true;  // rows were brought to unit norm on reading
  Columns<std::span<const float>> scores;
  Columns<WideScore> wide_scores;  // beside `scores`, of the columns that float32 does not hold
  Columns<std::span<const std::int32_t>> labels;
  Columns<std::vector<std::string>>
      label_names;  // what number 0, 1, ... of a label stands for, where not itself
  Columns<std::span<const std::int32_t>> sizes;  // "tokens", "bytes", "characters"
  Columns<TensorView> matrices;
  StringColumn ids, text;
  std::vector<std::string>
      quality_columns;  // the scores that make its quality unless the caller names others
  Columns<std::shared_ptr<const Dataset>> related;
  std::span<const Index>
      source_rows;  // ascending; where rows of the source were left out: what each row was there
  std::vector<std::shared_ptr<const void>> owners;

  FeatureRows feature_rows() const {
    return feature_file ? FeatureRows(*feature_file) : FeatureRows(features);
  }
};

// Rows and bytes of a data set, as far as they are known before it is read.
struct DataSize {
  Index rows = 0;
  std::int64_t features = 0, columns = 0;  // bytes: of the n x d features, of all else
};

class Dataset {
 public:
  explicit Dataset(DatasetParts parts) : parts_(std::move(parts)), digest_(parts_.digest) {
    if (parts_.features.cols == 0) parts_.features.rows = parts_.size;  // no features: rows of no entries
  }

  const std::string& name() const { return parts_.name; }
  const std::string& digest() const;  // reads all data, once
  Index size() const { return parts_.size; }

  Index dims() const { return parts_.features.cols; }                 // d; 0 where there are no features
  FeatureRows feature_rows() const { return parts_.feature_rows(); }  // n x d, in memory or in a scratch file
  MatrixView features() const {
    return parts_.feature_rows().in_memory();
  }  // n x d; UserError: in a scratch file
  TensorView matrix(std::string_view column) const { return find(parts_.matrices, "matrix", column); }
  std::span<const float> score(std::string_view column) const { return find(parts_.scores, "score", column); }
  // The same column, where float32 does not hold it, as its source has it: for what ranks.
  ScoreColumn exact_score(std::string_view column) const {
    const auto wide = parts_.wide_scores.find(column);
    return {score(column), wide == parts_.wide_scores.end() ? WideScore{} : wide->second};
  }
  std::span<const std::int32_t> label(std::string_view column) const {
    return find(parts_.labels, "label", column);
  }
  // Null where a label's numbers are its values.
  const std::vector<std::string>* label_names(std::string_view column) const {
    const auto found = parts_.label_names.find(column);
    return found == parts_.label_names.end() ? nullptr : &found->second;
  }

  // Tokens, bytes or characters of each row; UserError where the source has none.
  std::span<const std::int32_t> sizes(std::string_view measure) const {
    return find(parts_.sizes, "size", measure);
  }
  std::span<const std::int32_t> lengths() const { return sizes("tokens"); }
  bool has_sizes(std::string_view measure) const { return parts_.sizes.contains(measure); }

  std::string_view id(Index i) const { return parts_.ids[i]; }
  std::string_view text(Index i) const { return parts_.text[i]; }
  bool has_ids() const { return !parts_.ids.empty(); }
  bool has_text() const { return !parts_.text.empty(); }

  // The row's number in its source, which counts rows that were left out on reading.
  Index source_row(Index i) const { return parts_.source_rows.empty() ? i : parts_.source_rows[i]; }

  const Dataset* related(std::string_view role) const {
    const auto found = parts_.related.find(role);
    return found == parts_.related.end() ? nullptr : found->second.get();
  }

  const std::vector<std::string>& quality_columns() const { return parts_.quality_columns; }
  const DatasetParts& parts() const { return parts_; }

 private:
  template <class T>
  T find(const Columns<T>& columns, const char* kind, std::string_view name) const {
    const auto found = columns.find(name);
    if (found != columns.end()) return found->second;
    std::string known;
    for (const auto& column : columns) known += (known.empty() ? "" : ", ") + column.first;
    throw UserError("data set " + parts_.name + " has no " + kind + " column \"" + std::string(name) +
                    "\"; it has: " + (known.empty() ? "none" : known));
  }

  DatasetParts parts_;
  mutable std::mutex digesting_;
  mutable std::string digest_;  // "": not asked for yet
};

// Numbers that somebody else holds: what `owner` keeps alive, and must not change.
template <class T>
struct Borrowed {
  std::span<const T> values;
  std::shared_ptr<const void> owner;
};

// Columns on their way into a Dataset. build() checks them. Borrowed columns are not copied.
class DatasetBuilder {
 public:
  // `locate` names a row in errors ("part-1.parquet, row 17"); by default "row i".
  DatasetBuilder(std::string name, Index rows, std::function<std::string(Index)> locate = {});

  void features(std::string column, std::vector<float> values, Index cols,
                bool unit_rows = true);  // rows x cols
  // False: rows had to be brought to unit norm, in a copy.
  bool features(std::string column, MatrixView rows, std::shared_ptr<const void> owner,
                bool unit_rows = true);
  void features(std::string column, std::shared_ptr<const RowFile> file,
                bool unit_rows = true);  // after check_rows()
  void score(std::string column, std::vector<float> values);
  void score(std::string column, Borrowed<float> values);
  void wide_score(std::string column, std::vector<double> values);
  void wide_score(std::string column, std::vector<std::int64_t> values, bool natural);
  void label(std::string column, std::vector<std::int32_t> values, std::vector<std::string> names = {});
  void label(std::string column, Borrowed<std::int32_t> values);
  void sizes(std::string measure, std::string column, std::vector<std::int32_t> values);  // >= 0
  void sizes(std::string measure, std::string column, Borrowed<std::int32_t> values);
  void matrix(std::string column, std::vector<float> values, Index cols);
  void matrix(std::string column, std::vector<std::int32_t> values, Index cols);
  void ids(std::string column, const std::vector<std::string>& values);  // distinct
  // Distinct from each of `starts` on to the next.
  void ids(std::string column, std::vector<std::int64_t> offsets, std::string chars,
           const std::vector<Index>& starts = {0});
  void text(std::vector<std::int64_t> offsets, std::string chars);
  void related(std::string role, std::shared_ptr<const Dataset> other);
  void quality_columns(std::vector<std::string> columns);
  void source_rows(std::vector<Index> rows);

  // UserError with the row's place for: no rows; a non-finite feature, score or matrix entry; a zero row
  // where unit rows are asked for; a negative length; a repeated id.
  std::shared_ptr<const Dataset> build();

 private:
  template <class T>
  Borrowed<T> kept(std::vector<T> values);
  template <class T>
  std::span<const T> held(Borrowed<T> column);

  DatasetParts parts_;
  std::function<std::string(Index)> locate_;
};

// What features undergo on reading, in place: rows are brought to unit norm where that is asked for (one
// within 1e-5 of it stays bit for bit, others are divided by their float64 norm and rounded once). UserError
// for a non-finite row, and for a zero row that shall have unit norm; with `zeros`, these are listed there
// instead.
void check_rows(std::span<float> values, Index cols, bool unit_rows, const std::string& column,
                const std::function<std::string(Index)>& locate, std::vector<Index>* zeros = nullptr);

// sha256, hex, of all that methods see: shapes, names and bytes of every column, and the related data sets'
// digests.
std::string digest_of(const DatasetParts& parts);

}  // namespace maskbench
