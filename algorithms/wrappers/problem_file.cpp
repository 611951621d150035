#include "algorithms/wrappers/problem_file.hpp"

#include <arrow/io/file.h>
#include <parquet/arrow/writer.h>

#include <algorithm>

#include "datasets/core/whole_file.hpp"
#include "datasets/readers/parquet_file.hpp"
#include "datasets/readers/selection_file.hpp"

namespace maskbench {
namespace {

constexpr Index kGroup = 8192;  // rows a row group

// The columns of rows [first, last), one after another.
class Batch {
 public:
  Batch(const std::string& file, Index first, Index last) : file_(file), first_(first), last_(last) {}

  template <class Builder, class Value>
  void add(const char* name, Value&& value) {
    add_with(name, Builder(), [&](Builder& builder, Index row) { return builder.Append(value(row)); });
  }

  void add_features(const char* name, MatrixView features) {
    const auto floats = std::make_shared<arrow::FloatBuilder>();
    arrow::FixedSizeListBuilder lists(arrow::default_memory_pool(), floats,
                                      static_cast<std::int32_t>(features.cols));
    add_with(name, lists, [&](arrow::FixedSizeListBuilder& builder, Index row) {
      const arrow::Status opened = builder.Append();
      return opened.ok() ? floats->AppendValues(features.row(row), features.cols) : opened;
    });
  }

  std::shared_ptr<arrow::Table> table() const { return arrow::Table::Make(arrow::schema(fields_), arrays_); }

 private:
  template <class Builder, class Append>
  void add_with(const char* name, Builder&& builder, Append&& append) {
    for (Index row = first_; row < last_; ++row) check_arrow(file_, "cannot be made", append(builder, row));
    auto array = builder.Finish();
    check_arrow(file_, "cannot be made", array.status());
    fields_.push_back(arrow::field(name, (*array)->type(), false));
    arrays_.push_back(*array);
  }

  const std::string& file_;
  Index first_, last_;
  std::vector<std::shared_ptr<arrow::Field>> fields_;
  std::vector<std::shared_ptr<arrow::Array>> arrays_;
};

bool holds(std::span<const Index> rows, Index row) {
  return std::binary_search(rows.begin(), rows.end(), row);
}

std::shared_ptr<arrow::Table> columns(const std::string& file, const Problem& problem, Index first,
                                      Index last) {
  const Dataset& data = problem.data;
  Batch batch(file, first, last);
  batch.add<arrow::Int64Builder>("row", [&](Index row) { return data.source_row(row); });
  if (data.has_ids()) batch.add<arrow::LargeStringBuilder>("id", [&](Index row) { return data.id(row); });
  if (data.features().cols > 0) batch.add_features("embedding", data.features());
  if (!problem.quality.empty()) {
    batch.add<arrow::DoubleBuilder>("quality", [&](Index row) { return problem.quality[row]; });
  }
  for (const char* measure : {"tokens", "bytes", "characters"}) {
    if (!data.has_sizes(measure)) continue;
    const auto sizes = data.sizes(measure);
    batch.add<arrow::Int32Builder>(measure, [&](Index row) { return sizes[row]; });
  }
  batch.add<arrow::BooleanBuilder>("candidate", [&](Index row) { return holds(problem.candidates, row); });
  batch.add<arrow::BooleanBuilder>("kept", [&](Index row) { return holds(problem.kept, row); });
  return batch.table();
}

}  // namespace

void write_problem(const std::string& path, const Problem& problem) {
  WholeFile file(path);
  with_arrow(path, "cannot be written", [&] {
    auto stream = arrow::io::FileOutputStream::Open(file.duplicate());
    check_arrow(path, "cannot be written", stream.status());
    const auto properties = parquet::WriterProperties::Builder().disable_dictionary()->build();
    const auto keep_schema = parquet::ArrowWriterProperties::Builder().store_schema()->build();
    std::unique_ptr<parquet::arrow::FileWriter> writer;
    for (Index first = 0; first < problem.data.size(); first += kGroup) {
      const auto table = columns(path, problem, first, std::min(first + kGroup, problem.data.size()));
      if (!writer) {
        auto opened = parquet::arrow::FileWriter::Open(*table->schema(), arrow::default_memory_pool(),
                                                       *stream, properties, keep_schema);
        check_arrow(path, "cannot be written", opened.status());
        writer = std::move(*opened);
      }
      check_arrow(path, "cannot be written", writer->WriteTable(*table, kGroup));
    }
    if (writer) check_arrow(path, "cannot be written", writer->Close());
    check_arrow(path, "cannot be written", (*stream)->Close());
  });
  file.commit();
}

Selection read_answer(const std::string& path, const Problem& problem) {
  const SelectedRows selected = read_selection(path, problem.data);
  const bool repeats = std::any_of(selected.counts.begin(), selected.counts.end(),
                                   [](std::int32_t count) { return count != 1; });
  Selection answer;
  Meter meter(problem);
  for (std::size_t k = 0; k < selected.rows.size(); ++k) {
    const Index row = selected.rows[k];
    if (holds(problem.kept, row)) continue;
    if (!holds(problem.candidates, row))
      throw UserError(path + ": row " + std::to_string(row) + " is not a candidate");
    const bool reached = meter.full();
    if (!meter.take(row) && !(reached && problem.budget.fill == Fill::at_least)) {
      throw UserError(path + ": " + std::to_string(selected.rows.size()) +
                      " rows are more than the budget of " + std::to_string(problem.budget.amount) + " " +
                      name_of(problem.budget.unit) + " or a quota allows");
    }
    answer.items.push_back(row);
    if (repeats) answer.repeats.push_back(selected.counts[k]);
    if (!selected.scores.empty()) answer.score.push_back(selected.scores[k]);
  }
  answer.why = meter.full() ? Stop::filled : Stop::threshold;
  return answer;
}

}  // namespace maskbench
