#include "experiments/tables/measures.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <random>
#include <set>

#include <fmt/core.h>
#include <fmt/ranges.h>

namespace maskbench {
namespace {

bool has_answer(Status status) {
  return status == Status::done || status == Status::stopped || status == Status::extrapolated;
}

std::string words_of(Status status) {
  return status == Status::timeout ? "timed out" : name_of(status);
}

void add_note(std::vector<std::string>& notes, std::string note) {
  if (std::find(notes.begin(), notes.end(), note) == notes.end()) notes.push_back(std::move(note));
}

// What describes the answer, and so holds for a method that makes the same picks.
bool is_of_answer(const std::string& measure) {
  return !is_time(measure) && !measure.starts_with("work.") && measure != "runs";
}

constexpr std::size_t kDeciles = 10;

// "kept.3.10": of the rows in decile 3 of quality and 10 of density, the share in the answer; "all" for any
// decile. "pool.3.10": their share of all rows, whatever was kept.
std::optional<double> share_of_deciles(const Json& details, const std::string& measure) {
  if (!details.contains("deciles")) return std::nullopt;
  const std::size_t dot = measure.find('.', 5);
  const auto range = [&](const std::string& text) {
    if (text == "all") return std::pair<std::size_t, std::size_t>{0, kDeciles};
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < 1 || number > kDeciles)
      throw UserError(
          "table.cells: \"" + measure +
          "\" is not of the form kept.QUALITY.DENSITY or pool.QUALITY.DENSITY, each 1 to 10 or all");
    return std::pair<std::size_t, std::size_t>{number - 1, number};
  };
  const auto quality = range(measure.substr(5, dot == std::string::npos ? dot : dot - 5));
  const auto density = range(dot == std::string::npos ? "" : measure.substr(dot + 1));
  double all = 0, pool = 0, kept = 0;
  for (const Json& row : details["deciles"]["pool"]) {
    for (const Json& count : row) all += count.get<double>();
  }
  for (std::size_t q = quality.first; q < quality.second; ++q) {
    for (std::size_t d = density.first; d < density.second; ++d) {
      pool += details["deciles"]["pool"][q][d].get<double>();
      kept += details["deciles"]["kept"][q][d].get<double>();
    }
  }
  if (measure.starts_with("pool.")) return pool / all;
  return pool > 0 ? std::optional<double>(kept / pool) : std::nullopt;
}

class Measurement {
 public:
  Measurement(const std::string& measure, const Place& place, const Comparison& compared,
              const Evidence& evidence, bool reasons)
      : measure_(measure), place_(place), compared_(compared), evidence_(evidence), reasons_(reasons) {}

  struct Sample {
    const CellRecord* cell;
    double value;
  };

