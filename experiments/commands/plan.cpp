// maskbench plan: what a selection would take.

#include <fmt/format.h>

#include <memory>

#include "datasets/core/whole_file.hpp"
#include "experiments/commands/commands.hpp"
#include "experiments/commands/data_options.hpp"
#include "experiments/commands/progress_bar.hpp"
#include "experiments/commands/terminal.hpp"
#include "experiments/commands/watched.hpp"
#include "experiments/jobs/plan_job.hpp"
#include "experiments/machine/memory.hpp"
#include "experiments/machine/outputs.hpp"

namespace maskbench {
namespace {

constexpr const char* kExample =
    "Example:\n"
    "  maskbench plan --data docs.parquet --quality edu_score --fraction 0.1\n"
    "Nothing is selected: the method runs for at most two seconds, to see how far it gets. --out is not "
    "written, --report\n"
    "gets the plan as JSON.";

void print(const Plan& plan) {
  if (plan.memory) {
    print_out("problem    {} of {} rows, {} dimensions; {} by {}\n", plan.rows_to_pick, plan.rows,
              plan.dimensions, plan.objective, plan.selector);
    print_out(
        "memory     {} at the peak: {} in use with the data read, {} for the selector, {} for scoring and "
        "writing\n",
        print_bytes(plan.memory->peak()), print_bytes(plan.memory->held), print_bytes(plan.memory->scratch),
        print_bytes(plan.memory->score));
    print_out("time       {} to read (measured), {} to select\n", print_seconds(plan.read_seconds),
              !plan.select_seconds   ? "an unknown time"
              : plan.select_measured ? print_seconds(*plan.select_seconds) + " (measured)"
                                     : "about " + print_seconds(*plan.select_seconds));
    print_out("space      {} for the answer\n", print_bytes(plan.file_bytes));
  } else {
    print_out("memory     {} to hold the data\n", print_bytes(plan.bytes_to_read));
  }
  for (const std::string& note : plan.notes) print_out("note       {}\n", note);
  for (const std::string& refusal : plan.refusals) print_out("refusal    {}\n", refusal);
}

int plan_selection(SelectRequest request) {
  const std::string report = std::exchange(request.report, "");
  request.out.clear();
  check_outputs({{"--report", report, json_kind("a plan of maskbench plan", {"rows_to_pick", "refusals"})}},
                inputs_of(request), request.overwrite);
  Plan plan;
  run_watched([&](const Watch& watch) { plan = make_plan(request, watch); });
  print(plan);
  if (report.empty()) return 0;
  write_whole(report, write_json(to_json(plan), 2) + "\n");
  return 0;
}

}  // namespace

void add_plan(CLI::App& program, int& exit_code) {
  const auto request = std::make_shared<SelectRequest>();
  CLI::App& command =
      *program.add_subcommand("plan", "memory, time and refusals of a selection, without making it");
  add_select_options(command, *request);
  command.add_option("--out", request->out, "as for select; not written");
  command.add_option("--report", request->report, "PLAN.json");
  command.footer(kExample);
  command.callback([request, &exit_code] { exit_code = plan_selection(*request); });
}

}  // namespace maskbench
