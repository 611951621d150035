// Selectors inside selectors, and answers of other programs.
#include <catch2/catch.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "algorithms/wrappers/shell_command.hpp"
#include "algorithms/wrappers/water_filling.hpp"
#include "datasets/readers/selection_file.hpp"
#include "tests/contract/tiny_problem.hpp"
#include "tests/folder.hpp"

namespace maskbench {
namespace {

namespace fs = std::filesystem;
using contract::Tiny;
using contract::tiny_data;

class Folder : public test::Folder {
 public:
  std::string script(const std::string& name, const std::string& text) const {
    std::ofstream(*this / name) << text;
    return *this / name;
  }
};

Tiny joint_problem(Budget budget = {Unit::rows, 12, Fill::at_most}) {
  return std::move(Tiny(tiny_data(60), budget).objective_of("joint"));
}

TEST_CASE("pruned lets the inner selector see the best candidates only") {
  const Tiny tiny = joint_problem();
  const auto best = contract::picks("top_k", Tiny(tiny_data(60), {Unit::rows, 30, Fill::at_most}).problem());
  for (const Index row : contract::picks("pruned[inner=random,keep=0.5]", tiny.problem())) {
    CHECK(std::find(best.begin(), best.end(), row) != best.end());
  }
  // Never fewer than fill the budget: then nothing is left to choose.
  const auto forced = contract::picks("pruned[inner=random,keep=0.01]", tiny.problem());
  const auto top = contract::picks("top_k", tiny.problem());
  CHECK(std::set<Index>(forced.begin(), forced.end()) == std::set<Index>(top.begin(), top.end()));
  CHECK(contract::picks("pruned[inner=greedy,keep=1]", tiny.problem()) ==
        contract::picks("greedy", tiny.problem()));
}

TEST_CASE("pruned keeps enough for a budget in tokens") {
  const Tiny tiny = joint_problem({Unit::tokens, 3000, Fill::at_least});
  const auto selection = contract::answer("pruned[inner=random,keep=0.01]", tiny.problem());
  std::int64_t tokens = 0;
  for (const Index row : selection->items) tokens += tiny.data->lengths()[row];
  CHECK(tokens >= 3000);
}

TEST_CASE("blocked takes the same share of each block and an exact total") {
  const Tiny tiny = joint_problem({Unit::rows, 13, Fill::at_most});
  for (const std::string blocks : {"1", "4", "7", "13", "60", "1000"}) {
    INFO(blocks);
    const auto selection = contract::answer("blocked[inner=top_k,blocks=" + blocks + "]", tiny.problem());
    CHECK(selection->items.size() == 13);
    CHECK(selection->why == Stop::filled);
    CHECK(contract::fault(tiny.problem(), *selection, {}) == "");
  }
  const auto whole = contract::answer("blocked[inner=top_k,blocks=1]", tiny.problem());
  CHECK(whole->items == contract::picks("top_k", tiny.problem()));
  // 60 blocks of one row and a budget of all: everything.
  const Tiny all = joint_problem({Unit::rows, 60, Fill::at_most});
  CHECK(contract::picks("blocked[inner=top_k,blocks=60]", all.problem()).size() == 60);
}

TEST_CASE("blocks differ from seed to seed") {
  const Tiny tiny = joint_problem();
  CHECK(contract::picks("blocked[inner=top_k,blocks=6]", tiny.problem(), 1) !=
        contract::picks("blocked[inner=top_k,blocks=6]", tiny.problem(), 2));
}

TEST_CASE("chain hands the first one's rows to the second") {
  const Tiny tiny = joint_problem();
  const auto best = contract::picks("top_k", Tiny(tiny_data(60), {Unit::rows, 20, Fill::at_most}).problem());
  for (const std::string keep : {"20", "0.333"}) {
    const auto items =
        contract::picks("chain[first=top_k,then=greedy,first_keep=" + keep + "]", tiny.problem());
    CHECK(items.size() == 12);
    for (const Index row : items) CHECK(std::find(best.begin(), best.end(), row) != best.end());
  }
  const auto items = contract::picks("chain[first=random,then=top_k,first_keep=1]", tiny.problem());
  CHECK(items == contract::picks("top_k", tiny.problem()));
  CHECK(contract::picks("chain[first=top_k,then=random,first_keep=2]", tiny.problem()).size() == 12);
}

TEST_CASE("chain leaves a multiple of the budget") {
  const Tiny tiny = joint_problem();
  const auto best = contract::picks("top_k", Tiny(tiny_data(60), {Unit::rows, 30, Fill::at_most}).problem());
  for (const Index row : contract::picks("chain[first=top_k,then=random,budgets=2.5]", tiny.problem()))
    CHECK(std::find(best.begin(), best.end(), row) != best.end());
  CHECK(contract::picks("chain[first=top_k,then=random,budgets=2.5]", tiny.problem()).size() == 12);
  CHECK(contract::picks("chain[first=random,then=top_k,budgets=1000]", tiny.problem()) ==
        contract::picks("top_k", tiny.problem()));
}

TEST_CASE("neighbouring blocks are runs of candidates") {
  const Tiny tiny = joint_problem({Unit::rows, 10, Fill::at_most});
  const auto items = contract::picks("blocked[inner=top_k,blocks=10,rows=neighbouring]", tiny.problem());
  REQUIRE(items.size() == 10);
  std::set<Index> blocks;
  for (const Index row : items) blocks.insert(row / 6);
  CHECK(blocks.size() == 10);  // one of each run of six
  CHECK(items == contract::picks("blocked[inner=top_k,blocks=10,rows=neighbouring]", tiny.problem(), 99));
}

TEST_CASE("a block may stand for its own rows only") {
  Tiny tiny(tiny_data(60), {Unit::rows, 12, Fill::at_most});
  tiny.objective_of("facility_location");
  const auto own =
      contract::picks("blocked[inner=greedy,blocks=3,rows=neighbouring,cover=block]", tiny.problem());
  // The same from problems that are the blocks.
  std::set<Index> expected;
  for (Index block = 0; block < 3; ++block) {
    std::vector<Index> rows;
    for (Index row = 20 * block; row < 20 * block + 20; ++row) rows.push_back(row);
    const auto value = [&](const std::vector<Index>& items) {
      return tiny.objective->batch_value(items, rows);
    };
    std::vector<Index> picked;
    for (int pick = 0; pick < 4; ++pick) {
      std::pair<double, Index> best{-2, -1};
      for (const Index row : rows) {
        if (std::find(picked.begin(), picked.end(), row) != picked.end()) continue;
        std::vector<Index> more = picked;
        more.push_back(row);
        if (value(more) > best.first) best = {value(more), row};
      }
      picked.push_back(best.second);
    }
    expected.insert(picked.begin(), picked.end());
  }
  CHECK(std::set<Index>(own.begin(), own.end()) == expected);
  CHECK(own != contract::picks("blocked[inner=greedy,blocks=3,rows=neighbouring]", tiny.problem()));
}

TEST_CASE("grouped shares the budget among a label's values") {
  const Tiny tiny = joint_problem({Unit::rows, 13, Fill::at_most});  // topics 0, 1, 2 of 20 rows each
  for (const std::string share : {"proportional", "equal"}) {
    const auto items = contract::picks("grouped[inner=top_k,share=" + share + "]", tiny.problem());
    REQUIRE(items.size() == 13);
    std::map<std::int32_t, int> count;
    for (const Index row : items) ++count[tiny.data->label("topic")[row]];
    CHECK(count == std::map<std::int32_t, int>{{0, 5}, {1, 4}, {2, 4}});
  }
  CHECK_THAT(selectors().make("grouped[label=nothing]")->refuses(tiny.problem()).value(),
             Catch::Contains("topic"));
}

TEST_CASE("water-filling gives all the same, and small ones all they have") {
  using Numbers = std::vector<std::int64_t>;
  CHECK(water_filling(10, {100, 100, 100}) == Numbers{4, 3, 3});
  CHECK(water_filling(10, {1, 100, 5}) == Numbers{1, 5, 4});
  CHECK(water_filling(100, {1, 2, 3}) == Numbers{1, 2, 3});
  CHECK(water_filling(0, {1, 2}) == Numbers{0, 0});
  CHECK(water_filling(3, {}) == Numbers{});
  const Stream stream(8, purpose("vessels"));
  for (std::uint64_t draw = 0; draw < 200; ++draw) {
    Numbers room;
    for (std::uint64_t k = 0; k < 1 + draw % 9; ++k)
      room.push_back(static_cast<std::int64_t>(stream.below(20, k, draw)));
    const std::int64_t all = std::accumulate(room.begin(), room.end(), std::int64_t{0});
    const auto total = static_cast<std::int64_t>(stream.below(150, 100, draw));
    const Numbers share = water_filling(total, room);
    CHECK(std::accumulate(share.begin(), share.end(), std::int64_t{0}) == std::min(total, all));
    for (std::size_t a = 0; a < share.size(); ++a) {
      CHECK(share[a] <= room[a]);
      for (std::size_t b = 0; b < share.size(); ++b) CHECK((share[a] == room[a] || share[b] <= share[a] + 1));
    }
  }
}

TEST_CASE("filtered leaves a band of a score and some labels") {
  const Tiny tiny = joint_problem({Unit::rows, 10, Fill::at_most});
  const auto score = tiny.data->score("first");
  const auto at = [&](Index row) { return score[row]; };
  for (const Index row :
       contract::picks("filtered[inner=random,score=first,low=0.25,high=0.75]", tiny.problem()))
    CHECK((at(row) >= 0.25f && at(row) <= 0.75f));
  const auto middle = contract::picks("filtered[inner=top_k,score=first,by=rank,low=0.5]",
                                      Tiny(tiny_data(60), {Unit::rows, 60, Fill::at_most}).problem());
  CHECK(middle.size() == 30);
  for (const Index row : middle) {
    int below = 0;
    for (Index other = 0; other < 60; ++other) below += at(other) < at(row) ? 1 : 0;
    CHECK(below >= 30);
  }
  for (const Index row : contract::picks("filtered[label=topic,values=0;2]", tiny.problem()))
    CHECK(row % 3 != 1);
  for (const Index row : contract::picks("filtered[label=topic,values=0;2,drop=true]", tiny.problem()))
    CHECK(row % 3 == 1);
  const Tiny free(tiny_data(60), {Unit::none, 0, Fill::at_most});
  CHECK(contract::picks("filtered[inner=top_k,score=first,by=rank,low=0.5]", free.problem()).size() == 30);
  CHECK_THAT(selectors().make("filtered[score=first,low=7]")->refuses(tiny.problem()).value(),
             Catch::Contains("no candidate"));
  CHECK_THAT(selectors().make("filtered[label=topic,values=0;b]").refusal(tiny.problem()),
             Catch::Contains("has no value \"b\""));
  CHECK_THROWS_WITH(selectors().make("filtered[label=topic,values=1;1]"), Catch::Contains("twice"));
  CHECK_THROWS_WITH(selectors().make("filtered[values=1]"), Catch::Contains("together"));
}

TEST_CASE("wrappers nest, count the work of both, and pass checkpoints on") {
  const Tiny tiny = joint_problem();
  contract::StrictContext context(1);
  const auto selection =
      contract::answer("pruned[inner=blocked[inner=greedy,blocks=3],keep=0.6]", tiny.problem(), context);
  CHECK(selection->items.size() == 12);
  CHECK(context.work(Work::gain_evaluations) == 3 * (12 + 11 + 10 + 9));
  CHECK(context.checkpoints == 12);
  CHECK(context.last == selection->items);
}

TEST_CASE("an inner refusal, an unknown inner selector and its bad parameters surface") {
  Tiny tiny(tiny_data(60));
  const auto selector = selectors().make("pruned[inner=greedy]");
  CHECK_THAT(selector.refusal(tiny.problem()), Catch::Contains("greedy: needs an objective"));
  CHECK_THROWS_AS(selectors().make("blocked[inner=no_such_selector]"), UserError);
  CHECK_THROWS_AS(selectors().make("chain[then=kmeans[clusters=-1]]"), UserError);
  const auto unable = selectors().make("blocked[inner=external]");
  CHECK_THAT(unable.refusal(tiny.problem()), Catch::Contains("command"));
}

TEST_CASE("from_ids takes a file's rows, their repeats and scores") {
  const Folder folder;
  const Tiny tiny = joint_problem();
  const std::vector<Index> rows = {5, 9, 30};
  const std::vector<std::int32_t> repeats = {1, 3, 1};
  const std::vector<float> scores = {0.5f, 0.25f, 2.0f};
  WholeFile some(folder / "some.parquet");
  write_selection(some, *tiny.data, rows, 0, repeats, scores, {});
  some.commit();
  const auto selection = contract::answer("from_ids[file=" + folder / "some.parquet" + "]", tiny.problem());
  CHECK(selection->items == rows);
  CHECK(selection->repeats == repeats);
  CHECK(selection->score == scores);
  CHECK(selection->why == Stop::threshold);

  const Tiny small = joint_problem({Unit::rows, 2, Fill::at_most});
  CHECK_THROWS_WITH(contract::answer("from_ids[file=" + folder / "some.parquet" + "]", small.problem()),
                    Catch::Contains("budget"));
  Tiny others = joint_problem();
  std::erase(others.candidates, 9);
  CHECK_THROWS_WITH(contract::answer("from_ids[file=" + folder / "some.parquet" + "]", others.problem()),
                    Catch::Contains("row 9"));
  CHECK_FALSE(contract::answer("from_ids[file=" + folder / "none.parquet" + "]", tiny.problem()).has_value());
}

const std::string kPython = std::string(MASKBENCH_SOURCE_DIR) + "/.venv/bin/python ";

// Diversity by random projection: what a method in Python looks like.
const char* const kScript = R"(
import sys
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

input_file, output_file, rows, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
table = pq.read_table(input_file)
features = np.stack(table["embedding"].to_numpy())
assert features.dtype == np.float32 and features.shape == (60, 8)
assert abs(float(np.linalg.norm(features[7])) - 1) < 1e-5
names = ["row", "id", "embedding", "quality", "tokens", "candidate", "kept"]
assert table.schema.names == names, table.schema.names
assert table["id"][3].as_py() == "row-3" and table["quality"].null_count == 0
direction = np.random.default_rng(seed).normal(size=features.shape[1])
score = features @ direction
score[~np.asarray(table["candidate"])] = -np.inf
chosen = np.sort(np.argsort(-score)[:rows])
print("chosen", len(chosen))
pq.write_table(pa.table({"row": chosen, "score": score[chosen].astype(np.float32)}), output_file)
)";

TEST_CASE("external runs a Python method on the problem's columns") {
  const Folder folder;
  const std::string script = folder.script("method.py", kScript);
  Tiny tiny(tiny_data(60));
  tiny.keep({1, 2});
  const auto selection = contract::answer("external[command=" + kPython + script + "]", tiny.problem(), 3);
  CHECK(contract::fault(tiny.problem(), *selection, {}) == "");
  CHECK(selection->items.size() == 10);
  CHECK(selection->score.size() == 10);
  const auto marked = contract::answer(
      "external[command=" + kPython + script + " {input} {output} {rows} {seed}]", tiny.problem(), 3);
  CHECK(marked->items == selection->items);
  CHECK(contract::picks("external[command=" + kPython + script + "]", tiny.problem(), 4) != selection->items);
}

TEST_CASE("external says how a program failed") {
  const Folder folder;
  const Tiny tiny(tiny_data(60));
  const auto script = folder.script("fails.sh", "echo this went wrong >&2; exit 3\n");
  CHECK_THROWS_WITH(contract::answer("external[command=sh " + script + "]", tiny.problem()),
                    Catch::Contains("status 3") && Catch::Contains("this went wrong"));
  CHECK_THROWS_WITH(contract::answer("external[command=true]", tiny.problem()),
                    Catch::Contains("selected.parquet"));
  CHECK_THROWS_AS(contract::answer("external[command=" + folder / "no_such_program" + "]", tiny.problem()),
                  UserError);
}

TEST_CASE("a program that is to stop is ended with all it has started") {
  const Folder folder;
  const std::string mark = folder / "alive";
  const auto script =
      folder.script("slow.sh", "(while true; do date > " + mark + "; sleep 0.05; done) &\nwait\n");
  const auto begin = std::chrono::steady_clock::now();
  const auto seconds = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  const auto status = run_shell("sh " + shell_quoted(script), folder / "log", folder / "scratch",
                                [&] { return fs::exists(mark) || seconds() > 20; });
  CHECK_FALSE(status.has_value());
  CHECK(seconds() < 10);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  fs::remove(mark);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  CHECK_FALSE(fs::exists(mark));
  CHECK(run_shell("exit 7", folder / "log", folder / "scratch", [] { return false; }) == 7);
  CHECK(run_shell("printf '%s' " + shell_quoted("it's") + " | grep -q \"it's\"", folder / "log",
                  folder / "scratch", [] { return false; }) == 0);
}

}  // namespace
}  // namespace maskbench
