// maskbench score: what ids are worth, whoever chose them.

#include <fmt/format.h>

#include <memory>

#include "experiments/commands/commands.hpp"
#include "experiments/commands/data_options.hpp"
#include "experiments/commands/terminal.hpp"
#include "experiments/commands/watched.hpp"

namespace maskbench {
namespace {

constexpr const char* kScoreExamples =
    "Examples:\n"
    "  maskbench score --data docs.parquet --quality edu_score --ids ids.parquet\n"
    "  maskbench score --data docs.parquet --ids other_program.parquet --objective KEY[name=value] --json";

void print_table(const Json& report) {
  const auto line = [](const std::string& name, const Json& value) {
    print_out("{:<36} {}\n", name,
              value.is_null()           ? "-"
              : value.is_number_float() ? fmt::format("{:.6g}", value.get<double>())
                                        : value.dump());
  };
  line("rows", report["rows"]);
  line(report["objective"]["key"].get<std::string>(), report["objective"]["value"]);
  line("  of random rows", report["random"]["mean"]);
  line("  upper bound", report["bound"]);
  line("  normalised", report["normalised"]);
  for (const auto& [name, value] : report["metrics"].items()) line(name, value);
  if (!report["normalised"].is_null())
    print_out("{}\n", way_of(report));
  else if (report.contains("bound_reason"))
    print_out("no upper bound: {}\n", report["bound_reason"].get<std::string>());
}

int score(const ScoreRequest& request, bool json) {
  ScoreResult result;
  run_watched([&](const Watch& watch) { result = run_score(request, watch); });
  for (const std::string& warning : result.warnings) print_err("maskbench: note: {}\n", warning);
  if (json)
    print_out("{}\n", write_json(result.report, 2));
  else
    print_table(result.report);
  return 0;
}

}  // namespace

void add_score(CLI::App& program, int& exit_code) {
  struct Given {
    ScoreRequest request;
    std::vector<std::string> metrics;
    bool json = false;
  };
  const auto given = std::make_shared<Given>();
  CLI::App& command = *program.add_subcommand("score", "the value and metrics of chosen rows");
  add_data_options(command, given->request.data);
  command
      .add_option("--ids", given->request.ids,
                  "SELECTED.parquet, or any Parquet file with a column `row` or `id`")
      ->required();
  add_memory_option(command, given->request.memory);
  command.add_option("--objective", given->request.objective,
                     "KEY[name=value,...]; default: the one that the ids were made for, else as in select");
  command.add_option("--certificate", given->request.certificate,
                     "FILE with an upper bound to verify, in one pass");
  command.add_option("--write-certificate", given->request.write_certificate,
                     "FILE for the upper bound that is found, with what proves it");
  add_overwrite_option(command, given->request.overwrite);
  command.add_option("--plugin", given->request.plugins, "FILE.so with further selectors");
  command.add_option(
      "--metrics", given->metrics,
      "these of `maskbench list metrics`, or none: the objective alone, which may take far less "
      "time; default: all");
  command.add_flag("--json", given->json, "one JSON object instead of a table");
  command.footer(kScoreExamples);
  command.callback([given, &exit_code] {
    if (!given->metrics.empty()) given->request.metrics = given->metrics;
    if (given->metrics == std::vector<std::string>{"none"}) given->request.metrics->clear();
    exit_code = score(given->request, given->json);
  });
}

}  // namespace maskbench
