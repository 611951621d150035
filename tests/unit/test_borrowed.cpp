// Columns that lie in somebody else's memory, and the digest that is computed when it is asked for.
#include <catch2/catch.hpp>

#include <cmath>
#include <thread>

#include "algorithms/core/selector.hpp"
#include "algorithms/objectives/from_value.hpp"
#include "datasets/core/dataset.hpp"
#include "tests/contract/tiny_problem.hpp"

namespace maskbench {
namespace {

using contract::tiny_data;

struct Memory {
  std::vector<float> rows = {0.6f, 0.8f, 9, 1, 0, 9, 0, 1, 9};  // 3 x 2, three apart
  std::vector<float> score = {1, 2, 3};
  std::vector<std::int32_t> tokens = {5, 0, 7};
  MatrixView view() const { return {rows.data(), 3, 2, 3}; }
};

TEST_CASE("borrowed columns stay where they are, and live as long as the data set") {
  auto memory = std::make_shared<Memory>();
  const std::weak_ptr<Memory> alive = memory;
  DatasetBuilder builder("borrowed", 3);
  CHECK(builder.features("x", memory->view(), memory));
  builder.score("s", Borrowed<float>{memory->score, memory});
  builder.sizes("tokens", "t", Borrowed<std::int32_t>{memory->tokens, memory});
  auto data = builder.build();
  CHECK(data->features().data == memory->rows.data());
  CHECK(data->score("s").data() == memory->score.data());
  CHECK(data->lengths().data() == memory->tokens.data());

  DatasetBuilder owned("borrowed", 3);
  owned.features("x", {0.6f, 0.8f, 1, 0, 0, 1}, 2);
  owned.score("s", memory->score);
  owned.sizes("tokens", "t", memory->tokens);
  CHECK(owned.build()->digest() == data->digest());
  memory.reset();
  CHECK_FALSE(alive.expired());
  data.reset();
  CHECK(alive.expired());
}

TEST_CASE("rows that are not of unit norm are brought to it in a copy") {
  auto memory = std::make_shared<Memory>();
  memory->rows[3] = 3;
  DatasetBuilder builder("copied", 3);
  CHECK_FALSE(builder.features("x", memory->view(), memory));
  const auto data = builder.build();
  CHECK(data->features().data != memory->rows.data());
  CHECK(data->features().row(1)[0] == 1.0f);
  CHECK(memory->rows[3] == 3.0f);
  DatasetBuilder as_they_are("raw", 3);
  CHECK(as_they_are.features("x", memory->view(), memory, false));
}

TEST_CASE("what is wrong with borrowed rows is said as of owned ones") {
  auto memory = std::make_shared<Memory>();
  memory->rows[6] = memory->rows[7] = 0;
  CHECK_THROWS_WITH(DatasetBuilder("zero", 3).features("x", memory->view(), memory),
                    Catch::Contains("zero, row 2") && Catch::Contains("all zeros"));
  memory->rows[7] = std::nanf("");
  CHECK_THROWS_WITH(DatasetBuilder("nan", 3).features("x", memory->view(), memory, false),
                    Catch::Contains("nan, row 2") && Catch::Contains("not a number"));
}

TEST_CASE("the digest is the same whoever asks first") {
  const auto data = tiny_data(500);
  std::vector<std::string> seen(4);
  std::vector<std::thread> threads;
  for (std::string& digest : seen) threads.emplace_back([&] { digest = data->digest(); });
  for (std::thread& thread : threads) thread.join();
  for (const std::string& digest : seen) CHECK(digest == digest_of(data->parts()));
}

TEST_CASE("an entry from outside is replaced by one of its own file only, and stays where it was") {
  SelectorRegistry registry("selector");
  SelectorRegistry::Entry entry = selectors().find("greedy");
  entry.key = "mine";
  entry.file = "a.so";
  registry.replace(entry);
  const SelectorRegistry::Entry& first = registry.find("mine");
  entry.summary = "anew";
  registry.replace(entry);
  CHECK(registry.find("mine").summary == "anew");
  CHECK(first.key == "mine");  // what pointed to it still does
  CHECK(first.summary != "anew");
  CHECK(registry.taken_by_another("mine", "a.so").empty());
  CHECK(registry.taken_by_another("mine", "b.so") == "a.so");
  entry.file = "b.so";
  CHECK_THROWS_AS(registry.replace(entry), UserError);
}

// Mean quality by value() alone.
class ByValue final : public ObjectiveFromValue {
 public:
  explicit ByValue(std::span<const float> score) : score_(score) {}
  double value(std::span<const Index> items, std::optional<Index> size) const override {
    double sum = 0;
    for (const Index row : items) sum += static_cast<double>(score_[static_cast<std::size_t>(row)]);
    return sum / static_cast<double>(size.value_or(static_cast<Index>(items.size())));
  }
  double oracle_work(Index rows) const override { return static_cast<double>(rows); }

 private:
  std::span<const float> score_;
};

TEST_CASE("an objective of value() alone has states and rewards that agree with it") {
  const auto data = tiny_data(60);
  const ByValue objective(data->score("first"));
  const std::vector<Index> all = contract::all_rows(60), kept = {3};
  const auto state = objective.start({5, all, kept});
  CHECK(state->gain(9) == Approx(objective.value(std::vector<Index>{3, 9}, 5) - state->value()));
  state->add(9);
  state->swap(3, 4);
  CHECK(state->value() == Approx(objective.value(std::vector<Index>{4, 9}, 5)));
  std::vector<double> rewards(2);
  objective.scorer()->score(std::vector<Index>{10, 20, 30}, {2, 2, {0, 1, 2, 0}}, rewards);
  CHECK(rewards[0] == Approx(objective.value(std::vector<Index>{10, 20}, {})));
  CHECK(rewards[1] == Approx(objective.value(std::vector<Index>{10, 30}, {})));
}

}  // namespace
}  // namespace maskbench
