// Budgets in tokens: the number of rows that a method is told is the one that its answer has.
#include <catch2/catch.hpp>

#include "tests/contract/tiny_problem.hpp"

namespace maskbench::contract {
namespace {

enum class Lengths { even, tail, falling };

// As tiny_data(), with other lengths: all 3; a tail (most rows short, few very long); longer with quality.
std::shared_ptr<const Dataset> with_lengths(Index n, Lengths kind) {
  const auto tiny = tiny_data(n);
  const Stream stream(7, purpose("token budget lengths"));
  std::vector<std::int32_t> tokens;
  for (Index row = 0; row < n; ++row) {
    const double u = stream.uniform(static_cast<std::uint64_t>(row), 0);
    const double tail = std::min(4.0 / std::pow(1 - u, 1.2), 900.0);
    tokens.push_back(kind == Lengths::even ? 3
                     : kind == Lengths::tail
                         ? static_cast<std::int32_t>(tail)
                         : 5 + static_cast<std::int32_t>(200 * tiny->score("first")[row]));
  }
  DatasetBuilder builder("tokens", n);
  const MatrixView x = tiny->features();
  std::vector<float> features;
  for (Index row = 0; row < n; ++row) features.insert(features.end(), x.row(row), x.row(row) + x.cols);
  std::vector<float> score;
  for (Index row = 0; row < n; ++row) score.push_back(static_cast<float>(tiny->score("first")[row]));
  builder.features("embedding", std::move(features), x.cols);
  builder.score("first", std::move(score));
  builder.sizes("tokens", "tokens", std::move(tokens));
  std::vector<std::int32_t> topics;
  for (Index row = 0; row < n; ++row) topics.push_back(static_cast<std::int32_t>(row % 3));
  builder.label("topic", std::move(topics));
  builder.quality_columns({"first"});
  return builder.build();
}

std::int64_t tokens_of(const Problem& problem, const std::vector<Index>& items) {
  std::int64_t sum = 0;
  for (const Index row : items) sum += problem.length_of(row);
  return sum;
}

double value_of(const Problem& problem, std::vector<Index> items, Index size) {
  std::sort(items.begin(), items.end());
  return problem.objective->value(items, size);
}

// Every selector on a problem that it takes, under the first of these objectives that it takes.
void for_each_answer(
    const std::shared_ptr<const Dataset>& data, Budget budget,
    const std::function<void(const NamedSelector&, const Problem&, const Selection&)>& look) {
  for (const auto& [key, entry] : selectors().entries()) {
    for (const char* objective : {"joint", "joint[diversity=facility_location]", "joint[diversity=disf]"}) {
      Tiny tiny(data, budget);
      std::erase_if(tiny.candidates,
                    [&](Index row) { return tiny.problem().length_of(row) > budget.amount; });
      tiny.objective_of(objective);
      const Problem problem = tiny.problem();
      const std::string text = short_text(entry);
      const auto selector = selectors().make(text);
      if (!selector.refusal(problem).empty()) continue;
      INFO(text << " under " << objective);
      selector->prepare(problem);
      StrictContext context(3);
      look(selector, problem, solve(selector, problem, context));
      break;
    }
  }
}

TEST_CASE("every answer fills its tokens, whatever the lengths") {
  for (const Lengths kind : {Lengths::even, Lengths::tail, Lengths::falling}) {
    const auto data = with_lengths(120, kind);
    for (const Fill fill : {Fill::at_most, Fill::pack}) {
      std::int64_t all = 0;
      for (const std::int32_t length : data->lengths()) all += length;
      for_each_answer(data, {Unit::tokens, all / 3, fill},
                      [&](const NamedSelector& selector, const Problem& problem, const Selection& selection) {
                        CHECK(fault(problem, selection, selector.traits) == "");
                      });
    }
  }
}

TEST_CASE("a method is told as many rows as its answer has") {
  const auto data = with_lengths(120, Lengths::tail);
  for_each_answer(data, {Unit::tokens, 300, Fill::at_most},
                  [](const NamedSelector& selector, const Problem& problem, const Selection& selection) {
                    if (!selection.note.empty() || selector.traits.by_gain || selector.traits.any_size)
                      return;
                    Problem told = problem;
                    told.planned = static_cast<Index>(selection.items.size());
                    StrictContext context(3);
                    CHECK(selector->select(told, context).items == selection.items);
                  });
}

TEST_CASE("where the number of rows does not settle, the note says what was done about it") {
  const std::string told = "does not settle: told ";
  int notes = 0;
  const auto look_at = [&](Budget budget, const Selection& selection) {
    const auto says = [&](const char* words) { return selection.note.find(words) != std::string::npos; };
    if (!says("does not settle")) return;
    INFO(budget.amount << " tokens, " << selection.items.size() << " rows: " << selection.note);
    ++notes;
    const bool fits = says("makes them fit");
    CHECK(fits != says("the answer with more rows is taken"));
    if (!fits) return;
    CHECK(budget.fill != Fill::at_least);
    const std::size_t at = selection.note.find(told);
    REQUIRE(at != std::string::npos);
    CHECK(selection.items.size() >= std::stoul(selection.note.substr(at + told.size())));
  };
  for (const Lengths kind : {Lengths::tail, Lengths::falling}) {
    const auto data = with_lengths(100, kind);
    for (const std::int64_t amount : {120, 300, 900}) {
      for (const Fill fill : {Fill::at_most, Fill::pack, Fill::at_least}) {
        const Budget budget{Unit::tokens, amount, fill};
        for_each_answer(data, budget, [&](const NamedSelector&, const Problem&, const Selection& selection) {
          look_at(budget, selection);
        });
      }
    }
  }
  CHECK(notes > 0);
}

TEST_CASE("a method of any size does not look at how many rows are planned") {
  const auto data = with_lengths(120, Lengths::tail);
  for_each_answer(data, {Unit::tokens, 300, Fill::at_most},
                  [](const NamedSelector& selector, const Problem& problem, const Selection& selection) {
                    if (!selector.traits.any_size) return;
                    for (const Index planned : {1, 7, 90}) {
                      Problem told = problem;
                      told.planned = planned;
                      StrictContext context(3);
                      CHECK(selector->select(told, context).items == selection.items);
                    }
                  });
}

TEST_CASE("no answer is worse, at its number of rows, than dropping what does not fit") {
  for (const Lengths kind : {Lengths::tail, Lengths::falling}) {
    for (const std::int64_t amount : {120, 300, 900}) {
      const auto data = with_lengths(100, kind);
      for_each_answer(
          data, {Unit::tokens, amount, Fill::at_most},
          [&](const NamedSelector& selector, const Problem& problem, const Selection& selection) {
            if (!selector.traits.needs_objective) return;
            const auto rows = static_cast<Index>(selection.items.size());
            Problem in_rows = problem;
            in_rows.budget = {Unit::rows, rows, Fill::at_most};
            StrictContext context(3);
            std::vector<Index> order = selector->select(in_rows, context).items, dropped;
            std::int64_t used = 0;
            for (const Index row : order) {
              if (used + data->lengths()[static_cast<std::size_t>(row)] > amount) continue;
              used += data->lengths()[static_cast<std::size_t>(row)];
              dropped.push_back(row);
            }
            const double ours = value_of(problem, selection.items, rows),
                         theirs = value_of(problem, dropped, rows);
            INFO(amount << " tokens: " << rows << " rows, " << dropped.size() << " left by dropping");
            if (static_cast<Index>(dropped.size()) == rows) CHECK(ours >= theirs - 1e-9 * std::abs(theirs));
          });
    }
  }
}

TEST_CASE("packing goes on past a row that does not fit") {
  const auto data = with_lengths(120, Lengths::tail);
  for (const char* selector : {"top_k", "random", "greedy", "bounded_greedy", "relaxation", "one_shot"}) {
    Tiny tiny(data, {Unit::tokens, 400, Fill::pack}), prefix(data, {Unit::tokens, 400, Fill::at_most});
    for (Tiny* one : {&tiny, &prefix}) {
      std::erase_if(one->candidates, [&](Index row) { return one->problem().length_of(row) > 400; });
      one->objective_of("joint");
    }
    const std::vector<Index> packed = picks(selector, tiny.problem());
    const std::int64_t used = tokens_of(tiny.problem(), packed);
    INFO(selector << ": " << used);
    CHECK(used <= 400);
    CHECK(used >= tokens_of(prefix.problem(), picks(selector, prefix.problem())));
    for (const Index row : tiny.candidates) {
      if (std::find(packed.begin(), packed.end(), row) == packed.end())
        CHECK(used + tiny.problem().length_of(row) > 400);
    }
  }
}

TEST_CASE("gains a token: the picks of the definition, and never worse than gains alone") {
  const auto data = with_lengths(90, Lengths::tail);
  for (const char* text : {"facility_location", "joint[diversity=facility_location]"}) {
    Tiny tiny(data, {Unit::tokens, 250, Fill::at_most});
    std::erase_if(tiny.candidates, [&](Index row) { return tiny.problem().length_of(row) > 250; });
    tiny.objective_of(text);
    const Problem problem = tiny.problem();
    REQUIRE(problem.objective->traits().monotone);
    const std::vector<Index> naive = picks("naive_greedy", problem);
    for (const char* selector : {"greedy", "lazy_greedy", "screened_greedy"})
      CHECK(picks(selector, problem) == naive);
    Problem plain = problem;
    plain.planned = static_cast<Index>(naive.size());
    StrictContext context(1);
    const Selection by_gain = selectors().make("greedy")->select(plain, context);
    const auto own = [&](const std::vector<Index>& items) {
      return value_of(problem, items, static_cast<Index>(items.size()));
    };
    CHECK(own(naive) >= own(by_gain.items));
    CHECK(tokens_of(problem, naive) <= 250);
  }
}

}  // namespace
}  // namespace maskbench::contract
