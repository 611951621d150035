// maskbench thin: the points of curves that no table reads leave a file of records.

#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "datasets/core/whole_file.hpp"
#include "experiments/commands/commands.hpp"
#include "experiments/commands/terminal.hpp"
#include "experiments/descriptor/descriptor.hpp"
#include "experiments/records/ledger.hpp"
#include "experiments/tables/curves.hpp"

namespace maskbench {
namespace {

int thin_files(const std::vector<std::string>& files) {
  for (const std::string& file : files) {
    if (!std::filesystem::is_regular_file(file)) throw UserError(file + ": there is no such file");
    const Ledger ledger(file, Ledger::Open::resume, &record_schema());  // nobody else writes it meanwhile
    const std::vector<Json> lines = thinned(ledger.records());
    std::string text;
    for (const Json& line : lines) text += write_json(line) + "\n";
    const auto before = std::filesystem::file_size(file);
    if (lines != ledger.records()) write_whole(file, text);
    print_out("{}: {} of {} lines, {} of {} bytes\n", file, lines.size(), ledger.records().size(),
              text.size(), before);
  }
  return 0;
}

}  // namespace

void add_thin(CLI::App& program, int& exit_code) {
  const auto files = std::make_shared<std::vector<std::string>>();
  CLI::App& command =
      *program.add_subcommand("thin", "records without the curve points that no table reads")->group("");
  command.add_option("records", *files, "RECORDS.jsonl, rewritten")->required();
  command.callback([files, &exit_code] { exit_code = thin_files(*files); });
}

}  // namespace maskbench
