#include "experiments/tables/quantities.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <utility>

#include <fmt/core.h>

namespace maskbench {
namespace {

bool has_answer(Status status) {
  return status == Status::done || status == Status::stopped || status == Status::extrapolated;
}

std::string words_of(Status status) {
  return status == Status::timeout ? "timed out" : name_of(status);
}

class Measurement {
 public:
  Measurement(const std::string& measure, const Place& place, const Comparison& compared,
              const RecordIndex& index, bool reasons)
      : context_{measure, place, compared, index}, measure_(find_measure(measure)), reasons_(reasons) {}

  struct Sample {
    const CellRecord* cell;
    double value;
  };

  // A number for each cell that has one.
  std::vector<Sample> samples() {
    std::vector<Sample> found;
    for (const std::string& key : context_.place.keys) {
      const CellRecord* cell = context_.index.cell(key);
      if (cell == nullptr || !has_answer(cell->status)) {
        miss(cell);
        continue;
      }
      if (const auto value = value_of(*cell)) found.push_back({cell, *value});
    }
    return found;
  }

  Quantity result() {
    std::vector<double> values;
    for (const Sample& sample : samples()) values.push_back(sample.value);
    if (summary() == Summary::cells_with_answer) {
      quantity_.mean = static_cast<double>(context_.place.keys.size() - missed_);
      quantity_.n = static_cast<int>(context_.place.keys.size());
      return finished();
    }
    if (summary() == Summary::ratio_to_reference && !values.empty()) values = {speedup(values)};
    summarise(values);
    return finished();
  }

  Quantity less(Measurement& against) {
    const std::vector<Sample> own = samples();
    const std::vector<double> differences = differences_of(own, against);
    if (differences.empty() && !own.empty()) {
      quantity_.words = quantity_.state = "no pair";
      return finished();
    }
    summarise(differences);
    quantity_.sd.reset();
    if (differences.size() > 1) {
      const auto [low, high] = bootstrap_interval(differences);
      quantity_.low = low;
      quantity_.high = high;
    }
    return finished();
  }

 private:
  Summary summary() const { return measure_ == nullptr ? Summary::mean : measure_->summary; }

  // It describes the answer, and so holds for a method that makes the same picks.
  bool is_of_answer() const {
    return measure_ == nullptr || !(measure_->of_method || is_time(context_.measure));
  }

  Quantity finished() {
    quantity_.notes = context_.notes;
    return quantity_;
  }

  // The number of this repetition, or the only one that was planned; null: neither.
  const double* at(const std::map<int, double>& by_repetition, int repetition) const {
    const auto found = by_repetition.find(repetition);
    if (found != by_repetition.end()) return &found->second;
    return context_.place.keys.size() == 1 && !by_repetition.empty() ? &by_repetition.begin()->second
                                                                     : nullptr;
  }

  // A metric is a property of the answer, whatever it was chosen for: pairs need the same rows to choose
  // from, and, where it is of no named column, the same merged quality.
  std::string paired_by(const CellRecord& cell) const {
    if (measure_ != nullptr) return context_.index.problem(cell);
    return context_.measure.find('.') == std::string::npos ? context_.index.pool(cell)
                                                           : context_.index.rows(cell);
  }

  std::vector<double> differences_of(const std::vector<Sample>& own, Measurement& theirs) const {
    using ByRepetition = std::map<int, double>;
    std::map<std::string, std::pair<ByRepetition, ByRepetition>> problems;
    for (const Sample& sample : own)
      problems[paired_by(*sample.cell)].first[sample.cell->repetition] = sample.value;
    for (const Sample& sample : theirs.samples())
      problems[theirs.paired_by(*sample.cell)].second[sample.cell->repetition] = sample.value;
    std::map<int, std::vector<double>> ordered;  // by repetition, so that the digests do not decide the order
    for (const auto& [problem, both] : problems) {
      std::set<int> repetitions;
      for (const ByRepetition* side : {&both.first, &both.second}) {
        for (const auto& [repetition, value] : *side) repetitions.insert(repetition);
      }
      for (const int repetition : repetitions) {
        const double *our = at(both.first, repetition), *their = theirs.at(both.second, repetition);
        if (our != nullptr && their != nullptr) ordered[repetition].push_back(*our - *their);
      }
    }
    std::vector<double> differences;
    for (const auto& [repetition, values] : ordered)
      differences.insert(differences.end(), values.begin(), values.end());
    return differences;
  }

  // "timed out: killed after 25 s"
  std::string status_of(const CellRecord& cell) const {
    const bool steady = cell.status == Status::refused || cell.status == Status::failed;
    return words_of(cell.status) + (reasons_ || steady ? ": " + cell.reason : "");
  }

