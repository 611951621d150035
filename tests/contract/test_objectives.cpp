// Every registered objective, with each of its choices: claims, and shortcuts against the oracle.
#include <catch2/catch.hpp>

#include <cmath>

#include "algorithms/kernels/random_subset.hpp"
#include "tests/contract/tiny_problem.hpp"

namespace maskbench::contract {
namespace {

constexpr Index kRows = 60;
constexpr Index kSize = 20;  // S of the denominators

struct Case {
  std::string text;
  const Objective& objective;
  const Dataset& data;
};

// Defaults, each choice of each parameter, and each other objective as a joint one's diversity.
std::vector<std::string> variants() {
  std::vector<std::string> texts;
  for (const auto& [key, entry] : objectives().entries()) {
    texts.push_back(key);
    for (const FieldInfo& field : entry.fields) {
      for (const std::string& choice : field.bounds.choices) {
        if (choice != field.standard) texts.push_back(print_spec({key, {{field.name, choice}}}));
      }
      if (field.name != "diversity") continue;
      for (const auto& [other, unused] : objectives().entries()) {
        if (other != key && other != field.standard)
          texts.push_back(print_spec({key, {{field.name, other}}}));
      }
    }
  }
  return texts;
}

void for_each_objective(const std::function<void(const Case&)>& check) {
  const auto data = tiny_data(kRows);
  for (const std::string& text : variants()) {
    INFO(text);
    const auto objective = make_objective(text, {*data, data->quality_columns(), kSize});
    check({text, *objective, *data});
  }
}

std::vector<Index> random_rows(const Stream& stream, std::uint64_t draw, Index count) {
  std::vector<Index> rows = random_subset(stream, draw, kRows, count);
  shuffle(stream, draw + (std::uint64_t{1} << 32), rows);
  return rows;
}

std::vector<Index> with(std::vector<Index> rows, Index row) {
  rows.push_back(row);
  return rows;
}

Approx near(double value, double tolerance) {
  return Approx(value).epsilon(tolerance).margin(tolerance);
}

TEST_CASE("claims of monotone, submodular and linear survive 1000 random triples") {
  for_each_objective([](const Case& one) {
    const ObjectiveTraits traits = one.objective.traits();
    const Stream stream(1, purpose("triples"));
    int risen = 0, grown = 0, bent = 0;
    for (std::uint64_t draw = 0; draw < 1000; ++draw) {
      const auto larger_size = static_cast<Index>(1 + stream.below(kSize - 1, draw, 1));
      const std::size_t smaller_size = stream.below(static_cast<std::uint64_t>(larger_size) + 1, draw, 2);
      std::vector<Index> rows = random_rows(stream, draw, larger_size + 1);
      const Index row = rows.back();
      rows.pop_back();
      const std::vector<Index> smaller(rows.begin(),
                                       rows.begin() + static_cast<std::ptrdiff_t>(smaller_size));
      const double few = one.objective.value(smaller, kSize),
                   few_more = one.objective.value(with(smaller, row), kSize);
      const double many = one.objective.value(rows, kSize),
                   many_more = one.objective.value(with(rows, row), kSize);
      REQUIRE(std::isfinite(many_more));
      risen += many_more < many - 1e-12 || few_more < few - 1e-12;
      grown += many_more - many > few_more - few + 1e-12;
      double sum = 0;
      for (const Index item : rows) sum += one.objective.value(std::vector{item});
      bent += std::abs(sum / static_cast<double>(rows.size()) - one.objective.value(rows)) > 1e-9;
    }
    if (traits.monotone) CHECK(risen == 0);
    if (traits.submodular) CHECK(grown == 0);
    if (traits.linear) CHECK(bent == 0);
  });
}

TEST_CASE("a value does not depend on the order of the rows, and small sets have one") {
  for_each_objective([](const Case& one) {
    const Stream stream(2, purpose("orders"));
    for (std::uint64_t draw = 0; draw < 20; ++draw) {
      std::vector<Index> rows = random_rows(stream, draw, kSize);
      const double value = one.objective.value(rows);
      CHECK(value == one.objective.value(rows));
      CHECK(value == one.objective.value(rows, kSize));
      std::reverse(rows.begin(), rows.end());
      CHECK(one.objective.value(rows) == near(value, 1e-9));
    }
    CHECK(std::isfinite(one.objective.value({})));
    CHECK(std::isfinite(one.objective.value(std::vector<Index>{5})));
    CHECK(std::isfinite(one.objective.value(all_rows(kRows))));
    CHECK(one.objective.greedy_bytes(2 * kRows) >= one.objective.greedy_bytes(kRows));
    CHECK(one.objective.lazy_bytes(2 * kRows) >= one.objective.lazy_bytes(kRows));
  });
}

TEST_CASE("a greedy state agrees with the oracle through adds and swaps") {
  for_each_objective([](const Case& one) {
    const Stream stream(3, purpose("states"));
    for (const Index kept : {0, 1, 4}) {
      std::vector<Index> items = random_rows(stream, static_cast<std::uint64_t>(kept), kept);
      std::vector<Index> outside = all_rows(kRows);
      for (const Index row : items) std::erase(outside, row);
      const std::vector<Index> candidates = outside;
      const auto state = one.objective.start({kSize, candidates, items});
      const auto lazy =
          one.objective.start({kSize, candidates, items, true});  // the same bits, however it gets them
      for (std::uint64_t step = 0; step < 30; ++step) {
        INFO("kept " << kept << ", step " << step << ", " << items.size() << " items");
        const double value = one.objective.value(items, kSize);
        REQUIRE(state->value() == near(value, 1e-9));
        std::vector<double> gains(outside.size());
        state->gains(outside, gains);
        std::vector<double> uppers(outside.size());
        const bool exact = state->uppers(outside, uppers);
        if (exact) REQUIRE(uppers == gains);
        for (const std::size_t k : {std::size_t{0}, outside.size() / 2, outside.size() - 1}) {
          const double gain = one.objective.value(with(items, outside[k]), kSize) - value;
          REQUIRE(gains[k] == near(gain, 1e-9));
          REQUIRE(state->gain(outside[k]) == near(gain, 1e-9));
          REQUIRE(lazy->gain(outside[k]) == state->gain(outside[k]));
          REQUIRE(lazy->upper(outside[k]) >= lazy->gain(outside[k]));
          REQUIRE(state->upper(outside[k]) >= state->gain(outside[k]));
          REQUIRE(uppers[k] >= gains[k]);
        }
        const std::size_t place = stream.below(outside.size(), step, 1);
        const Index in = outside[place];
        if (std::ssize(items) < kSize && step % 3 != 2) {
          state->add(in);
          lazy->add(in);
          items.push_back(in);
          outside.erase(outside.begin() + static_cast<std::ptrdiff_t>(place));
        } else if (std::ssize(items) > kept) {  // kept rows stay
          state->swap(items.back(), in);
          lazy->swap(items.back(), in);
          outside[place] = items.back();
          items.back() = in;
          std::sort(outside.begin(), outside.end());
        }
      }
    }
  });
}

TEST_CASE("a mask scorer agrees with the oracle of a step") {
  for_each_objective([](const Case& one) {
    const Stream stream(4, purpose("masks"));
    const auto scorer = one.objective.scorer();
    const std::vector<std::pair<Index, Index>> sizes = {{30, 7}, {30, 1}, {2, 2}, {60, 60}, {45, 20}};
    for (std::size_t shape = 0; shape < sizes.size(); ++shape) {
      const auto [batch_rows, picked] = sizes[shape];
      const std::vector<Index> batch = random_subset(stream, shape, kRows, batch_rows);
      MaskSet masks;
      masks.masks = 12;
      masks.picked = picked;
      for (std::uint64_t mask = 0; mask < 12; ++mask) {
        std::vector<Index> positions = random_subset(stream, 100 * (shape + 1) + mask, batch_rows, picked);
        shuffle(stream, 100 * (shape + 1) + mask, positions);
        for (const Index position : positions) masks.items.push_back(static_cast<std::int32_t>(position));
      }
      std::vector<double> rewards(12), again(12);
      scorer->score(batch, masks, rewards);
      scorer->score(batch, masks, again);
      CHECK(rewards == again);
      for (std::size_t mask = 0; mask < 12; ++mask) {
        INFO("batch " << batch_rows << ", mask of " << picked);
        std::vector<Index> items;
        for (Index k = 0; k < picked; ++k) {
          const std::int32_t position = masks.items[mask * picked + k];
          items.push_back(batch[position]);
        }
        CHECK(rewards[mask] == near(one.objective.batch_value(items, batch), 1e-5));
      }
    }
  });
}

// The problem whose relaxation is looked at: two kept rows, some rows that are no candidates.
Tiny relaxed_problem() {
  Tiny tiny(tiny_data(kRows), {Unit::rows, kSize, Fill::at_most});
  tiny.keep({4, 30});
  std::erase_if(tiny.candidates, [](Index row) { return row % 7 == 3; });
  return tiny;
}

TEST_CASE("a relaxation equals the objective at sets, and its bound holds for every set") {
  const Tiny tiny = relaxed_problem();
  const Problem problem = tiny.problem();
  for_each_objective([&](const Case& one) {
    const auto relaxation = one.objective.relax(problem);
    if (one.objective.traits().concave_relaxation) REQUIRE(relaxation != nullptr);
    if (!relaxation) return;
    const Stream stream(5, purpose("vertices"));
    const auto n = static_cast<Index>(problem.candidates.size());
    double best = -std::numeric_limits<double>::infinity();
    for (std::uint64_t draw = 0; draw < 200; ++draw) {
      std::vector<double> inclusion(problem.candidates.size(), 0.0);
      std::vector<Index> items(problem.kept.begin(), problem.kept.end());
      for (const Index place : random_subset(stream, draw, n, problem.rows_to_pick())) {
        inclusion[place] = 1;
        items.push_back(problem.candidates[place]);
      }
      const double value = one.objective.value(items);
      best = std::max(best, value);
      REQUIRE(relaxation->value(inclusion) == near(value, 1e-9));
    }
    if (!one.objective.traits().concave_relaxation) return;
    for (std::uint64_t draw = 0; draw < 50; ++draw) {
      std::vector<double> inclusion;
      for (std::size_t c = 0; c < problem.candidates.size(); ++c)
        inclusion.push_back(stream.uniform(c, 1000 + draw));
      REQUIRE(relaxation->bound(relaxation->dual(inclusion)) >= best);
    }
  });
}

TEST_CASE("a greedy state over other rows agrees with the batch's oracle") {
  for_each_objective([](const Case& one) {
    const std::vector<Index> all = all_rows(kRows), reference(all.begin() + 3, all.begin() + kRows / 2);
    const std::vector<Index> items(all.begin() + 1, all.begin() + 1 + kSize);
    const auto state = one.objective.start({kSize, all, std::span(items).first(1), false, reference});
    for (std::size_t k = 1; k < items.size(); ++k) state->add(items[k]);
    CHECK(state->value() == near(one.objective.batch_value(items, reference), 1e-9));
  });
}

TEST_CASE("a relaxation's gradient is its slope, and it is concave where it says so") {
  const Tiny tiny = relaxed_problem();
  const Problem problem = tiny.problem();
  for_each_objective([&](const Case& one) {
    const auto relaxation = one.objective.relax(problem);
    if (!relaxation) return;
    const Stream stream(6, purpose("inner points"));
    const std::size_t n = problem.candidates.size();
    const auto point = [&](std::uint64_t draw) {
      std::vector<double> inclusion;
      for (std::size_t c = 0; c < n; ++c) inclusion.push_back(0.1 + 0.8 * stream.uniform(c, draw));
      return inclusion;
    };
    int straight = 0, looked = 0;  // where a central difference is the gradient after all
    for (std::uint64_t draw = 0; draw < 10; ++draw) {
      std::vector<double> here = point(2 * draw), slope(n);
      const std::vector<double> there = point(2 * draw + 1);
      relaxation->gradient(here, slope);
      // Where the dual is not affine F may have kinks, and a gradient is one of many slopes above F.
      const bool smooth = relaxation->curvature({}).has_value();
      REQUIRE(smooth == one.objective.traits().affine_duals);
      const double value = relaxation->value(here);
      for (std::size_t c = 0; c < n; c += 7) {
        constexpr double kStep = 1e-5;
        const double middle = here[c];
        here[c] = middle + kStep;
        const double above = relaxation->value(here);
        here[c] = middle - kStep;
        const double below = relaxation->value(here);
        here[c] = middle;
        if (smooth) {
          REQUIRE(slope[c] == Approx((above - below) / (2 * kStep)).epsilon(1e-6).margin(1e-8));
          continue;
        }
        const double rise = (above - value) / kStep, fall = (value - below) / kStep;
        REQUIRE(rise <= slope[c] + 1e-8);
        REQUIRE(fall >= slope[c] - 1e-8);
        straight += std::abs(rise - fall) < 1e-8;
        ++looked;
      }
      if (!smooth) {
        double tangent = value;
        for (std::size_t c = 0; c < n; ++c) tangent += slope[c] * (there[c] - here[c]);
        REQUIRE(relaxation->value(there) <= tangent + 1e-12);
      }
      if (!one.objective.traits().concave_relaxation) continue;
      std::vector<double> between(n);
      for (std::size_t c = 0; c < n; ++c) between[c] = 0.5 * (here[c] + there[c]);
      const double chord = 0.5 * (relaxation->value(here) + relaxation->value(there));
      REQUIRE(relaxation->value(between) >= chord - 1e-12);
    }
    CHECK(10 * straight >= 9 * looked);
  });
}

TEST_CASE("among all sets of 4 in 11 rows none is above a bound, and no answer above the best") {
  constexpr Index n = 11, size = 4;
  Tiny tiny(tiny_data(n), {Unit::rows, size, Fill::at_most});
  for (const std::string& text : variants()) {
    INFO(text);
    tiny.objective_of(text);
    const Problem problem = tiny.problem();
    double best = -std::numeric_limits<double>::infinity();
    for (unsigned set = 0; set < (1u << n); ++set) {
      std::vector<Index> items;
      for (Index row = 0; row < n; ++row) {
        if ((set >> row & 1u) != 0) items.push_back(row);
      }
      if (static_cast<Index>(items.size()) == size) best = std::max(best, problem.objective->value(items));
    }
    if (problem.objective->traits().concave_relaxation) {
      const std::vector<double> middle(n, problem.expected_share());
      const auto relaxation = problem.objective->relax(problem);
      CHECK(relaxation->bound(relaxation->dual(middle)) >= best);
    }
    for (const auto& [key, entry] : selectors().entries()) {
      INFO(key);
      const auto selection = answer(short_text(entry), problem);
      if (!selection || std::ssize(selection->items) != size) continue;
      const double value = problem.objective->value(selection->items);
      CHECK(value <= best + 1e-12);
      // Where f is a mean of scores, the greedy rule and the first-order model are exact.
      const bool exact = problem.objective->traits().linear && (key == "greedy" || key == "one_shot");
      if (exact) CHECK(value == near(best, 1e-12));
    }
  }
}

TEST_CASE("the expectation over random sets is what many random sets have") {
  for_each_objective([](const Case& one) {
    const auto expected = one.objective.random_expectation(kSize);
    if (!expected) return;
    const Stream stream(7, purpose("random sets"));
    constexpr int kDraws = 2000;
    double sum = 0, squares = 0;
    for (std::uint64_t draw = 0; draw < kDraws; ++draw) {
      const double value = one.objective.value(random_subset(stream, draw, kRows, kSize));
      sum += value;
      squares += value * value;
    }
    const double mean = sum / kDraws;
    const double error = std::sqrt(std::max(0.0, squares / kDraws - mean * mean) / kDraws);
    CHECK(std::abs(mean - *expected) <= 5 * error + 1e-12);
  });
}

}  // namespace
}  // namespace maskbench::contract
