// The table gate against a small tree of its own.
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <map>

#include "experiments/gate/table_gate.hpp"
#include "experiments/records/record.hpp"
#include "experiments/tables/render.hpp"
#include "tests/folder.hpp"

namespace maskbench {
namespace {

namespace fs = std::filesystem;

class Tree {
 public:
  Tree() {
    const Json axes = {{"dataset", "d"}, {"objective", "o"}, {"budget", "b"}, {"selector", "s"}};
    CellRecord cell;
    cell.key = "k";
    cell.dataset = "d";
    cell.objective = "o";
    cell.selector = "s";
    cell.value = 0.5;
    const Json run =
        to_json(RunRecord{{{"id", "toy"}, {"table", {{"rows", "selector"}, {"cells", {"objective"}}}}},
                          "ci",
                          Json::array({{{"key", "k"}, {"repetition", 0}, {"axes", axes}}})});
    records = {run, to_json(cell)};
    write("results/runs/toy/ci.jsonl", write_json(run) + "\n" + write_json(records[1]) + "\n");
    write("results/runs/current.json", R"({"toy-ci": "results/runs/toy/ci.jsonl"})");
    for (const char* format : {"md", "tex", "csv"})
      write(std::string("results/tables/toy-ci.") + format, render(records, {table_format(format), true}));
  }

  void write(const std::string& name, const std::string& text) const {
    fs::create_directories(fs::path(root / name).parent_path());
    std::ofstream(root / name, std::ios::binary) << text;
  }
  std::map<std::string, GateVerdict> verdicts() const {
    std::map<std::string, GateVerdict> by_name;
    for (const GateVerdict& verdict : check_tables(root.path())) by_name[verdict.name] = verdict;
    return by_name;
  }

  test::Folder root;
  std::vector<Json> records;
};

TEST_CASE("committed records give the committed tables, or the first line that differs") {
  const Tree tree;
  auto found = tree.verdicts();
  CHECK(found.size() == 3);
  for (const auto& [name, verdict] : found) CHECK(verdict.verdict == "same");

  std::string text = render(tree.records, {TableFormat::md, true});
  text.replace(text.find("0.50000"), 7, "0.50001");
  tree.write("results/tables/toy-ci.md", text);
  fs::remove(tree.root / "results/tables/toy-ci.tex");
  tree.write("results/tables/old-ci.csv", "run\n");
  tree.write("results/tables/notes.txt", "no table\n");
  tree.write("results/tables/claims.md", "of no run\n");
  found = tree.verdicts();
  CHECK(found.size() == 4);
  CHECK(found.at("toy-ci.md").verdict == "changed");
  CHECK_THAT(found.at("toy-ci.md").detail,
             Catch::Contains("0.50001") && Catch::Contains("now \"| s | 0.50000 |\""));
  CHECK(found.at("toy-ci.tex").verdict == "missing");
  CHECK(found.at("toy-ci.csv").verdict == "same");
  CHECK(found.at("old-ci.csv").verdict == "no records");

  tree.write("results/runs/toy/ci.jsonl", "{\"kind\": \"cell\"\n");
  CHECK(tree.verdicts().at("toy-ci").verdict == "broken");  // and the others have their verdicts
  CHECK_THAT(tree.verdicts().at("toy-ci").detail, Catch::Contains("results/runs/toy/ci.jsonl"));

  fs::remove(tree.root / "results/runs/toy/ci.jsonl");
  CHECK(tree.verdicts().at("toy-ci.csv").verdict == "missing");
  tree.write("results/runs/current.json", "[]");
  CHECK_THROWS_AS(tree.verdicts(), UserError);
}

}  // namespace
}  // namespace maskbench
