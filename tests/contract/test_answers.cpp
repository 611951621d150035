// Every registered selector on every kind of small problem: is the answer one?
#include <catch2/catch.hpp>

#include "tests/contract/tiny_problem.hpp"

namespace maskbench::contract {
namespace {

// Methods that refuse the objective get a submodular one instead.
void check_answer(const Tiny& tiny, const std::string& what) {
  std::unique_ptr<Objective> submodular;
  if (tiny.objective) {
    submodular = make_objective("joint[diversity=facility_location]",
                                {*tiny.data, tiny.data->quality_columns(), tiny.problem().expected_rows()});
  }
  for (const auto& [key, entry] : selectors().entries()) {
    Problem problem = tiny.problem();
    const std::string text = short_text(entry);
    INFO(text << " on " << what);
    const auto selector = selectors().make(text);
    std::string reason = selector.refusal(problem);
    if (!reason.empty() && submodular != nullptr) {
      problem.objective = submodular.get();
      reason = selector.refusal(problem);
    }
    if (!reason.empty()) {
      CHECK(is_sentence(reason));
      continue;
    }
    selector->prepare(problem);
    StrictContext context(1);
    const Selection selection = solve(selector, problem, context);
    CHECK(fault(problem, selection, selector.traits) == "");
    CHECK(context.in_range);
    if (selection.items.size() > 1)  // one may be drawn without a look at the others
      CHECK(*std::max_element(context.work().begin(), context.work().end()) > 0);
  }
}

TEST_CASE("some selector takes every ordinary problem, few refuse it") {
  std::size_t answered = 0;
  const std::vector<std::string> objectives = {"joint", "joint[diversity=facility_location]",
                                               "joint[diversity=disf]"};
  for (const auto& [key, entry] : selectors().entries()) {
    const std::string selector = short_text(entry);
    answered += std::any_of(objectives.begin(), objectives.end(), [&](const std::string& text) {
      const Tiny tiny = std::move(Tiny(tiny_data(60)).objective_of(text));
      return answer(selector, tiny.problem()).has_value();
    });
  }
  CHECK(answered + 2 >= selectors().entries().size());  // from_ids and external need an argument
}

TEST_CASE("budgets in rows: one, some, all") {
  for (const std::int64_t rows : {1, 2, 13, 59, 60}) {
    check_answer(Tiny(tiny_data(60), {Unit::rows, rows, Fill::at_most}).objective_of("joint"),
                 std::to_string(rows) + " rows");
  }
}

TEST_CASE("a data set of one row") {
  check_answer(Tiny(tiny_data(1), {Unit::rows, 1, Fill::at_most}).objective_of("joint"), "n = 1");
}

TEST_CASE("budgets in tokens") {
  for (const std::int64_t amount : {300, 1500}) {
    check_answer(Tiny(tiny_data(60), {Unit::tokens, amount, Fill::at_most}).objective_of("joint"),
                 "tokens, at most");
    check_answer(Tiny(tiny_data(60), {Unit::tokens, amount, Fill::at_least}).objective_of("joint"),
                 "tokens, at least");
    check_answer(Tiny(tiny_data(60), {Unit::tokens, amount, Fill::pack}).objective_of("joint"),
                 "tokens, packed");
  }
}

TEST_CASE("identical rows, constant scores") {
  check_answer(Tiny(tiny_data(60, Rows::identical)).objective_of("joint"), "identical rows");
  check_answer(Tiny(tiny_data(60, Rows::different, Scores::constant)).objective_of("joint"),
               "constant scores");
  check_answer(Tiny(tiny_data(60, Rows::identical, Scores::constant)).objective_of("joint"),
               "nothing but ties");
}

TEST_CASE("candidates and kept rows are respected") {
  Tiny kept(tiny_data(60));
  check_answer(kept.keep({3, 17, 18, 40}).objective_of("joint"), "four kept rows");
  Tiny some(tiny_data(60));
  std::erase_if(some.candidates, [](Index row) { return row % 3 == 1; });
  check_answer(some.objective_of("joint"), "two thirds of the rows as candidates");
  Tiny all(tiny_data(60), {Unit::rows, 10, Fill::at_most});
  check_answer(all.keep(all_rows(9)).objective_of("joint"), "one row left to pick");
  Tiny tokens(tiny_data(60), {Unit::tokens, 1500, Fill::at_most});
  check_answer(tokens.keep({3, 17}).objective_of("joint"), "kept rows count in tokens");
}

// Scores, labels and lengths, and no features.
std::shared_ptr<const Dataset> without_features(Index n) {
  const auto whole = tiny_data(n);
  DatasetParts parts = whole->parts();
  parts.features = {};
  parts.features_name.clear();
  parts.owners.push_back(whole);
  parts.digest.clear();
  return std::make_shared<const Dataset>(std::move(parts));
}

TEST_CASE("data without features: an answer, or a refusal") {
  const auto data = without_features(60);
  for (const std::string objective : {"quality", "none"}) {
    check_answer(Tiny(data, {Unit::rows, 12, Fill::at_most}), "no objective");
    Tiny rows(data, {Unit::rows, 12, Fill::at_most}), tokens(data, {Unit::tokens, 1500, Fill::at_most});
    Tiny kept(data), one(without_features(1), {Unit::rows, 1, Fill::at_most});
    kept.keep({3, 17, 40});
    for (Tiny* tiny : {&rows, &tokens, &kept, &one}) {
      tiny->objective = make_objective(objective, {*tiny->data, tiny->data->quality_columns(), 12});
      for (const auto& [key, entry] : selectors().entries()) {
        const std::string text = short_text(entry);
        INFO(text << " for " << objective);
        const auto selector = selectors().make(text);
        const Problem problem = tiny->problem();
        if (const std::string reason = selector.refusal(problem); !reason.empty()) {
          CHECK(is_sentence(reason));
          continue;
        }
        CHECK(selector->scratch_bytes(problem) >= 0);
        selector->prepare(problem);
        StrictContext context(1);
        CHECK(fault(problem, solve(selector, problem, context), selector.traits) == "");
      }
    }
  }
}

// Wrappers around rules that know nothing of quotas, and around those that do.
std::vector<std::string> wrapped() {
  std::vector<std::string> texts;
  for (const auto& [key, entry] : selectors().entries()) {
    for (const FieldInfo& field : entry.fields) {
      if (field.name != "inner" && field.name != "then") continue;
      for (const std::string inner : {"random", "top_k", "greedy"}) {
        Spec spec{key, {{field.name, inner}}};
        for (const FieldInfo& other : entry.fields) {
          if (other.name == "first") spec.arguments["first"] = "top_k";
          if (other.name == "label") spec.arguments["label"] = key == "grouped" ? "topic" : "";
        }
        std::erase_if(spec.arguments, [](const auto& argument) { return argument.second.empty(); });
        texts.push_back(print_spec(spec));
      }
    }
  }
  return texts;
}

TEST_CASE("wrappers under every quota") {
  const std::vector<std::vector<Quota>> all = {{{"topic", 0, 0}},
                                               {{"topic", 0, 0}, {"topic", 1, 0}},
                                               {{"topic", 0, 2}, {"topic", 1, 4}},
                                               {{"topic", 0, 1}, {"topic", 1, 1}, {"topic", 2, 1}},
                                               {{"topic", 0, 0}, {"topic", 1, 0}, {"topic", 2, 3}},
                                               {{"topic", 2, 60}}};
  for (const std::vector<Quota>& quotas : all) {
    for (const Index rows : {1, 12, 20, 50}) {
      Tiny tiny(tiny_data(60), {Unit::rows, rows, Fill::at_most});
      tiny.objective_of("joint");
      tiny.quotas = quotas;
      const Problem problem = tiny.problem();
      const std::size_t reach = take_in_order(problem, tiny.candidates).items.size();
      for (const std::string& text : wrapped()) {
        INFO(text << ", " << rows << " rows, the first quota " << quotas.front().amount << " of "
                  << quotas.size());
        const auto selector = selectors().make(text);
        if (const std::string reason = selector.refusal(problem); !reason.empty()) {
          CHECK(is_sentence(reason));
          continue;
        }
        selector->prepare(problem);
        StrictContext context(1);
        const Selection selection = solve(selector, problem, context);
        CHECK(fault(problem, selection, selector.traits, false) == "");
        if (!selector.traits.may_stop_early) CHECK(selection.items.size() == reach);
      }
    }
  }
}

TEST_CASE("quotas are respected") {
  Tiny tiny(tiny_data(60));
  tiny.quotas = {{"topic", 0, 2}, {"topic", 1, 4}};
  check_answer(tiny.objective_of("joint"), "quotas of two topics");
  tiny.quotas = {{"topic", 2, 0}};
  check_answer(tiny, "a topic that may not be picked");
}

TEST_CASE("every objective suits every selector that wants one") {
  for (const auto& [objective, objective_entry] : objectives().entries()) {
    check_answer(Tiny(tiny_data(40), {Unit::rows, 8, Fill::at_most}).objective_of(objective),
                 "objective " + objective);
  }
}

TEST_CASE("what is missing is refused in a sentence or not needed") {
  DatasetBuilder builder("bare", 20);
  builder.label("topic", std::vector<std::int32_t>(20, 1));
  const Tiny bare(builder.build(), {Unit::rows, 5, Fill::at_most});
  check_answer(bare, "no features, no scores, no objective");
  for (const auto& [key, entry] : selectors().entries()) {
    INFO(key);
    const bool needs =
        entry.traits.needs_features || entry.traits.needs_quality || entry.traits.needs_objective;
    if (needs) CHECK_FALSE(answer(short_text(entry), bare.problem()).has_value());
  }
}

TEST_CASE("no budget is for methods with a threshold") {
  const Tiny tiny = std::move(Tiny(tiny_data(20), {Unit::none, 0, Fill::at_most}).objective_of("joint"));
  for (const auto& [key, entry] : selectors().entries()) {
    INFO(key);
    const auto selector = selectors().make(short_text(entry));
    const std::string reason = selector.refusal(tiny.problem());
    if (!selector.traits.may_stop_early) CHECK(is_sentence(reason));
  }
}

TEST_CASE("non-finite input is refused where it is made, with the row") {
  const float bad[] = {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()};
  for (const float value : bad) {
    DatasetBuilder scores("bad scores", 9);
    std::vector<float> column(9, 1.0f);
    column[7] = value;
    CHECK_THROWS_WITH(scores.score("first", column), Catch::Contains("7"));
    DatasetBuilder features("bad features", 9);
    std::vector<float> matrix(18, 1.0f);
    matrix[11] = value;
    CHECK_THROWS_WITH(features.features("embedding", matrix, 2), Catch::Contains("5"));
  }
}

}  // namespace
}  // namespace maskbench::contract
