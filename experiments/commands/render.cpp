// maskbench render: records to tables, a pure function.

#include <charconv>
#include <cstdio>
#include <memory>

#include "datasets/core/whole_file.hpp"
#include "experiments/commands/commands.hpp"
#include "experiments/commands/data_options.hpp"
#include "experiments/commands/terminal.hpp"
#include "experiments/descriptor/descriptor.hpp"
#include "experiments/machine/outputs.hpp"
#include "experiments/records/ledger.hpp"
#include "experiments/tables/render.hpp"

namespace maskbench {
namespace {

struct RenderArguments {
  std::vector<std::string> files;
  std::string format = "md", out, columns;
  bool no_times = false, overwrite = false;
};

// "all", or the most columns of a table.
std::size_t columns_of(const std::string& text) {
  if (text.empty()) return kReadableColumns;
  if (text == "all") return 0;
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 2)
    throw UserError("--columns: \"" + text + "\" is neither all nor a number from 2 on");
  return number;
}

int render_files(const RenderArguments& given) {
  RenderOptions options;
  options.format = table_format(given.format);
  options.times = !given.no_times;
  check_outputs(
      {{"--out", given.out,
        text_kind("a table of maskbench render", {"Build: MaskBench ", "run,group,table,row,column,"})}},
      Inputs().files("records", given.files), given.overwrite);
  options.columns = columns_of(given.columns);
  std::vector<Json> records;
  for (const std::string& file : given.files) {
    for (Json& record : read_records(file, &record_schema())) records.push_back(std::move(record));
  }
  const std::string text = render(records, options);
  if (given.out.empty()) {
    print_out("{}", text);
    return 0;
  }
  write_whole(given.out, text);
  return 0;
}

}  // namespace

void add_render(CLI::App& program, int& exit_code) {
  const auto given = std::make_shared<RenderArguments>();
  CLI::App& command = *program.add_subcommand("render", "tables from records");
  command.add_option("records", given->files, "RECORDS.jsonl of one or several runs")->required();
  command.add_option("--format", given->format, "md, tex or csv; default md");
  command.add_option("--columns", given->columns,
                     "md and tex: all, or the most columns of a table; default 6, labels counted");
  command.add_option("--out", given->out, "a file instead of the terminal");
  add_overwrite_option(command, given->overwrite);
  command
      .add_flag("--no-times", given->no_times, "no seconds, no memory: what two runs of one build agree on")
      ->group("");
  command.footer(
      "Example:\n  maskbench render results/runs/speedup/quick-*.jsonl --format tex --out speedup.tex\n"
      "  maskbench render lambda.jsonl --columns all");
  command.callback([given, &exit_code] { exit_code = render_files(*given); });
}

}  // namespace maskbench