  // A number for each cell that has one.
  std::vector<Sample> samples() {
    std::vector<Sample> found;
    for (const std::string& key : place_.keys) {
      const CellRecord* cell = evidence_.cell(key);
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
    if (measure_ == "runs") {
      quantity_.mean = static_cast<double>(place_.keys.size() - missed_);
      quantity_.n = static_cast<int>(place_.keys.size());
      return quantity_;
    }
    if (measure_ == "speedup" && !values.empty()) values = {speedup(values)};
    summarise(values);
    return quantity_;
  }

  Quantity less(Measurement& against) {
    const std::vector<Sample> own = samples();
    const std::vector<double> differences = differences_of(own, against);
    if (differences.empty() && !own.empty()) {
      quantity_.words = quantity_.state = "no pair";
      return quantity_;
    }
    summarise(differences);
    quantity_.sd.reset();
    if (differences.size() > 1) {
      const auto [low, high] = bootstrap_interval(differences);
      quantity_.low = low;
      quantity_.high = high;
    }
    return quantity_;
  }

 private:
  // The number of this repetition, or the only one that was planned; null: neither.
  const double* at(const std::map<int, double>& by_repetition, int repetition) const {
    const auto found = by_repetition.find(repetition);
    if (found != by_repetition.end()) return &found->second;
    return place_.keys.size() == 1 && !by_repetition.empty() ? &by_repetition.begin()->second : nullptr;
  }

  // A metric is a property of the answer, whatever it was chosen for: pairs need the same rows to choose
  // from, and, where it is of no named column, the same merged quality.
  std::string paired_by(const CellRecord& cell) const {
    if (is_own_measure(measure_)) return evidence_.problem(cell);
    return measure_.find('.') == std::string::npos ? evidence_.pool(cell) : evidence_.rows(cell);
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

  // The cell whose answer this is: its own, or that of the method that makes the same picks.
  const CellRecord* answer_of(const CellRecord& cell, const Place* twin) const {
    if (cell.value || twin == nullptr) return &cell;
    for (const std::string& key : twin->keys) {
      const CellRecord* other = evidence_.cell(key);
      if (other != nullptr && other->value && other->repetition == cell.repetition &&
          evidence_.problem(*other) == evidence_.problem(cell)) {
        return other;
      }
    }
    return &cell;
  }

  std::optional<double> value_of(const CellRecord& cell) {
    const CellRecord* answer = is_of_answer(measure_) ? answer_of(cell, compared_.twin) : &cell;
    if (answer != &cell) {
      quantity_.state = "same picks as " + compared_.twin->row;
      add_note(quantity_.notes, "value of " + compared_.twin->row + ", which makes the same picks");
    } else if (cell.status != Status::done) {
      quantity_.state = name_of(cell.status);
      add_note(quantity_.notes, status_of(cell));
    }
    return measure_ == "time_to_reach" ? time_to_reach(cell) : scalar(*answer);
  }

  std::optional<double> scalar(const CellRecord& cell) {
    if (measure_ == "objective") return cell.value;
    if (measure_ == "random") return cell.random ? std::optional<double>(cell.random->mean) : std::nullopt;
    if (measure_ == "bound") {
      if (!cell.bound && !cell.bound_reason.empty())
        add_note(quantity_.notes, "no bound: " + cell.bound_reason);
      return cell.bound;
    }
    if (measure_ == "normalised") return normalised(cell);
    if (measure_ == "gap") return gap(cell);
    if (measure_ == "seconds.bound") return evidence_.bound_seconds(cell);
    if (measure_ == "bound_cost") {
      const auto search = evidence_.bound_seconds(cell);
      if (!search || !cell.seconds || cell.seconds->select <= 0) return std::nullopt;
      return *search / cell.seconds->select;
    }
    if (measure_ == "selected") {
      return cell.ids_sha256.empty() ? std::nullopt
                                     : std::optional<double>(static_cast<double>(cell.ids_count));
    }
    if (measure_ == "peak_bytes") {
      return cell.peak_bytes > 0 ? std::optional<double>(static_cast<double>(cell.peak_bytes)) : std::nullopt;
    }
    if (measure_ == "seconds.prepare")
      return cell.seconds ? std::optional<double>(cell.seconds->prepare) : std::nullopt;
    if (measure_ == "seconds.score")
      return cell.seconds ? std::optional<double>(cell.seconds->score) : std::nullopt;
    if (measure_ == "seconds" || measure_ == "speedup") {
      return cell.seconds ? std::optional<double>(cell.seconds->select) : std::nullopt;
    }
    if (measure_ == "rows_per_second" && cell.seconds && cell.seconds->select > 0)
      return static_cast<double>(cell.rows) / cell.seconds->select;
    if ((measure_ == "core_seconds" || measure_ == "machine_seconds") && cell.seconds && cell.rows > 0) {
      return compared_.extrapolate_rows / static_cast<double>(cell.rows) * cell.seconds->select *
             (measure_ == "core_seconds" ? cell.threads : 1);
    }
    if (measure_ == "converged_step" || measure_ == "converged_seconds") {
      const PointRecord* point = converged_point(evidence_.points(cell.key), cell);
      if (point == nullptr) return std::nullopt;
      return measure_ == "converged_step" ? static_cast<double>(point->step) : point->seconds;
    }
    if (measure_.starts_with("kept.") || measure_.starts_with("pool."))
      return share_of_deciles(cell.details, measure_);
    if (measure_.starts_with("work.")) {
      const auto found = cell.work.find(measure_.substr(5));
      return found == cell.work.end() ? std::nullopt
                                      : std::optional<double>(static_cast<double>(found->second));
    }
    const auto found = cell.metrics.find(measure_);
    return found == cell.metrics.end() ? std::nullopt : std::optional<double>(found->second);
  }

  std::optional<double> normalised(const CellRecord& cell) {
    const auto ceiling = evidence_.ceiling(cell);
    if (!cell.value || !cell.random || !ceiling) return std::nullopt;
    if (ceiling->bound && cell.budget_unit == "rows" && cell.ids_count > 0 &&
        cell.ids_count != cell.budget_amount) {
      add_note(quantity_.notes, "no bound: " + cell.bound_reason);
      return std::nullopt;
    }
    const auto share = normalised_value(*cell.value, *cell.random, ceiling->value);
    no_room_ = no_room_ || !share;
    return share;
  }

  std::optional<double> gap(const CellRecord& cell) {
    const auto ceiling = evidence_.ceiling(cell);
    if (!ceiling || !ceiling->bound) {
      if (!cell.bound_reason.empty()) add_note(quantity_.notes, "no bound: " + cell.bound_reason);
      return std::nullopt;
    }
    const auto share = normalised(cell);
    return share ? std::optional<double>(1 - *share) : std::nullopt;
  }

  // The reference's value on the same problem, by preference of the same repetition.
  std::optional<double> target_of(const CellRecord& cell) const {
    std::optional<double> target;
    if (compared_.reference == nullptr) return target;
    for (const std::string& key : compared_.reference->keys) {
      const CellRecord* other = evidence_.cell(key);
      if (other == nullptr || evidence_.problem(*other) != evidence_.problem(cell)) continue;
      const CellRecord* answer = answer_of(*other, compared_.reference_twin);
      if (answer->value && (!target || other->repetition == cell.repetition)) target = answer->value;
    }
    return target;
  }

  std::optional<double> time_to_reach(const CellRecord& cell) {
    if (compared_.reference != nullptr &&
        compared_.reference->row == place_.row) {  // by definition, when it is done
      return cell.seconds ? std::optional<double>(cell.seconds->select) : std::nullopt;
    }
    const auto target = target_of(cell);
    if (!target) {
      no_target_ = true;
      return std::nullopt;
    }
    const double enough = *target - 1e-9 * std::abs(*target);
    for (const PointRecord& point : evidence_.points(cell.key)) {
      if (point.value && *point.value >= enough) return point.seconds;
    }
    if (cell.value && cell.seconds && *cell.value >= enough) return cell.seconds->select;
    ++not_reached_;
    return std::nullopt;
  }

  // A ratio of means. `seconds` are this place's.
  double speedup(const std::vector<double>& seconds) {
    double sum = 0, reference_sum = 0;
    int count = 0;
    for (const double one : seconds) sum += one;
    for (const std::string& key :
         compared_.reference == nullptr ? std::vector<std::string>{} : compared_.reference->keys) {
      const CellRecord* other = evidence_.cell(key);
      if (other == nullptr || !has_answer(other->status) || !other->seconds) continue;
      if (other->status != Status::done) quantity_.state = std::string("reference ") + name_of(other->status);
      reference_sum += other->seconds->select;
      ++count;
    }
    return reference_sum / count / (sum / static_cast<double>(seconds.size()));  // 0 / 0 without a reference
  }

  void summarise(const std::vector<double>& values) {
    if (values.empty() || !std::isfinite(values[0])) {
      const bool all_missed = missed_ == place_.keys.size();
      quantity_.words = all_missed ? missing_ : no_room_ ? "no room" : not_reached_ > 0 ? "not reached" : "-";
      if (quantity_.words != "-")
        quantity_.state = quantity_.words;
      else if (quantity_.state == "done")
        quantity_.state = "none";
      add_misses(all_missed);
      if (no_target_ || !values.empty())
        add_note(quantity_.notes, "nothing to compare with: the reference row has no result");
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
    if (not_reached_ > 0) {
      add_note(quantity_.notes,
               fmt::format("reached in {} of {} repetitions", values.size(), place_.keys.size()));
    }
  }

  void add_misses(bool all) {
    for (const auto& [text, times] : misses_) {
      if (all && text == "not run") continue;  // the place itself says so
      add_note(quantity_.notes,
               all ? text : fmt::format("{} of {} repetitions {}", times, place_.keys.size(), text));
    }
  }

  const std::string& measure_;
  const Place& place_;
  const Comparison& compared_;
  const Evidence& evidence_;
  bool reasons_;
  Quantity quantity_;
  std::string missing_;                              // the word for a place without any value
  std::vector<std::pair<std::string, int>> misses_;  // why, and how often
  std::size_t missed_ = 0, not_reached_ = 0;
  bool no_room_ = false, no_target_ = false;
};

}  // namespace

std::optional<double> normalised_value(double value, const RandomFloor& random, double ceiling) {
  const double room = ceiling - random.mean;
  const double rounding = 1e-9 * std::max(std::abs(ceiling), std::abs(random.mean));
  if (room <= std::max(rounding, 3 * random.error)) return std::nullopt;
  return (value - random.mean) / room;
}

void add_point(Curves& curves, PointRecord point) {
  std::vector<PointRecord>& curve = curves[point.cell];
  if (!curve.empty() && point.step <= curve.back().step) curve.clear();
  curve.push_back(std::move(point));
}

const PointRecord* converged_point(const std::vector<PointRecord>& curve, const CellRecord& cell) {
  if (!cell.value || !cell.random) return nullptr;
  const double near = 0.01 * std::abs(*cell.value - cell.random->mean);
  const PointRecord* first = nullptr;
  for (const PointRecord& point : curve) {
    if (!point.value || std::abs(*point.value - *cell.value) > near)
      first = nullptr;
    else if (first == nullptr)
      first = &point;
  }
  return first;
}

Evidence::Evidence(const std::vector<Json>& records) {
  const auto add_line = [](std::vector<std::string>& lines, std::string line) {
    add_note(lines, std::move(line));
  };
  for (const Json& json : records) {
    const std::string kind = json.value("kind", "");
    if (kind == "run") {
      RunRecord run = run_record(json);
      const auto same = std::find_if(runs_.begin(), runs_.end(), [&](const RunRecord& known) {
        return known.group == run.group && known.descriptor.at("id") == run.descriptor.at("id");
      });
      if (same == runs_.end())
        runs_.push_back(std::move(run));
      else
        *same = std::move(run);
    } else if (kind == "cell") {
      CellRecord cell = cell_record(json);
      const std::string key = cell.key;
      cells_.insert_or_assign(key, std::move(cell));
    } else if (kind == "point") {
      add_point(points_, point_record(json));
    } else if (kind == "build") {
      const BuildRecord build = build_record(json);
      add_line(builds_, fmt::format("Build: MaskBench {}, commit {}{}, {}, {} {}", build.version,
                                    build.commit.substr(0, 8), build.dirty ? " (changed)" : "",
                                    build.compiler, build.build_type, build.flags));
    } else if (kind == "host") {
      const HostRecord host = host_record(json);
      add_line(hosts_, fmt::format("Host: {}, {} cores, {:.0f} GiB{}", host.cpu_model, host.cores,
                                   static_cast<double>(host.memory_bytes) / 0x1p30,
                                   host.gpu.empty() ? "" : ", " + host.gpu));
    }
  }
  for (const RunRecord& run : runs_) {
    for (const Json& planned : run.plan)
      budgets_.emplace(planned.at("key").get<std::string>(), planned.at("axes").value("budget", ""));
  }
  for (const auto& [key, cell] : cells_) {
    const std::string problem = this->problem(cell);
    if (cell.value) {
      const auto best = best_.emplace(problem, *cell.value).first;
      best->second = std::max(best->second, *cell.value);
    }
    if (cell.seconds && cell.seconds->bound) bound_seconds_.emplace(problem, *cell.seconds->bound);
    if (cell.bound) {
      const auto bound = bound_.emplace(problem, *cell.bound).first;
      bound->second = std::min(bound->second, *cell.bound);
    }
  }
}

const CellRecord* Evidence::cell(const std::string& key) const {
  const auto found = cells_.find(key);
  return found == cells_.end() ? nullptr : &found->second;
}

const std::vector<PointRecord>& Evidence::points(const std::string& key) const {
  static const std::vector<PointRecord> none;
  const auto found = points_.find(key);
  return found == points_.end() ? none : found->second;
}

std::string Evidence::problem(const CellRecord& cell) const {
  return cell.objective + "|" + pool(cell);
}

std::string Evidence::pool(const CellRecord& cell) const {
  return fmt::format("{}|{}", fmt::join(cell.quality, ","), rows(cell));
}

std::string Evidence::rows(const CellRecord& cell) const {
  const auto budget = budgets_.find(cell.key);
  return fmt::format("{}|{} {}|{}", cell.digest, cell.budget_amount, cell.budget_unit,
                     budget == budgets_.end() ? "" : budget->second);
}

std::optional<Evidence::Ceiling> Evidence::ceiling(const CellRecord& cell) const {
  const std::string problem = this->problem(cell);
  if (const auto found = bound_.find(problem); found != bound_.end()) return Ceiling{found->second, true};
  if (const auto found = best_.find(problem); found != best_.end()) return Ceiling{found->second, false};
  return std::nullopt;
}

std::optional<double> Evidence::bound_seconds(const CellRecord& cell) const {
  const auto found = bound_seconds_.find(problem(cell));
  return found == bound_seconds_.end() ? std::nullopt : std::optional<double>(found->second);
}

const std::set<std::string>& own_measures() {
  static const std::set<std::string> names = {
      "objective",       "random",       "bound",           "normalised",      "gap",
      "selected",        "runs",         "seconds",         "seconds.prepare", "seconds.score",
      "seconds.bound",   "speedup",      "bound_cost",      "time_to_reach",   "peak_bytes",
      "rows_per_second", "core_seconds", "machine_seconds", "converged_step",  "converged_seconds"};
  return names;
}

bool is_own_measure(const std::string& measure) {
  return own_measures().contains(measure) || measure.starts_with("work.") || measure.starts_with("kept.") ||
         measure.starts_with("pool.");
}

Kind kind_of(const std::string& measure) {
  if (measure.starts_with("seconds") || measure.ends_with("_seconds") || measure == "time_to_reach")
    return Kind::seconds;
  if (measure == "rows_per_second") return Kind::rate;
  if (measure == "peak_bytes") return Kind::bytes;
  if (measure == "speedup" || measure == "bound_cost") return Kind::ratio;
  if (measure == "selected" || measure == "runs" || measure == "converged_step" ||
      measure.starts_with("work."))
    return Kind::count;
  return Kind::value;
}

bool is_time(const std::string& measure) {
  const Kind kind = kind_of(measure);
  return kind == Kind::seconds || kind == Kind::bytes || kind == Kind::ratio || kind == Kind::rate;
}

bool reads_curve(const std::string& measure) {
  return measure == "time_to_reach" || measure == "converged_step" || measure == "converged_seconds";
}

std::string title_of(const std::string& measure) {
  static const std::map<std::string, std::string> titles = {{"objective", "value"},
                                                            {"seconds", "time"},
                                                            {"seconds.prepare", "prepare"},
                                                            {"seconds.score", "score"},
                                                            {"speedup", "speed-up"},
                                                            {"peak_bytes", "memory"},
                                                            {"time_to_reach", "time to reach"},
                                                            {"rows_per_second", "rows a second"},
                                                            {"core_seconds", "core time"},
                                                            {"machine_seconds", "machine time"},
                                                            {"converged_step", "converged at step"},
                                                            {"converged_seconds", "converged after"},
                                                            {"selected", "rows"},
                                                            {"runs", "runs"},
                                                            {"seconds.bound", "time of the bound"},
                                                            {"bound_cost", "cost of the bound"}};
  const auto found = titles.find(measure);
  if (found != titles.end()) return found->second;
  std::string title = measure;
  std::replace(title.begin(), title.end(), '_', ' ');
  return title;
}

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
                           const Place* against, const Comparison& against_compared, const Evidence& evidence,
                           bool reasons) {
  Measurement ours(measure, place, compared, evidence, reasons);
  Place nothing;
  Measurement theirs(measure, against == nullptr ? nothing : *against, against_compared, evidence, reasons);
  return ours.less(theirs);
}

Quantity quantity_of(const std::string& measure, const Place& place, const Comparison& compared,
                     const Evidence& evidence, bool reasons) {
  return Measurement(measure, place, compared, evidence, reasons).result();
}

}  // namespace maskbench
