// Bounds over the sets of S rows within a budget in tokens (facts 8j), against all of them.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <string>

#include "algorithms/core/best_rows.hpp"
#include "experiments/scoring/evaluate.hpp"
#include "tests/contract/tiny_problem.hpp"

namespace maskbench {
namespace {

using contract::tiny_data;

// Calls `look` with every set of `size` rows among n.
void for_each_set(Index n, Index size, const std::function<void(const std::vector<Index>&)>& look) {
  std::vector<bool> in(static_cast<std::size_t>(n));
  std::fill(in.begin(), in.begin() + size, true);
  do {
    std::vector<Index> rows;
    for (Index row = 0; row < n; ++row) {
      if (in[static_cast<std::size_t>(row)]) rows.push_back(row);
    }
    look(rows);
  } while (std::prev_permutation(in.begin(), in.end()));
}

TEST_CASE("the linear step: no set within the room has a larger sum, and the price proves it") {
  constexpr Index n = 10;
  for (std::uint64_t draw = 0; draw < 200; ++draw) {
    const Stream stream(draw, purpose("best rows"));
    std::vector<double> slope(n);
    Room room;
    for (Index row = 0; row < n; ++row) {
      slope[static_cast<std::size_t>(row)] = stream.uniform(static_cast<std::uint64_t>(row), 0) - 0.3;
      room.lengths.push_back(1 + static_cast<std::int64_t>(stream.below(draw % 2 == 0 ? 9 : 1000,
                                                                        static_cast<std::uint64_t>(row), 1)));
    }
    const Index picks = 1 + static_cast<Index>(draw % 6);
    std::vector<std::int64_t> sorted = room.lengths;
    std::sort(sorted.begin(), sorted.end());
    std::int64_t least = 0, all = 0;
    for (Index k = 0; k < n; ++k) {
      all += sorted[static_cast<std::size_t>(k)];
      if (k < picks) least = all;
    }
    room.room =
        least + static_cast<std::int64_t>(stream.uniform(99, 2) * static_cast<double>(all - least) / 2);
    double best = -1e9;
    for_each_set(n, picks, [&](const std::vector<Index>& rows) {
      double sum = 0;
      for (const Index row : rows) sum += slope[static_cast<std::size_t>(row)];
      if (detail::taken(room, rows) <= room.room) best = std::max(best, sum);
    });
    const BestRows found = best_rows(slope, picks, room);
    double sum = 0, used = 0, dual = 0;
    for (const auto& [rows, share] :
         {std::pair(found.fits, 1 - found.share), std::pair(found.over, found.share)}) {
      for (const Index row : rows) {
        sum += share * slope[static_cast<std::size_t>(row)];
        used += share * static_cast<double>(room.lengths[static_cast<std::size_t>(row)]);
      }
    }
    if (found.price > 0) dual = found.price * static_cast<double>(room.room);
    for (const Index row : found.fits)
      dual += slope[static_cast<std::size_t>(row)] -
              found.price * static_cast<double>(room.lengths[static_cast<std::size_t>(row)]);
    INFO("draw " << draw << ", " << picks << " rows within " << room.room);
    CHECK(static_cast<Index>(found.fits.size()) == picks);
    CHECK(detail::taken(room, found.fits) <= room.room);
    CHECK(used <= static_cast<double>(room.room) * (1 + 1e-12));
    CHECK(sum >= best - 1e-4);  // a part of a row may be left out: of 1e-4 of the room
    CHECK(dual >= best - 1e-12);
  }
}

TEST_CASE("no set of as many rows within as many tokens is above the bound of an answer") {
  constexpr Index n = 11;
  const auto data = tiny_data(n);
  for (const char* objective :
       {"joint", "joint[lambda=0.1]", "pairwise_similarity", "quality", "facility_location"}) {
    for (const std::int64_t amount : {300, 450, 700}) {
      for (const char* key : {"random", "greedy", "relaxation"}) {
        ProblemRequest request;
        request.objective = objectives().named(objective);
        request.budget.unit = Unit::tokens;
        request.budget.amount = amount;
        const ProblemSetup setup(data, request);
        const auto selector = selectors().make(key);
        if (!selector.refusal(setup.problem()).empty()) continue;
        contract::StrictContext context(1);
        std::vector<Index> items = solve(selector, setup.problem(), context).items;
        std::sort(items.begin(), items.end());
        const Evaluation found = evaluate(setup, items);
        INFO(key << " under " << objective << ", " << amount << " tokens, " << items.size() << " rows");
        REQUIRE(found.bound);
        double best = -1e9;
        for_each_set(n, static_cast<Index>(items.size()), [&](const std::vector<Index>& rows) {
          std::int64_t tokens = 0;
          for (const Index row : rows) tokens += data->lengths()[static_cast<std::size_t>(row)];
          if (tokens <= amount) best = std::max(best, setup.objective().value(rows));
        });
        CHECK(*found.bound >= best);
        CHECK(found.value <= best + 1e-12 * std::abs(best));
        REQUIRE(found.random);
        CHECK(found.random->mean <= best + 1e-12);
        if (found.normalised) CHECK(*found.normalised <= 1);
      }
    }
  }
}

TEST_CASE("a certificate in tokens survives its file, and is of its budget and price") {
  ProblemRequest request;
  request.objective = objectives().named("joint");
  request.budget.unit = Unit::tokens;
  request.budget.amount = 1500;
  const ProblemSetup setup(tiny_data(60), request);
  contract::StrictContext context(1);
  std::vector<Index> items = solve(selectors().make("greedy"), setup.problem(), context).items;
  std::sort(items.begin(), items.end());
  const UpperBound found = search_bound(setup, items, setup.objective().value(items));
  REQUIRE(found.certificate);
  const std::string file = "/tmp/maskbench_token_certificate_" + std::to_string(getpid()) + ".json";
  write_certificate(*found.certificate, file);
  CHECK(verified_bound(setup, items, read_certificate(file), file) ==
        Approx(found.certificate->bound).epsilon(1e-12));
  const auto refused = [&](auto change) {
    Certificate wrong = read_certificate(file);
    change(wrong);
    try {
      verified_bound(setup, items, wrong, file);
    } catch (const UserError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK(refused([](Certificate& c) {
          c.within->amount = 1400;
        }).find("budget is 1400 tokens, here it is 1500 tokens") != std::string::npos);
  CHECK(refused([](Certificate& c) { c.within.reset(); }).find("budget") != std::string::npos);
  CHECK(refused([](Certificate& c) { c.within->price = -1; }).find("0 or more") != std::string::npos);
  std::remove(file.c_str());
}

}  // namespace
}  // namespace maskbench
