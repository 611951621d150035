#include "experiments/commands/data_options.hpp"

#include <charconv>
#include <cstdint>
#include <filesystem>
#include <string>

#include "datasets/readers/data_files.hpp"
#include "experiments/machine/memory.hpp"

namespace maskbench {
namespace {

void add_amount(CLI::Option_group& group, const char* option, Unit unit, SelectRequest& request,
                const char* meaning) {
  group
      .add_option_function<std::int64_t>(
          option,
          [&request, unit](std::int64_t amount) {
            request.budget.unit = unit;
            request.budget.amount = amount;
            request.budget.fraction.reset();
          },
          meaning)
      ->transform(whole_number());
}

}  // namespace

namespace {

// Several --data as one: a path that is there keeps its commas and stars.
std::string as_one(const std::vector<std::string>& all) {
  if (all.size() == 1) return all.front();
  std::string text;
  for (const std::string& one : all) {
    std::error_code unknown;
    text += (text.empty() ? "" : ",") + (std::filesystem::exists(one, unknown) ? with_escapes(one) : one);
  }
  return text;
}

CLI::Validator without_desc() {
  return CLI::Validator(
      [](std::string& column) -> std::string {
        if (column.ends_with(":desc")) column.resize(column.size() - 5);
        return "";
      },
      "COLUMN");
}

}  // namespace

CLI::Validator whole_number() {
  return CLI::Validator(
      [](std::string& text) -> std::string {
        std::uint64_t number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (end != text.data() + text.size() || error != std::errc())
          return "\"" + text + "\" is not a whole number from 0 to 18446744073709551615";
        text = std::to_string(number);
        return "";
      },
      "N");
}

void add_data_options(CLI::App& command, DataChoice& choice) {
  command
      .add_option_function<std::vector<std::string>>(
          "--data", [&choice](const std::vector<std::string>& all) { choice.data = as_one(all); },
          "files, separated by commas or given again: Parquet or JSON lines (.gz, .zst), .npy features "
          "beside them; a "
          "folder, a pattern like 'part-*.parquet', @LIST of files; or a registered data set "
          "NAME[param=value,...]")
      ->required();
  command.add_option("--features", choice.features,
                     "embedding column; default: the one column of lists of floats; -: none. Of binary, "
                     "COLUMN:bits, :float32, :float16, :int8 or :uint8");
  command
      .add_option("--quality", choice.quality,
                  "score columns, higher is better (COLUMN:asc: lower is); each min-max scaled, then summed")
      ->delimiter(',')
      ->transform(without_desc());
  command.add_option("--score", choice.scores, "further score columns, no part of the quality")
      ->delimiter(',');
  command.add_option(
      "--missing", choice.missing,
      "[COLUMN=]error, drop, lowest or a value: rows without a score, a label or a length, and rows of "
      "zeros; default: error");
  command.add_option("--length", choice.length, "tokens of each row");
  command.add_option("--id", choice.id, "name of each row, distinct");
  command
      .add_option_function<std::string>(
          "--id-scope", [&choice](const std::string& scope) { choice.ids_per_file = scope == "file"; },
          "all (the default): an id stands once; file: once in each file")
      ->check(CLI::IsMember({"all", "file"}));
  command.add_flag("--allow-repeats", choice.repeated_files, "a file may be named twice");
  command.add_option("--text", choice.text, "text of each row");
  command.add_option("--label", choice.labels, "integer or string columns: domains, topics, clusters")
      ->delimiter(',');
  command.add_option("--matrix", choice.matrices, "NAME=COLUMN: a further list column");
  command.add_option("--related", choice.related,
                     "ROLE=FILE or ROLE=NAME[...]: a data set beside this one with all its columns, like "
                     "targets=good.parquet");
  command.add_option(
      "--scratch", choice.scratch,
      "folder of a scratch file for features that memory cannot hold; default: TMPDIR, else /tmp");
}

void add_overwrite_option(CLI::App& command, bool& overwrite) {
  command.add_flag("--overwrite", overwrite,
                   "replace a file that is of another kind than the one that is written");
}

void add_memory_option(CLI::App& command, std::int64_t& bytes) {
  command.add_option_function<std::string>(
      "--memory", [&bytes](const std::string& text) { bytes = parse_bytes(text); },
      "most memory to use: bytes, or a number with K, M, G, T; default: what is free. Features that it "
      "cannot hold go to a "
      "scratch file; what cannot walk one is refused, with what can");
}

// Declared first: what it finds are defaults, which options that are given replace.
void add_again_option(CLI::App& command, SelectRequest& request) {
  command.add_option_function<std::string>(
      "--again",
      [&](const std::string& selected) {
        request = read_question(selected).request;
        request.again = selected;
        command.get_option("--data")->required(false);
        command.get_option_group("Budget")->require_option(0, 1);
      },
      "SELECTED.parquet: asks what it answers once more; options that are given beside it replace its own");
}

void add_select_options(CLI::App& command, SelectRequest& request) {
  add_data_options(command, request.data);
  command.add_option("--objective", request.objective,
                     "KEY[name=value,...]; default: by whether there is a quality (`list objectives`)");
  command.add_option("--selector", request.selector,
                     "KEY[name=value,...], or auto (the default): what the objective advises");
  CLI::Option_group& budget = *command.add_option_group("Budget", "how much to select; exactly one");
  add_amount(budget, "--rows", Unit::rows, request, "rows");
  budget.add_option("--fraction", request.budget.fraction,
                    "share of the rows, or of what --of says, in (0, 1]; max(1, floor(F n))");
  add_amount(budget, "--tokens", Unit::tokens, request, "tokens, as --length counts them");
  add_amount(budget, "--bytes", Unit::bytes, request, "bytes of --text, or of an integer column `bytes`");
  add_amount(budget, "--characters", Unit::characters, request,
             "characters of --text, or of an integer column `characters`");
  budget.add_flag_callback(
      "--no-budget", [&request] { request.budget.unit = Unit::none; },
      "the selector's own thresholds decide");
  budget.require_option(1);
  command
      .add_option_function<std::string>(
          "--of", [&request](const std::string& unit) { request.budget.unit = unit_named(unit); },
          "what --fraction is of: rows (the default), tokens, bytes or characters")
      ->check(CLI::IsMember({"rows", "tokens", "bytes", "characters"}))
      ->needs("--fraction");
  command
      .add_option_function<std::string>(
          "--fill", [&request](const std::string& fill) { request.budget.fill = fill_named(fill); },
          "at_most: the longest prefix of the selector's order within the budget (the default); at_least: "
          "the shortest that "
          "reaches it; pack: goes on past a row that does not fit")
      ->check(CLI::IsMember({"at_most", "at_least", "pack"}));
  command.add_option("--keep", request.keep,
                     "SELECTED.parquet: rows that are chosen already and count in the budget");
  command.add_option("--quota", request.quotas,
                     "COLUMN=FILE: JSON object, label -> most rows (or tokens, ...) or share, like 0.25");
  command.add_option("--seed", request.seed, "seed of stochastic selectors; default 0")
      ->transform(whole_number());
  command.add_option("--threads", request.threads, "default: all cores")
      ->transform(whole_number())
      ->check(CLI::PositiveNumber);
  add_memory_option(command, request.memory);
  command.add_option("--device", request.device, "cpu or cuda; default cpu")
      ->check(CLI::IsMember({"cpu", "cuda"}));
  command.add_option("--plugin", request.plugins, "FILE.so with further selectors");
  command.add_flag("--force", request.force, "go on though the memory will not do");
  add_overwrite_option(command, request.overwrite);
}

}  // namespace maskbench
