// maskbench select: Parquet in, ids out.

#include <fmt/format.h>

#include <memory>

#include "experiments/commands/commands.hpp"
#include "experiments/commands/data_options.hpp"
#include "experiments/commands/progress_bar.hpp"
#include "experiments/commands/terminal.hpp"
#include "experiments/commands/watched.hpp"

namespace maskbench {
namespace {

constexpr const char* kSelectExamples =
    "Examples:\n"
    "  maskbench select --data docs.parquet --quality edu_score --fraction 0.1 --out ids.parquet\n"
    "  maskbench select --data DATASET --selector KEY --rows 500 --out ids.parquet\n"
    "  maskbench select --data a.parquet,b.parquet --features embedding --quality dclm,edu --length tokens "
    "\\\n"
    "    --objective 'KEY[name=value]' --selector 'KEY[name=value]' --tokens 5000000 --seed 1 \\\n"
    "    --out ids.parquet --report report.json\n"
    "  maskbench select --again ids.parquet --seed 2 --out other.parquet";

int select(const SelectRequest& request) {
  Json report;
  run_watched([&](const Watch& watch) { report = run_select(request, watch); });
  for (const Json& warning : report["warnings"])
    print_err("maskbench: note: {}\n", warning.get<std::string>());
  const Json& value = report["objective"]["value"];
  print_err(
      "{} rows by {}{}, in {}: {}\n", report["rows"].get<Index>(), report["selector"].get<std::string>(),
      value.is_null()
          ? std::string()
          : fmt::format(", {} = {}", report["objective"]["key"].get<std::string>(), value.get<double>()),
      print_seconds(report["seconds"]["select"].get<double>()), request.out);
  if (const std::string way = way_of(report); !way.empty()) print_err("{}\n", way);
  return 0;
}

}  // namespace

void add_select(CLI::App& program, int& exit_code) {
  const auto request = std::make_shared<SelectRequest>();
  CLI::App& command = *program.add_subcommand("select", "choose rows of a data set and write their ids");
  add_again_option(command, *request);
  add_select_options(command, *request);
  command
      .add_option("--time-limit", request->time_limit,
                  "seconds for the selector; then it gives what it has, and the report says so")
      ->check(CLI::PositiveNumber);
  command.add_option("--out", request->out, "SELECTED.parquet: row, id, count, score, pick")->required();
  command.add_option("--report", request->report, "REPORT.json: values, metrics, seconds, memory");
  command.footer(kSelectExamples);
  command.callback([request, &exit_code] { exit_code = select(*request); });
}

}  // namespace maskbench
