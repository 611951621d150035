// Every registered selector: the same question twice, other seeds, other thread counts, told to stop.
#include <omp.h>
#include <catch2/catch.hpp>

#include <ctime>

#include "tests/contract/tiny_problem.hpp"

namespace maskbench::contract {
namespace {

// Every selector that takes the problem: check(key, its short text, its traits).
void for_each_able(
    const Tiny& tiny,
    const std::function<void(const std::string&, const std::string&, const SelectorTraits&)>& check) {
  for (const auto& [key, entry] : selectors().entries()) {
    const std::string text = short_text(entry);
    if (selectors().make(text).refusal(tiny.problem()).empty())
      check(key, text, selectors().make(text).traits);
  }
}

// Some methods want a submodular objective.
void for_each_ordinary(const std::function<void(const Tiny&)>& check) {
  for (const char* objective : {"joint", "joint[diversity=facility_location]"}) {
    INFO(objective);
    Tiny tiny(tiny_data(60));
    tiny.objective_of(objective);
    check(tiny);
  }
}

TEST_CASE("same seed, same answer; prepare() twice is harmless") {
  for_each_ordinary([](const Tiny& tiny) {
    for_each_able(tiny, [&](const std::string& key, const std::string& text, const SelectorTraits&) {
      INFO(key);
      const auto selector = selectors().make(text);
      selector->prepare(tiny.problem());
      StrictContext one(7), two(7), three(7);
      const Selection first = selector->select(tiny.problem(), one);
      const Selection second = selector->select(tiny.problem(), two);
      selector->prepare(tiny.problem());
      selector->prepare(tiny.problem());
      const Selection third = selector->select(tiny.problem(), three);
      CHECK(first.items == second.items);
      CHECK(first.items == third.items);
      CHECK(first.score == third.score);
      CHECK(one.work() == two.work());
      CHECK(first.items == answer(text, tiny.problem(), 7)->items);
    });
  });
}

TEST_CASE("a selector prepared for one problem and then another forgets the first") {
  for_each_ordinary([](const Tiny& tiny) {
    const Tiny other = std::move(Tiny(tiny_data(45), {Unit::rows, 7, Fill::at_most}).objective_of("joint"));
    for_each_able(tiny, [&](const std::string& key, const std::string& text, const SelectorTraits&) {
      INFO(key);
      const auto selector = selectors().make(text);
      StrictContext one(7), two(7);
      selector->prepare(other.problem());
      selector->select(other.problem(), one);
      selector->prepare(tiny.problem());
      CHECK(selector->select(tiny.problem(), two).items == answer(text, tiny.problem(), 7)->items);
    });
  });
}

TEST_CASE("another seed gives another answer if and only if the method is stochastic") {
  for_each_ordinary([](const Tiny& tiny) {
    for_each_able(tiny, [&](const std::string& key, const std::string& text, const SelectorTraits& traits) {
      INFO(key);
      std::set<std::set<Index>> answers;
      for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        const auto selection = answer(text, tiny.problem(), seed);
        answers.emplace(selection->items.begin(), selection->items.end());
      }
      if (traits.stochastic)
        CHECK(answers.size() > 1);
      else
        CHECK(answers.size() == 1);
    });
  });
}

TEST_CASE("one thread, two and four give the same answer and do the same work") {
  const int before = omp_get_max_threads();
  for (const std::string objective : {"joint", "facility_location", "disf"}) {
    if (!objectives().entries().contains(objective)) continue;
    const Tiny tiny = std::move(Tiny(tiny_data(300)).objective_of(objective));
    for_each_able(tiny, [&](const std::string& key, const std::string& text, const SelectorTraits&) {
      INFO(key << " under " << objective);
      StrictContext one(3);
      omp_set_num_threads(1);
      const auto alone = answer(text, tiny.problem(), one);
      for (const int threads : {2, 4}) {
        StrictContext several(3);
        omp_set_num_threads(threads);
        const auto together = answer(text, tiny.problem(), several);
        omp_set_num_threads(before);
        CHECK(alone->items == together->items);
        CHECK(one.work() == several.work());
      }
    });
  }
}

TEST_CASE("returns promptly, with a part of an answer, when told to stop") {
  Tiny tiny(tiny_data(300), {Unit::rows, 100, Fill::at_most});
  for (const auto& [key, entry] : selectors().entries()) {
    INFO(key);
    const auto selector = selectors().make(key);  // all its steps
    tiny.objective_of("joint");
    if (!selector.refusal(tiny.problem()).empty()) tiny.objective_of("facility_location");
    if (!selector.refusal(tiny.problem()).empty()) continue;
    selector->prepare(tiny.problem());
    StrictContext context(1, true);
    const std::clock_t start = std::clock();  // of this process: a busy machine does not count
    Selection selection{.why = Stop::interrupted};
    try {
      selection = selector->select(tiny.problem(), context);
    } catch (const Interrupted&) {  // in RunContext::starting: it has nothing yet
    }
    CHECK(std::clock() - start < 2 * CLOCKS_PER_SEC);
    CHECK(context.checkpoints <= 1);  // having been told once
    CHECK(fault(tiny.problem(), selection, selector.traits, false) == "");
    if (selection.items.size() < 100) CHECK(selection.why == Stop::interrupted);
  }
}

TEST_CASE("a checkpoint's set is an answer as far as it goes") {
  for_each_ordinary([](const Tiny& tiny) {
    for_each_able(tiny, [&](const std::string& key, const std::string& text, const SelectorTraits& traits) {
      INFO(key);
      StrictContext context(5);
      answer(text, tiny.problem(), context);
      if (context.checkpoints == 0) return;
      Selection point;
      point.items = context.last;
      CHECK(fault(tiny.problem(), point, traits, false) == "");
    });
  });
}

}  // namespace
}  // namespace maskbench::contract
