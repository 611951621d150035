#include <algorithm>
#include <limits>
#include <utility>

#include "datasets/readers/gathered.hpp"

namespace maskbench {
namespace {

// Characters are Unicode code points: all bytes but UTF-8 continuations.
std::int64_t measure(std::string_view text, bool characters) {
  if (!characters) return static_cast<std::int64_t>(text.size());
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xc0u) != 0x80u; });
}

void measure_text(Gathered& size, const Gathered& text, const std::function<std::string(Index)>& locate) {
  const StringColumn column{text.offsets, text.chars.data()};
  size.integers.reserve(text.rows);
  for (Index i = 0; i < text.rows; ++i) {
    const std::int64_t measured = measure(column[i], size.name == "characters");
    if (measured > std::numeric_limits<std::int32_t>::max())
      throw UserError(locate(i) + ", column \"" + text.column + "\": a text of 2 GiB or more");
    size.integers.push_back(static_cast<std::int32_t>(measured));
  }
  size.rows = text.rows;
}

// Rows without a value are filled, or dropped; the rows that stay, or nothing where all do.
std::vector<Index> settle_missing(std::vector<Gathered>& columns, Index rows,
                                  const std::function<std::string(Index)>& locate, ReadReport& report) {
  std::vector<bool> stays(static_cast<std::size_t>(rows), true);
  for (Gathered& one : columns) {
    if (one.from_text || one.rule.how == MissingRule::How::error) continue;
    if (one.role == Role::features && !one.scratch_file)
      check_rows(one.floats, one.cols, one.unit_rows, one.column, locate, &one.missing);
    std::sort(one.missing.begin(), one.missing.end());
    one.missing.erase(std::unique(one.missing.begin(), one.missing.end()), one.missing.end());
    if (one.missing.empty()) continue;
    report.missing.push_back({one.column, one.rule, static_cast<Index>(one.missing.size())});
    if (one.rule.how != MissingRule::How::drop) {
      one.fill_missing(locate);
      continue;
    }
    for (const Index row : one.missing) stays[static_cast<std::size_t>(row)] = false;
  }
  std::vector<Index> left;
  if (std::find(stays.begin(), stays.end(), false) == stays.end()) return left;
  for (std::size_t row = 0; row < stays.size(); ++row) {
    if (stays[row]) left.push_back(static_cast<Index>(row));
  }
  if (left.empty()) throw UserError(locate(0) + ": --missing drop leaves no row");
  for (Gathered& one : columns) {
    if (!one.from_text) one.keep(stays);
  }
  return left;
}

// The first row of each file among those that are left.
std::vector<Index> file_starts(const ReadReport& report, const std::vector<Index>& left) {
  std::vector<Index> starts;
  for (const ShardRows& shard : report.shards) {
    const auto at = std::lower_bound(left.begin(), left.end(), shard.first);
    starts.push_back(left.empty() ? shard.first : static_cast<Index>(at - left.begin()));
  }
  return starts;
}

void add_score(DatasetBuilder& builder, Gathered& one, bool exact) {
  if (one.descending) one.scores.negate();
  if (!exact) one.scores.round();
  const ScoreColumn all = one.scores.column();
  if (!all.wide()) return builder.score(one.name, std::move(one.scores.floats));
  if (one.scores.reals.empty())
    builder.wide_score(one.name, std::move(one.scores.integers), one.scores.natural);
  else
    builder.wide_score(one.name, std::move(one.scores.reals));
}

}  // namespace

std::shared_ptr<const Dataset> finish(const ReadRequest& request, std::vector<Gathered> columns, Index rows,
                                      const std::function<std::string(Index)>& in_files, ReadReport& report) {
  for (const Gathered& one : columns)
    MASKBENCH_CHECK(one.from_text || one.rows == rows, "column " + one.column + " is whole");
  std::vector<Index> left = settle_missing(columns, rows, in_files, report);
  const bool all = left.empty();
  const auto locate = [&](Index row) { return in_files(all ? row : left[static_cast<std::size_t>(row)]); };
  const auto text = std::find_if(columns.begin(), columns.end(),
                                 [](const Gathered& one) { return one.role == Role::text; });
  for (Gathered& one : columns) {
    if (one.from_text) measure_text(one, *text, locate);
  }
  DatasetBuilder builder(request.name, all ? rows : static_cast<Index>(left.size()), locate);
  for (Gathered& one : columns) {
    switch (one.role) {
      case Role::features:
        if (one.scratch_file)
          builder.features(one.column, one.scratch_file, request.unit_rows);
        else
          builder.features(one.column, std::move(one.floats), one.cols, request.unit_rows);
        break;
      case Role::score:
        add_score(builder, one, request.exact_scores);
        break;
      case Role::size:
        builder.sizes(one.name, one.column, std::move(one.integers));
        break;
      case Role::id:
        builder.ids(one.column, std::move(one.offsets), std::move(one.chars),
                    request.ids_per_file ? file_starts(report, left) : std::vector<Index>{0});
        break;
      case Role::text:
        builder.text(std::move(one.offsets), std::move(one.chars));
        break;
      case Role::label: {
        std::vector<std::string> names = one.labels.settle();
        builder.label(one.name, one.labels.take(), std::move(names));
        break;
      }
      case Role::matrix:
        if (one.of_integers)
          builder.matrix(one.name, std::move(one.integers), one.cols);
        else
          builder.matrix(one.name, std::move(one.floats), one.cols);
        break;
    }
  }
  builder.quality_columns(request.quality);
  if (!all) builder.source_rows(left);
  return builder.build();
}

}  // namespace maskbench
