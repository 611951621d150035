#include "experiments/jobs/plan_job.hpp"

#include "experiments/run/harness_context.hpp"
#include "experiments/run/oracle_greedy_estimate.hpp"

namespace maskbench {
namespace {

constexpr double kCalibrationSeconds = 2.0;

std::int64_t answer_bytes(const SelectJob& job) {
  const Dataset& data = job.task.setup->data();
  const Index rows = job.task.setup->problem().expected_rows();
  std::int64_t bytes = rows * static_cast<Index>(sizeof(Index) + sizeof(std::int32_t) + sizeof(float));
  if (data.has_ids()) bytes += rows * (4 + data.parts().ids.offsets.back() / std::max<Index>(data.size(), 1));
  return bytes;
}

// Lets the method run for a moment. What it says about its progress gives the whole time.
void forecast_time(const SelectRequest& request, const Watch& watch, SelectJob& job, Plan& plan) {
  const Problem& problem = job.task.setup->problem();
  if (job.task.selector.traits.extrapolates) {
    plan.select_seconds = estimate_oracle_greedy(problem).seconds;
    return;
  }
  double done = 0, at = 0;
  HarnessOptions options;
  options.limit_seconds = kCalibrationSeconds;
  options.stop = watch.stop;
  options.limit_starts = false;  // a start says nothing of how long the picks take
  Stopwatch clock;
  options.on_progress = [&](double share) {
    done = share;
    at = clock.seconds();
  };
  HarnessContext context(request.seed, std::move(options));
  job.task.selector->prepare(problem);
  clock.resume();
  const Selection selection = context.run(job.task.selector, problem);
  if (watch.stop && watch.stop()) throw Interrupted();
  plan.select_measured = selection.why != Stop::interrupted && !context.told_to_stop();
  if (plan.select_measured)
    plan.select_seconds = context.clock().seconds();
  else if (done > 0)
    plan.select_seconds = at / done;
}

}  // namespace

Plan make_plan(const SelectRequest& request, const Watch& watch) {
  const Watching scope(watch, "plan");
  Plan plan;
  PlacedJob placed = place_job(request);
  const Placement& placement = placed.placement;
  if (placement.in_file) plan.scratch_bytes = placement.size.features;
  if (!placement.shortage.empty() && !request.force) {
    plan.bytes_to_read = placement.size.columns + (placement.in_file ? 0 : placement.size.features);
    plan.refusals.push_back("data set " + request.data.data + " does not fit: " + placement.shortage);
    return plan;
  }
  SelectJob job = prepare_job(request, std::move(placed));
  plan.notes = job.notes;
  plan.selector = job.task.selector.canonical;
  plan.objective = job.task.setup->objective_text();
  plan.rows = job.task.setup->data().size();
  plan.dimensions = job.task.setup->data().dims();
  plan.rows_to_pick = job.task.setup->problem().rows_to_pick();
  plan.read_seconds = job.loaded.seconds;
  plan.file_bytes = answer_bytes(job);
  plan.memory = forecast_memory(job.task);
  if (!job.task.refusal.empty())
    plan.refusals.push_back("selector " + job.task.selector.canonical + ": " + job.task.refusal);
  const std::string shortage = memory_shortage(*plan.memory, request.memory);
  if (!shortage.empty()) plan.refusals.push_back(shortage);
  if (plan.refusals.empty()) forecast_time(request, watch, job, plan);
  return plan;
}

Json to_json(const Plan& plan) {
  Json json = {{"selector", plan.selector},
               {"objective", plan.objective},
               {"rows", plan.rows},
               {"dimensions", plan.dimensions},
               {"rows_to_pick", plan.rows_to_pick}};
  json["memory"] = nullptr;
  if (plan.memory) {
    json["memory"] = {{"peak_bytes", plan.memory->peak()},
                      {"held_bytes", plan.memory->held},
                      {"selector_bytes", plan.memory->scratch},
                      {"score_bytes", plan.memory->score}};
  } else {
    json["bytes_to_read"] = plan.bytes_to_read;
  }
  json["file_bytes"] = plan.file_bytes;
  json["scratch_bytes"] = plan.scratch_bytes;
  json["seconds"] = {{"read", plan.read_seconds},
                     {"select", plan.select_seconds ? Json(*plan.select_seconds) : Json(nullptr)},
                     {"select_measured", plan.select_measured}};
  json["notes"] = plan.notes;
  json["refusals"] = plan.refusals;
  return json;
}

}  // namespace maskbench
