#include "algorithms/metrics/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <unordered_map>

#include "algorithms/core/objective.hpp"
#include "algorithms/core/registry.hpp"
#include "algorithms/kernels/similarity.hpp"
#include "datasets/core/watch.hpp"

namespace maskbench {
namespace {

constexpr std::string_view kGood = "good",
                           kDuplicateGroup = "duplicate_group";  // planted truth, not clusters

using Labels = std::span<const std::int32_t>;
using Counts = std::unordered_map<std::int32_t, Index>;  // rows of each label

class Evaluation {
 public:
  Evaluation(const Dataset& data, std::span<const Index> items, const MetricOptions& options)
      : data_(data), items_(items.begin(), items.end()), options_(options) {
    std::sort(items_.begin(), items_.end());
  }

  std::vector<Metric> run(std::span<const std::string> quality_columns) {
    for (const std::string& column : quality_columns) {
      if (wants("mean_quality")) report("mean_quality." + column, mean(data_.exact_score(column), items_));
    }
    report_features();
    for (const auto& [column, labels] : data_.parts().labels) {
      if (column != kGood && column != kDuplicateGroup) report_clusters(column, labels);
    }
    if (wants("length_ratio")) report_length();
    report_planted();
    return std::move(metrics_);
  }

 private:
  static double share(Index part, Index whole) {
    return static_cast<double>(part) / static_cast<double>(whole);
  }
  Index size() const { return static_cast<Index>(items_.size()); }
  bool wants(std::string_view name) const {
    return !options_.only ||
           std::find(options_.only->begin(), options_.only->end(), name) != options_.only->end();
  }

  void report(std::string name, double value) { metrics_.push_back({std::move(name), value, "", false}); }
  struct Absence {
    std::string reason;     // "": there is a value
    bool left_out = false;  // as Metric's
  };
  void missing(std::string name, const Absence& absence) {
    metrics_.push_back({std::move(name), std::nullopt, absence.reason, absence.left_out});
  }

  template <class Column>
  static double mean(const Column& column, std::span<const Index> rows) {
    double sum = 0;
    for (const Index row : rows) sum += static_cast<double>(column[row]);
    return sum / static_cast<double>(rows.size());
  }

  // Why a metric of the features is missing.
  Absence lacking(bool unit_rows, double work) const {
    if (data_.dims() == 0) return {"the data set has no features"};
    if (unit_rows && !data_.parts().unit_rows) return {"the rows are not of unit norm"};
    if (work <= options_.most_work) return {};
    char text[160];
    std::snprintf(text, sizeof text,
                  "it takes %.2g multiply-adds, more than the limit of %.2g; nothing is subsampled", work,
                  options_.most_work);
    return {text, true};
  }

  void report_features() {
    const auto n = static_cast<double>(data_.size()), d = static_cast<double>(data_.dims());
    const auto s = static_cast<double>(size());
    const auto of_objective = [&](const std::string& key, double sign, bool unit_rows, double work) {
      if (!wants(key)) return;
      Absence absence = lacking(unit_rows, work);
      if (absence.reason.empty() && key == "facility_location" && data_.feature_rows().file != nullptr)
        absence = {"it jumps among all rows, and memory cannot hold the features", true};
      if (!absence.reason.empty()) return missing(key, absence);
      report(key, 0.0 + sign * make_objective(key, {data_, {}, size()})->value(items_));
    };
    const auto part = [](double from, double to, auto&& work) {  // of the bar
      const PartOfWork scope(from, to);
      work();
    };
    part(0, 0.1, [&] { of_objective("pairwise_similarity", -1, true, 0); });
    part(0.1, 0.7, [&] { of_objective("facility_location", 1, true, n * s * d); });
    part(0.7, 0.8, [&] { of_objective("disf", 1, false, 0); });

    const PartOfWork last(0.8, 1);
    if (wants("near_duplicate_rate")) report_near_duplicates(s * s * d);
  }

  void report_near_duplicates(double work) {
    const Absence absence = lacking(true, work);
    if (!absence.reason.empty()) return missing("near_duplicate_rate", absence);
    std::vector<char> near(items_.size());
    if (const RowFile* file =
            data_.feature_rows().file) {  // the answer's rows alone are few enough for memory
      std::vector<float> copy(items_.size() * data_.dims());
      std::vector<Index> places(items_.size());
      std::iota(places.begin(), places.end(), Index{0});
      file->read(items_.data(), size(), copy.data());
      file->check();
      have_near({copy.data(), size(), data_.dims(), data_.dims()}, places, kNearDuplicateCosine, near);
    } else {
      have_near(data_.features(), items_, kNearDuplicateCosine, near);
    }
    report("near_duplicate_rate", share(std::count(near.begin(), near.end(), char{1}), size()));
  }

  static Counts count(Labels labels) {
    Counts counts;
    for (const std::int32_t label : labels) ++counts[label];
    return counts;
  }
  Counts count_answer(Labels labels) const {
    Counts counts;
    for (const Index row : items_) ++counts[labels[row]];
    return counts;
  }