  void miss(const CellRecord* cell) {
    ++missed_;
    const std::string words = cell == nullptr ? "not run" : words_of(cell->status);
    if (missing_.empty())
      missing_ = words;
    else if (missing_ != words)
      missing_ = "not done";
    const std::string text = cell == nullptr ? words : status_of(*cell);
    const auto same =
        std::find_if(misses_.begin(), misses_.end(), [&](const auto& miss) { return miss.first == text; });
    if (same == misses_.end())
      misses_.emplace_back(text, 1);
    else
      ++same->second;
  }

  std::optional<double> value_of(const CellRecord& cell) {
    const CellRecord& answer = is_of_answer() ? context_.answer_of(cell, context_.compared.twin) : cell;
    if (&answer != &cell) {
      const std::string& twin = context_.compared.twin->row;
      quantity_.state = "same picks as " + twin;
      context_.note("value of " + twin + ", which makes the same picks");
    } else if (cell.status != Status::done) {
      quantity_.state = name_of(cell.status);
      context_.note(status_of(cell));
    }
    return maskbench::value_of(answer, context_);
  }

  // A ratio of means. `seconds` are this place's.
  double speedup(const std::vector<double>& seconds) {
    double sum = 0, reference_sum = 0;
    int count = 0;
    for (const double one : seconds) sum += one;
    for (const std::string& key : context_.compared.reference == nullptr
                                      ? std::vector<std::string>{}
                                      : context_.compared.reference->keys) {
      const CellRecord* other = context_.index.cell(key);
      if (other == nullptr || !has_answer(other->status) || !other->seconds) continue;
      if (other->status != Status::done) quantity_.state = std::string("reference ") + name_of(other->status);
      reference_sum += other->seconds->select;
      ++count;
    }
    return reference_sum / count / (sum / static_cast<double>(seconds.size()));  // 0 / 0 without a reference
  }

  void summarise(const std::vector<double>& values) {
    if (values.empty() || !std::isfinite(values[0])) {
      const bool all_missed = missed_ == context_.place.keys.size();
      quantity_.words = all_missed                 ? missing_
                        : context_.no_room         ? "no room"
                        : context_.not_reached > 0 ? "not reached"
                                                   : "-";
      if (quantity_.words != "-")
        quantity_.state = quantity_.words;
      else if (quantity_.state == "done")
        quantity_.state = "none";
      add_misses(all_missed);
      if (context_.no_target || !values.empty())
        context_.note("nothing to compare with: the reference row has no result");
      return;
    }
    const auto n = static_cast<double>(values.size());
    double sum = 0;  // of differences, so that equal values have no spread
    for (const double value : values) sum += value - values[0];
    quantity_.mean = values[0] + sum / n;
    quantity_.n = static_cast<int>(values.size());
    if (values.size() > 1) {
      double squares = 0;
      for (const double value : values) squares += (value - *quantity_.mean) * (value - *quantity_.mean);
      quantity_.sd = std::sqrt(squares / (n - 1));
    }
    add_misses(false);
    if (context_.not_reached > 0) {
      context_.note(
          fmt::format("reached in {} of {} repetitions", values.size(), context_.place.keys.size()));
    }
  }

  void add_misses(bool all) {
    for (const auto& [text, times] : misses_) {
      if (all && text == "not run") continue;  // the place itself says so
      context_.note(all ? text
                        : fmt::format("{} of {} repetitions {}", times, context_.place.keys.size(), text));
    }
  }

  MeasureContext context_;
  const Measure* measure_;  // null: a metric
  bool reasons_;
  Quantity quantity_;
  std::string missing_;                              // the word for a place without any value
  std::vector<std::pair<std::string, int>> misses_;  // why, and how often
  std::size_t missed_ = 0;
};

}  // namespace

Interval bootstrap_interval(const std::vector<double>& values) {
  MASKBENCH_CHECK(values.size() > 1, "an interval needs two values");
  std::mt19937_64 words(20251230);  // the standard fixes its words, but not those of its distributions
  const auto n = static_cast<std::uint64_t>(values.size());
  std::vector<double> means(kResamples);
  for (double& mean : means) {
    double sum = 0;  // of differences, so that equal values have no spread
    for (std::uint64_t draw = 0; draw < n; ++draw) sum += values[((words() >> 32) * n) >> 32] - values[0];
    mean = values[0] + sum / static_cast<double>(n);
  }
  std::sort(means.begin(), means.end());
  return {means[kResamples / 40], means[kResamples - 1 - kResamples / 40]};
}

Quantity paired_difference(const std::string& measure, const Place& place, const Comparison& compared,
                           const Place* against, const Comparison& against_compared, const RecordIndex& index,
                           bool reasons) {
  Measurement ours(measure, place, compared, index, reasons);
  Place nothing;
  Measurement theirs(measure, against == nullptr ? nothing : *against, against_compared, index, reasons);
  return ours.less(theirs);
}

Quantity quantity_of(const std::string& measure, const Place& place, const Comparison& compared,
                     const RecordIndex& index, bool reasons) {
  return Measurement(measure, place, compared, index, reasons).result();
}

}  // namespace maskbench
