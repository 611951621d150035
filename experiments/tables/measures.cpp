#include "experiments/tables/measures.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/core.h>

#include "experiments/tables/deciles.hpp"

namespace maskbench {
namespace {

using Value = std::optional<double>;
using Remarks = std::vector<std::string>;

Value normalised(const CellRecord& cell, MeasureContext& context) {
  const auto ceiling = context.index.ceiling(cell);
  if (!cell.value || !cell.random || !ceiling) return std::nullopt;
  if (ceiling->bound && cell.budget.unit == "rows" && cell.ids.count > 0 &&
      cell.ids.count != cell.budget.amount) {
    context.note("no bound: " + cell.bound_reason);
    return std::nullopt;
  }
  const Value share = normalised_value(*cell.value, *cell.random, ceiling->value);
  context.no_room = context.no_room || !share;
  return share;
}

Value gap(const CellRecord& cell, MeasureContext& context) {
  const auto ceiling = context.index.ceiling(cell);
  if (!ceiling || !ceiling->bound) {
    if (!cell.bound_reason.empty()) context.note("no bound: " + cell.bound_reason);
    return std::nullopt;
  }
  const Value share = normalised(cell, context);
  return share ? Value(1 - *share) : std::nullopt;
}

Value bound(const CellRecord& cell, MeasureContext& context) {
  if (!cell.bound && !cell.bound_reason.empty()) context.note("no bound: " + cell.bound_reason);
  return cell.bound;
}

Value bound_cost(const CellRecord& cell, MeasureContext& context) {
  const Value search = context.index.bound_seconds(cell);
  if (!search || !cell.seconds || cell.seconds->select <= 0) return std::nullopt;
  return *search / cell.seconds->select;
}

Value select_seconds(const CellRecord& cell, MeasureContext&) {
  return cell.seconds ? Value(cell.seconds->select) : std::nullopt;
}

// For `extrapolate_rows` rows in blocks as large as the cell's data.
Value machine_seconds(const CellRecord& cell, MeasureContext& context) {
  if (!cell.seconds || cell.rows <= 0) return std::nullopt;
  return context.compared.extrapolate_rows / static_cast<double>(cell.rows) * cell.seconds->select;
}

const PointRecord* converged(const CellRecord& cell, const MeasureContext& context) {
  return converged_point(context.index.points(cell.key), cell);
}

// The reference's value on the same problem, by preference of the same repetition.
Value target_of(const CellRecord& cell, const MeasureContext& context) {
  Value target;
  const Place* reference = context.compared.reference;
  if (reference == nullptr) return target;
  for (const std::string& key : reference->keys) {
    const CellRecord* other = context.index.cell(key);
    if (other == nullptr || context.index.problem(*other) != context.index.problem(cell)) continue;
    const CellRecord& answer = context.answer_of(*other, context.compared.reference_twin);
    if (answer.value && (!target || other->repetition == cell.repetition)) target = answer.value;
  }
  return target;
}

Value time_to_reach(const CellRecord& cell, MeasureContext& context) {
  const Place* reference = context.compared.reference;
  if (reference != nullptr && reference->row == context.place.row)  // by definition, when it is done
    return select_seconds(cell, context);
  const Value target = target_of(cell, context);
  if (!target) {
    context.no_target = true;
    return std::nullopt;
  }
  const double enough = *target - 1e-9 * std::abs(*target);
  for (const PointRecord& point : context.index.points(cell.key)) {
    if (point.value && *point.value >= enough) return point.seconds;
  }
  if (cell.value && cell.seconds && *cell.value >= enough) return cell.seconds->select;
  ++context.not_reached;
  return std::nullopt;
}

Remarks of_normalised(const RemarkContext& context) {
  Remarks remarks;
  if (context.bound_known) remarks.emplace_back("Normalised: (value - random) / (upper bound - random).");
  if (context.best_known) {
    remarks.push_back(std::string(context.bound_known ? "Where no bound is known" : "Normalised") +
                      ": (value - random) / (best - random), best being the best value for the problem in "
                      "these records.");
  }
  return remarks;
}

Remarks of_blocks(const char* what, const char* times, const char* where, double rows) {
  return {fmt::format("{0}: {3:g} / n x time{1}, for {3:g} rows in blocks of n rows, one after another{2}.",
                      what, times, where, rows)};
}

Remarks of_convergence(const RemarkContext&) {
  return {
      "Converged: the first point of the curve from which on the value stays within 1 % of its way from "
      "random to the end."};
}

constexpr bool kOfCurve = true, kOfMethod = true;

}  // namespace

const std::vector<Measure>& measures() {
  using Cell = const CellRecord&;
  using Context = MeasureContext&;
  using Shown = const RemarkContext&;
  static const std::vector<Measure> all = {
      {"objective", "value", Kind::value, [](Cell cell, Context) { return cell.value; }},
      {"random", "random", Kind::value,
       [](Cell cell, Context) { return cell.random ? Value(cell.random->mean) : std::nullopt; }},
      {"bound", "bound", Kind::value, bound},
      {"normalised", "normalised", Kind::value, normalised, of_normalised},
      {"gap", "gap", Kind::value, gap,
       [](Shown) -> Remarks {
         return {
             "Gap: (upper bound - value) / (upper bound - random): no answer is nearer to the best than "
             "by this much of the way."};
       }},
      {"bound_cost", "cost of the bound", Kind::ratio, bound_cost,
       [](Shown) -> Remarks {
         return {
             "Cost of the bound: time of its search, once a problem, over the time of the row's "
             "selection."};
       }},
      {"selected", "rows", Kind::count,
       [](Cell cell, Context) {
         return cell.ids.sha256.empty() ? std::nullopt : Value(static_cast<double>(cell.ids.count));
       }},
      {"runs", "runs", Kind::count, [](Cell, Context) { return Value(); }, nullptr, !kOfCurve, kOfMethod,
       Summary::cells_with_answer},
      {"kept.", "", Kind::value,
       [](Cell cell, Context context) { return share_of_deciles(cell.details, context.measure); }},
      {"pool.", "", Kind::value,
       [](Cell cell, Context context) { return share_of_deciles(cell.details, context.measure); }},
      {"work.", "", Kind::count,
       [](Cell cell, Context context) {
         const auto found = cell.work.find(context.measure.substr(context.measure.find('.') + 1));
         return found == cell.work.end() ? std::nullopt : Value(static_cast<double>(found->second));
       },
       nullptr, !kOfCurve, kOfMethod},
      {"peak_bytes", "memory", Kind::bytes,
       [](Cell cell, Context) {
         return cell.peak_bytes > 0 ? Value(static_cast<double>(cell.peak_bytes)) : std::nullopt;
       }},
      {"seconds.prepare", "prepare", Kind::seconds,
       [](Cell cell, Context) { return cell.seconds ? Value(cell.seconds->prepare) : std::nullopt; }},
      {"seconds.score", "score", Kind::seconds,
       [](Cell cell, Context) { return cell.seconds ? Value(cell.seconds->score) : std::nullopt; }},
      {"seconds.bound", "time of the bound", Kind::seconds,
       [](Cell cell, Context context) { return context.index.bound_seconds(cell); }},
      {"rows_per_second", "rows a second", Kind::rate,
       [](Cell cell, Context) {
         const bool timed = cell.seconds && cell.seconds->select > 0;
         return timed ? Value(static_cast<double>(cell.rows) / cell.seconds->select) : std::nullopt;
       }},
      {"core_seconds", "core time", Kind::seconds,
       [](Cell cell, Context context) {
         const Value machine = machine_seconds(cell, context);
         return machine ? Value(*machine * cell.threads) : std::nullopt;
       },
       [](Shown context) { return of_blocks("Core time", " x threads", "", context.extrapolate_rows); }},
      {"machine_seconds", "machine time", Kind::seconds, machine_seconds,
       [](Shown context) {
         return of_blocks("Machine time", "", ", on one such machine", context.extrapolate_rows);
       }},
      {"converged_step", "converged at step", Kind::count,
       [](Cell cell, Context context) {
         const PointRecord* point = converged(cell, context);
         return point == nullptr ? std::nullopt : Value(static_cast<double>(point->step));
       },
       of_convergence, kOfCurve},
      {"converged_seconds", "converged after", Kind::seconds,
       [](Cell cell, Context context) {
         const PointRecord* point = converged(cell, context);
         return point == nullptr ? std::nullopt : Value(point->seconds);
       },
       of_convergence, kOfCurve},
      {"time_to_reach", "time to reach", Kind::seconds, time_to_reach,
       [](Shown context) -> Remarks {
         return {"Time to reach: until the value of " + context.reference + "."};
       },
       kOfCurve},
      {"speedup", "speed-up", Kind::ratio, select_seconds,
       [](Shown context) -> Remarks {
         const std::string& state = context.state_of_reference;
         return {fmt::format("Speed-up: mean time of {}{} over mean time of the row.", context.reference,
                             state.empty() ? "" : ", which is " + state + ",")};
       },
       !kOfCurve, kOfMethod, Summary::ratio_to_reference},
      {"seconds", "time", Kind::seconds, select_seconds,
       [](Shown context) -> Remarks {
         return {"Time: of the selection alone" +
                 (context.threads.empty() ? "." : ", threads: " + context.threads + ".")};
       }},
  };
  return all;
}

const Measure* find_measure(const std::string& name) {
  const auto found = std::find_if(measures().begin(), measures().end(), [&](const Measure& measure) {
    return measure.name.ends_with('.') ? name.starts_with(measure.name) : name == measure.name;
  });
  return found == measures().end() ? nullptr : &*found;
}

std::set<std::string> own_measures() {
  std::set<std::string> names;
  for (const Measure& measure : measures()) {
    if (!measure.name.ends_with('.')) names.emplace(measure.name);
  }
  return names;
}

Kind kind_of(const std::string& measure) {
  const Measure* found = find_measure(measure);
  return found == nullptr ? Kind::value : found->kind;
}

bool is_time(const std::string& measure) {
  const Kind kind = kind_of(measure);
  return kind == Kind::seconds || kind == Kind::bytes || kind == Kind::ratio || kind == Kind::rate;
}

std::string title_of(const std::string& measure) {
  const Measure* found = find_measure(measure);
  if (found != nullptr && !found->title.empty()) return std::string(found->title);
  std::string title = measure;
  std::replace(title.begin(), title.end(), '_', ' ');
  return title;
}

std::optional<double> value_of(const CellRecord& cell, MeasureContext& context) {
  if (const Measure* measure = find_measure(context.measure)) return measure->value(cell, context);
  const auto found = cell.metrics.find(context.measure);
  return found == cell.metrics.end() ? std::nullopt : Value(found->second);
}

std::optional<double> normalised_value(double value, const RandomFloor& random, double ceiling) {
  const double room = ceiling - random.mean;
  const double rounding = 1e-9 * std::max(std::abs(ceiling), std::abs(random.mean));
  if (room <= std::max(rounding, 3 * random.error)) return std::nullopt;
  return (value - random.mean) / room;
}

void MeasureContext::note(std::string text) {
  if (std::find(notes.begin(), notes.end(), text) == notes.end()) notes.push_back(std::move(text));
}

const CellRecord& MeasureContext::answer_of(const CellRecord& cell, const Place* twin) const {
  if (cell.value || twin == nullptr) return cell;
  for (const std::string& key : twin->keys) {
    const CellRecord* other = index.cell(key);
    if (other != nullptr && other->value && other->repetition == cell.repetition &&
        index.problem(*other) == index.problem(cell)) {
      return *other;
    }
  }
  return cell;
}

}  // namespace maskbench
