// external: another program chooses: a Parquet file in, SELECTED.parquet out.
//
//   sh -c "COMMAND INPUT.parquet OUTPUT.parquet ROWS SEED"
//
// INPUT holds the problem (problem_file.hpp lists its columns), ROWS is how many candidates to choose; the
// answer needs a column `row` or `id` (datasets/readers/selection_file.hpp). Where COMMAND holds {input},
// {output}, {rows} or {seed}, nothing is appended and these are filled in. An answer of fewer rows is taken
// as it is; a program that ends with another status than 0 fails, with the end of what it printed.
// Guarantee: the program's.
// Cost: its own. The input is written before the clock starts; starting the program and reading its answer
// are timed.
//
//   code    here  meaning
//   folder  -     temporary, gone with the selector
//
// Departs from the source: nothing to depart from. A command holds no comma and no unmatched bracket: those
// are marks of the selector's text. Whatever needs them goes into a script.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "algorithms/core/selector.hpp"
#include "algorithms/wrappers/problem_file.hpp"
#include "algorithms/wrappers/shell_command.hpp"
#include "datasets/core/folders.hpp"
#include "datasets/core/scratch_folder.hpp"

namespace maskbench {
namespace {

constexpr std::size_t kTail = 2000;  // characters of output that an error repeats

struct ExternalParams {
  std::string command;
  template <class Visit>
  void fields(Visit&& visit) {
    visit("command", command, any(),
          "what /bin/sh runs; INPUT OUTPUT ROWS SEED follow, or stand in it in braces");
  }
};

bool fill_in(std::string& command, const std::string& mark, const std::string& word) {
  bool found = false;
  for (std::size_t at = command.find(mark); at != std::string::npos;
       at = command.find(mark, at + word.size())) {
    command.replace(at, mark.size(), word);
    found = true;
  }
  return found;
}

std::string end_of(const std::string& path) {
  std::ifstream file(path);
  const std::string all{std::istreambuf_iterator<char>(file), {}};
  if (all.empty()) return "nothing";
  return all.size() <= kTail ? all : "..." + all.substr(all.size() - kTail);
}

class External final : public Selector {
 public:
  using Params = ExternalParams;
  explicit External(Params params) : params_(std::move(params)) {}

  std::optional<std::string> refuses(const Problem&) const override {
    if (params_.command.empty()) return "needs a command: external[command=PROGRAM]";
    return std::nullopt;
  }

  void prepare(const Problem& problem) override {
    folder_.emplace(temporary_folder() + "/maskbench-external");
    write_problem(folder_->file("input.parquet"), problem);
  }

  Selection select(const Problem& problem, RunContext& context) override {
    MASKBENCH_CHECK(folder_.has_value(), "prepare() comes first");
    const std::string output = folder_->file("selected.parquet"), log = folder_->file("log");
    std::filesystem::remove(output);
    const auto status = run_shell(command_line(problem, output, context), log, folder_->path(),
                                  [&] { return context.stopping(); });
    if (!status) return {.why = Stop::interrupted};
    if (*status != 0) {
      throw UserError("the command \"" + params_.command + "\" ended with status " + std::to_string(*status) +
                      "; it printed: " + end_of(log));
    }
    return read_answer(output, problem);
  }

  std::int64_t scratch_bytes(
      const Problem& problem) const override {  // here; the program's own memory is not known
    return 8192 * (4 * problem.data.features().cols + 64) * 2 + 64 * problem.expected_rows();
  }

 private:
  std::string command_line(const Problem& problem, const std::string& output,
                           const RunContext& context) const {
    const std::string input = shell_quoted(folder_->file("input.parquet")), out = shell_quoted(output);
    const std::string rows = std::to_string(problem.rows_to_pick()), seed = std::to_string(context.seed());
    std::string command = params_.command;
    bool marked = fill_in(command, "{input}", input);
    marked = fill_in(command, "{output}", out) || marked;
    marked = fill_in(command, "{rows}", rows) || marked;
    marked = fill_in(command, "{seed}", seed) || marked;
    return marked ? command : command + " " + input + " " + out + " " + rows + " " + seed;
  }

  Params params_;
  std::optional<ScratchFolder> folder_;
};

}  // namespace

MASKBENCH_SELECTOR(external, External, "another program: Parquet in, SELECTED.parquet out", "fan2026datamask",
                   .stochastic = true, .may_stop_early = true, .repeats = true, .rows_only = true,
                   .no_quotas = true, .runs_commands = true)

}  // namespace maskbench