  void report_clusters(const std::string& column, Labels labels) {
    const bool covered = wants("clusters_covered"), shift = wants("domain_shift");
    if (!covered && !shift) return;
    const Counts all = count(labels), answer = count_answer(labels);
    const auto clusters = static_cast<Index>(all.size());
    if (clusters > kMostClusters) {
      const std::string reason =
          "column " + column + " has " + std::to_string(clusters) + " values: identifiers, not clusters";
      if (covered) missing("clusters_covered." + column, {reason});
      if (shift) missing("domain_shift." + column, {reason});
      return;
    }
    if (covered) report("clusters_covered." + column, share(static_cast<Index>(answer.size()), clusters));
    if (shift) report_shift(column, all, answer);
  }

  void report_shift(const std::string& column, const Counts& all, const Counts& answer) {
    std::vector<std::int32_t> values;  // ascending: the order of the sum
    for (const auto& [label, rows] : all) values.push_back(label);
    std::sort(values.begin(), values.end());
    double distance = 0;
    for (const std::int32_t label : values) {
      const auto found = answer.find(label);
      const double part = found == answer.end() ? 0.0 : share(found->second, size());
      distance += std::abs(part - share(all.at(label), data_.size()));
    }
    report("domain_shift." + column, distance / 2);
  }

  void report_length() {
    if (!data_.has_sizes("tokens")) return missing("length_ratio", {"the data set has no lengths in tokens"});
    const std::span<const std::int32_t> lengths = data_.lengths();
    std::int64_t total = 0;
    for (const std::int32_t length : lengths) total += length;
    if (total == 0) return missing("length_ratio", {"all lengths are 0"});
    report("length_ratio",
           mean(lengths, items_) / (static_cast<double>(total) / static_cast<double>(data_.size())));
  }

  void report_recall(Labels good, Index found) {
    const auto all = static_cast<Index>(
        std::count_if(good.begin(), good.end(), [](std::int32_t label) { return label != 0; }));
    if (all == 0) return missing("good_recall", {"no row is labelled good"});
    report("good_recall", share(found, all));
  }

  void report_planted() {
    const auto& labels = data_.parts().labels;
    if (const auto good = labels.find(kGood); good != labels.end()) {
      Index found = 0;
      for (const Index row : items_) found += good->second[row] != 0;
      if (wants("good_share")) report("good_share", share(found, size()));
      if (wants("good_recall")) report_recall(good->second, found);
    }
    if (const auto group = labels.find(kDuplicateGroup);
        group != labels.end() && wants("duplicate_group_rate")) {
      Index shared = 0;
      for (const auto& [label, rows] : count_answer(group->second)) shared += rows > 1 ? rows : 0;
      report("duplicate_group_rate", share(shared, size()));
    }
  }

  const Dataset& data_;
  std::vector<Index> items_;  // ascending
  const MetricOptions& options_;
  std::vector<Metric> metrics_;
};

}  // namespace

std::vector<MetricInfo> metric_catalogue() {
  return {
      {"mean_quality.<column>", "mean of a quality column over the answer, as the data set has it"},
      {"pairwise_similarity", "mean cosine of two different rows of the answer; lower is more diverse"},
      {"facility_location",
       "mean cosine of each row of the data set to the nearest row of the answer; higher covers more"},
      {"disf",
       "minus the mean squared correlation of two feature columns over the answer; higher is more even"},
      {"near_duplicate_rate", "share of the answer's rows with another one at cosine " +
                                  print_number(kNearDuplicateCosine) + " or more"},
      {"clusters_covered.<column>", "share of a label column's distinct values that the answer has a row of"},
      {"domain_shift.<column>",
       "total variation distance between a label's shares of the answer and of all rows; 0 to 1"},
      {"length_ratio", "mean length in tokens of the answer's rows over that of all rows"},
      {"good_share", "share of the answer's rows whose planted label `good` is not 0"},
      {"good_recall", "share of the rows whose planted label `good` is not 0 that the answer has"},
      {"duplicate_group_rate",
       "share of the answer's rows that share their planted `duplicate_group` with another one"},
  };
}

std::vector<std::string> metric_names() {
  std::vector<std::string> names;
  for (const MetricInfo& metric : metric_catalogue())
    names.push_back(metric.name.substr(0, metric.name.find('.')));
  return names;
}

void check_metric_choice(const MetricChoice& choice, const std::string& where) {
  if (!choice) return;
  const std::vector<std::string> known = metric_names();
  for (const std::string& name : *choice) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    std::string text =
        where + ": there is no metric \"" + name + "\"" + did_you_mean(name, known) + "; there are: ";
    for (const std::string& one : known) text += (&one == &known.front() ? "" : ", ") + one;
    throw UserError(text);
  }
}

std::vector<Metric> evaluate_metrics(const Dataset& data, std::span<const Index> items,
                                     std::span<const std::string> quality_columns,
                                     const MetricOptions& options) {
  if (items.empty()) throw UserError("an answer without rows has no metrics");
  for (const Index row : items) MASKBENCH_CHECK(row >= 0 && row < data.size(), "rows of the data set");
  return Evaluation(data, items, options).run(quality_columns);
}

}  // namespace maskbench
