// The device kernels' bodies, run on the host: index arithmetic, one step against the CPU's kernels, whole
// loops. The device runs the same code, and tests/cuda compares the two where there is one.
#include <catch2/catch.hpp>

#include <algorithm>

#include "algorithms/datamask/logits.hpp"
#include "algorithms/kernels/cuda/host_machine.hpp"
#include "algorithms/kernels/cuda/reward_program.hpp"
#include "algorithms/kernels/gumbel_topk.hpp"
#include "algorithms/kernels/masked_row_sums.hpp"
#include "algorithms/kernels/plackett_luce.hpp"
#include "tests/unit/device_case.hpp"
#include "tests/unit/loop_case.hpp"
#include "tests/unit/random_rows.hpp"

namespace maskbench {
namespace {

using namespace test;
using cuda::HostMachine;
using cuda::StepShape;

using HostLoop = cuda::LogitLoopOn<HostMachine>;

std::unique_ptr<HostLoop> host_loop(const LoopCase& of) {
  return std::make_unique<HostLoop>(std::make_shared<cuda::HostRows>(of.data->features(), of.uploaded),
                                    of.input());
}

TEST_CASE("every element of a masked row sum has one thread") {
  for (const std::int64_t dims : {1, 3, 4, 35, 128, 130, 516}) {
    for (const std::int64_t masks : {2, 31, 32, 33, 129}) {
      for (const std::int64_t batch : {2, 31, 33, 1568, 1600}) {
        const StepShape shape{10 * batch, batch, 2, masks, dims};
        INFO("d " << dims << ", G " << masks << ", N_b " << batch);
        std::vector<int> owners(shape.chunks() * shape.masks * shape.pitch(), 0);
        std::vector<int> reads(batch, 0);
        bool inside = true;
        for (std::int64_t block = 0; block < shape.row_sum_blocks(); ++block) {
          const cuda::RowSumPart part = cuda::row_sum_part(shape, block);
          inside = inside && 0 <= part.first && part.first < part.end && part.end <= batch &&
                   part.first % cuda::kRowTile == 0;
          if (part.mask == 0 && part.column == 0) {
            for (std::int64_t b = part.first; b < part.end; ++b) ++reads[b];
          }
          for (std::int64_t mask = part.mask; mask < std::min(part.mask + cuda::kBlockMasks, masks); ++mask) {
            for (std::int64_t column = part.column;
                 column < std::min(part.column + cuda::kSlice, shape.pitch()); ++column) {
              const std::int64_t place = cuda::partial_place(shape, part.chunk, mask, column);
              inside = inside && 0 <= place && place < static_cast<std::int64_t>(owners.size());
              if (inside) ++owners[place];
            }
          }
        }
        CHECK(inside);
        CHECK(std::count(owners.begin(), owners.end(), 1) == static_cast<std::ptrdiff_t>(owners.size()));
        CHECK(std::count(reads.begin(), reads.end(), 1) == batch);
      }
    }
  }
}

TEST_CASE("tiles and pairs of tiles are covered once") {
  for (const std::int64_t count : {1, 2, 3, 7}) {
    std::vector<std::pair<std::int64_t, std::int64_t>> expected, found;
    for (std::int64_t i = 0; i < count; ++i) {
      for (std::int64_t j = i; j < count; ++j) expected.emplace_back(i, j);
    }
    for (std::int64_t number = 0; number < cuda::tile_pairs(count); ++number) {
      const cuda::TilePair pair = cuda::tile_pair(count, number);
      found.emplace_back(pair.i, pair.j);
    }
    CHECK(found == expected);
  }
  std::vector<int> by_value(cuda::kTile * cuda::kTileDepth, 0), by_term(by_value),
      own(cuda::kTile * cuda::kTile, 0);
  for (int t = 0; t < cuda::kTileThreads; ++t) {
    for (int round = 0; round < cuda::kTileRounds; ++round) {
      const cuda::TilePlace a = cuda::place_by_value(round, t), b = cuda::place_by_term(round, t);
      ++by_value.at(a.term * cuda::kTile + a.value);
      ++by_term.at(b.term * cuda::kTile + b.value);
    }
    for (int r = 0; r < cuda::kTileOwn; ++r) {
      for (int c = 0; c < cuda::kTileOwn; ++c) {
        ++own.at((cuda::own_first(t / 16) + r) * cuda::kTile + cuda::own_first(t % 16) + c);
      }
    }
  }
  for (const auto* counts : {&by_value, &by_term, &own}) {
    CHECK(std::count(counts->begin(), counts->end(), 1) == static_cast<std::ptrdiff_t>(counts->size()));
  }
}

TEST_CASE("a step's batch and masks are the CPU's, bit for bit; its rewards and logits agree") {
  for (const LoopCase& of : loop_cases()) {
    INFO(of.name);
    const StepShape& shape = of.shape;
    const auto loop = host_loop(of);
    for (std::uint64_t step = 0; step < 3; ++step) {
      std::vector<double> logits = loop->logits();
      loop->run(1);
      const cuda::StepView& view = loop->view();
      const std::vector<Index> places = random_subset(of.batches, step, shape.rows, shape.batch);
      REQUIRE(std::equal(places.begin(), places.end(), view.batch));
      std::vector<double> weight;
      batch_weights(logits, places, weight);
      REQUIRE(std::equal(weight.begin(), weight.end(), view.weight));
      MaskSampler sampler;
      MaskSet masks;
      sampler.draw(of.draws, step * static_cast<std::uint64_t>(shape.masks), weight, shape.masks,
                   shape.picked, false, masks);
      MaskSet found{shape.masks, shape.picked, {}};
      for (Index j = 0; j < shape.masks; ++j) {
        for (Index b = 0; b < shape.batch; ++b) {
          if ((view.mask_bits[j * shape.batch_words() + b / 32] >> (b % 32) & 1u) != 0)
            found.items.push_back(static_cast<std::int32_t>(b));
        }
      }
      REQUIRE(found.items == masks.items);

      std::vector<double> reward = of.rewards(places, masks), gradient(places.size());
      for (Index j = 0; j < shape.masks; ++j)
        CHECK(view.reward[j] == Approx(reward[j]).margin(1e-9).epsilon(1e-6));
      reward.assign(view.reward, view.reward + shape.masks);
      if (normalise(reward, of.sample_deviation)) {
        mask_gradient(masks, reward, gradient);
        for (std::size_t b = 0; b < places.size(); ++b) {
          logits[places[b]] += of.eta / static_cast<double>(shape.masks) * gradient[b];
        }
      }
      const std::vector<double> after = loop->logits();
      for (std::size_t i = 0; i < after.size(); ++i) REQUIRE(after[i] == Approx(logits[i]).margin(1e-9));
    }
  }
}

TEST_CASE("a bad time for the bracket costs nothing but time") {
  const LoopCase of = loop_case("large enough for a bracket", {900, 700, 200, 40, 9}, 2);
  const auto plain = host_loop(of);
  plain->run(6);
  REQUIRE(plain->view().bracket->late < cuda::kNever);
  REQUIRE(plain->view().bracket->soon > 0);
  const double log_time = *plain->view().log_time;
  for (const double bad :
       {cuda::kNoTime, -1e3, log_time - 5, log_time - 0.3, log_time + 0.3, log_time + 5, 1e3, std::nan("")}) {
    INFO(bad);
    const auto loop = host_loop(of);
    for (int step = 0; step < 6; ++step) {
      loop->run(1);
      *loop->view().log_time = bad;
    }
    CHECK(loop->logits() == plain->logits());
  }
}

TEST_CASE("the order of blocks and threads changes nothing") {
  for (const LoopCase& of : loop_cases()) {
    INFO(of.name);
    const auto forwards = host_loop(of);
    forwards->run(4);
    HostMachine::reversed = true;
    const auto backwards = host_loop(of);
    backwards->run(4);
    HostMachine::reversed = false;
    CHECK(forwards->logits() == backwards->logits());
  }
}

struct TakeSmallest : cuda::Threads<1024> {
  using Shared = cuda::SampleMasks::Shared;
  struct View {
    cuda::SampleMasks body;
    const std::uint64_t* keys = nullptr;
    const std::uint32_t* positions = nullptr;
    std::uint32_t* bits = nullptr;
    std::uint32_t picked = 0;
  };
  View v;
  void operator()(const Team& team, Shared& shared) const {
    const std::int64_t count = v.body.v.shape.batch;
    const int shift = v.body.find_cut(team, shared, v.keys, count, v.picked);
    v.body.take(team, shared, v.keys, v.positions, count, shift, v.bits);
  }
};

TEST_CASE("the smallest keys are found among any, ties by position") {
  const Stream stream(7, purpose("keys"));
  for (const std::uint64_t kinds : {1u, 2u, 7u, 5000u}) {  // how many different keys there are
    for (const std::int64_t picked : {1, 19, 1234, 1999}) {
      HostMachine machine;
      TakeSmallest::View view;
      view.body.v.shape = {2000, 2000, picked, 1, 1};
      std::vector<std::uint64_t> keys(2000);
      for (std::size_t b = 0; b < keys.size();
           ++b) {  // bits of positive doubles, far apart and close together
        const std::uint64_t kind = stream.below(kinds, b);
        keys[b] = (kind % 2 == 0 ? 0x0010000000000000u : 0x3ff0000000000000u) + kind;
      }
      view.keys = machine.copy_in(std::span<const std::uint64_t>(keys));
      const std::vector<Index> shuffled = some_rows(8, 2000, 2000);  // the list is in any order
      const std::vector<std::uint32_t> positions(shuffled.begin(), shuffled.end());
      view.positions = machine.copy_in(std::span<const std::uint32_t>(positions));
      view.picked = static_cast<std::uint32_t>(picked);
      machine.allocate(view.bits, view.body.v.shape.batch_words());
      machine.fill(view.bits, 0, view.body.v.shape.batch_words());
      machine.run<TakeSmallest>(view, 1);
      std::vector<std::size_t> order(keys.size());
      std::iota(order.begin(), order.end(), std::size_t{0});
      std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return keys[a] != keys[b] ? keys[a] < keys[b] : positions[a] < positions[b];
      });
      std::vector<std::uint32_t> expected(view.body.v.shape.batch_words(), 0);
      for (std::int64_t k = 0; k < picked; ++k) {
        const std::uint32_t b = positions[order[k]];
        expected[b / 32] |= 1u << (b % 32);
      }
      INFO(kinds << " kinds of keys, " << picked << " picked");
      CHECK(std::equal(expected.begin(), expected.end(), view.bits));
    }
  }
}

struct OnHost {
  static auto pairwise(MatrixView x, std::span<const Index> batch, const cuda::GivenSets& sets) {
    return cuda::pairwise_rewards_on<HostMachine>(x, batch, sets);
  }
  static auto disf(MatrixView x, std::span<const Index> batch, const cuda::GivenSets& sets) {
    return cuda::disf_rewards_on<HostMachine>(x, batch, sets);
  }
  static auto products(MatrixView x, std::span<const Index> rows, std::span<const double> y) {
    return cuda::row_products_on<HostMachine>(x, rows, y);
  }
  static auto gains(MatrixView x, std::span<const Index> reference, std::span<const Index> candidates,
                    std::span<const double> best) {
    return cuda::facility_location_gains_on<HostMachine>(x, reference, candidates, best);
  }
};

TEST_CASE("the bodies' rewards, products and gains agree with the CPU's") {
  for (const bool reversed : {false, true}) {
    HostMachine::reversed = reversed;
    check_rewards_products_and_gains<OnHost>();
  }
  HostMachine::reversed = false;
}

}  // namespace
}  // namespace maskbench
