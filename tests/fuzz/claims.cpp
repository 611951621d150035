// A file of claims, a zero byte, and the file that says which records stand behind the tables; judged and
// printed.
#include "datasets/core/folders.hpp"
#include "experiments/claims/claims_file.hpp"
#include "tests/fuzz/harness.hpp"

MASKBENCH_FUZZ {
  using namespace maskbench;
  static const bool at_home = (set_repository_root(MASKBENCH_SOURCE_DIR), true);
  static_cast<void>(at_home);
  const std::size_t end = std::min(input.find('\0'), input.size());
  // Records count from two folders above the second file: those of tests/fuzz/records.
  static const std::string records = fuzz::file_of(
      "records.jsonl", read_whole(MASKBENCH_SOURCE_DIR "/tests/fuzz/corpus/records/three_cells"));
  const std::string current =
      end < input.size() ? std::string(input.substr(end + 1)) : "{\"three_cells-ci\": \"" + records + "\"}";
  const JudgedClaims judged = judge_claims_file(
      {fuzz::file_of("claims.json", input.substr(0, end)), fuzz::file_of("current.json", current)});
  closing_line(judged.results);
  claims_page(judged.results, "evidence.md");
  claims_latex(judged.results);
  claims_text(judged.results);
  evidence_page(judged.results);
  accepted_text(judged);
}
