// Further kernels, bodies for Team: bits of given masks, DiSF's correlations, products of all rows with one
// vector, gains of facility location. Each output has one owner thread; sums are float64 in a fixed order.
#pragma once

#include "algorithms/kernels/cuda/row_sum_bodies.hpp"

namespace maskbench::cuda {

// SampleMasks for masks that are given: G x S_b positions. Blocks: G.
struct GivenMasks : Threads<256> {
  struct View {
    StepView step;
    const std::int32_t* items = nullptr;
  };
  struct Shared {
    double part[256];
  };
  View v;
  MASKBENCH_HD void operator()(const Team& team, Shared& shared) const {
    const StepShape& shape = v.step.shape;
    std::uint32_t* const bits = v.step.mask_bits + team.block * shape.batch_words();
    const std::int32_t* const items = v.items + team.block * shape.picked;
    team.each([&](int t) {
      for (std::int64_t word = t; word < shape.batch_words(); word += kThreads) bits[word] = 0;
      shared.part[t] = 0;
      for (std::int64_t k = t; k < shape.picked; k += kThreads) shared.part[t] += v.step.linear[items[k]];
    });
    team.each([&](int t) {
      for (std::int64_t k = t; k < shape.picked; k += kThreads)
        atomic_or(bits + items[k] / kWord, 1u << (items[k] % kWord));
    });
    tree_sum(team, shared.part);
    team.each([&](int t) {
      if (t == 0) v.step.linear_reward[team.block] = shared.part[0];
    });
  }
};

// f = -2 sum over k < l of w_k w_l P_kl^2 / (d (d - 1)), P the sums of products of the mask's centred columns
// and w_k = 1/(eps (S - 1) + P_kk): `disf` with standardise=in_set (algorithms/objectives/disf/disf.cpp).
struct DisfView {
  std::int64_t masks = 0, picked = 0, dims = 0, pitch = 0;
  double epsilon = 0;
  const float* features = nullptr;      // N_b x pitch
  const std::int32_t* items = nullptr;  // G x S_b positions
  double* mean = nullptr;               // G x d
  double* weight = nullptr;             // G x d
  double* tile = nullptr;               // G x pairs of tiles
  double* reward = nullptr;             // G

  MASKBENCH_HD std::int64_t column_blocks() const { return ceil_div(dims, 128); }
  MASKBENCH_HD std::int64_t tiles() const { return ceil_div(dims, kTile); }
  MASKBENCH_HD double at(std::int64_t mask, std::int64_t k, std::int64_t column) const {
    return static_cast<double>(
        features[static_cast<std::int64_t>(items[mask * picked + k]) * pitch + column]);
  }
};

// A thread a column of a mask. Blocks: G column_blocks.
struct DisfMoments : Threads<128> {
  using Shared = NoShared;
  DisfView v;
  MASKBENCH_HD void operator()(const Team& team, Shared&) const {
    team.each([&](int t) {
      const std::int64_t mask = team.block / v.column_blocks();
      const std::int64_t column = team.block % v.column_blocks() * kThreads + t;
      if (column >= v.dims) return;
      double sum = 0, squares = 0;
      for (std::int64_t k = 0; k < v.picked; ++k) sum += v.at(mask, k, column);
      const double mean = sum / static_cast<double>(v.picked);
      for (std::int64_t k = 0; k < v.picked; ++k)
        squares += (v.at(mask, k, column) - mean) * (v.at(mask, k, column) - mean);
      v.mean[mask * v.dims + column] = mean;
      v.weight[mask * v.dims + column] = 1.0 / (v.epsilon * static_cast<double>(v.picked - 1) + squares);
    });
  }
};

// A block has one pair of tiles of columns of one mask. Blocks: G tile_pairs(tiles).
struct DisfTiles : Threads<kTileThreads> {
  struct Shared {
    double left[kTileDepth][kTile], right[kTileDepth][kTile];
    double part[kTileThreads];
  };
  struct Own {
    double sum[kTileOwn][kTileOwn];
  };
  DisfView v;
  MASKBENCH_HD void operator()(const Team& team, Shared& shared) const {
    const std::int64_t pairs = tile_pairs(v.tiles()), mask = team.block / pairs;
    const TilePair pair = tile_pair(v.tiles(), team.block % pairs);
    PerThread<Own, kTileThreads> own;
    for (std::int64_t first = 0; first < v.picked; first += kTileDepth) {
      team.each([&](int t) {
        for (int round = 0; round < kTileRounds; ++round) {
          const TilePlace place = place_by_value(round, t);
          shared.left[place.term][place.value] =
              centred(mask, first + place.term, pair.i * kTile + place.value);
          shared.right[place.term][place.value] =
              centred(mask, first + place.term, pair.j * kTile + place.value);
        }
      });
      team.each([&](int t) {
        Own& mine = own[t];
        for (int term = 0; term < kTileDepth; ++term) {
          MASKBENCH_UNROLL
          for (int r = 0; r < kTileOwn; ++r) {
            MASKBENCH_UNROLL
            for (int c = 0; c < kTileOwn; ++c) {
              mine.sum[r][c] +=
                  shared.left[term][own_first(t / 16) + r] * shared.right[term][own_first(t % 16) + c];
            }
          }
        }
      });
    }
    team.each([&](int t) {
      double sum = 0;
      MASKBENCH_UNROLL
      for (int r = 0; r < kTileOwn; ++r) {
        const std::int64_t k = pair.i * kTile + own_first(t / 16) + r;
        MASKBENCH_UNROLL
        for (int c = 0; c < kTileOwn; ++c) {
          const std::int64_t l = pair.j * kTile + own_first(t % 16) + c;
          const double product = own[t].sum[r][c];
          if (k < l && l < v.dims)
            sum += v.weight[mask * v.dims + k] * v.weight[mask * v.dims + l] * product * product;
        }
      }
      shared.part[t] = sum;
    });
    tree_sum(team, shared.part);
    team.each([&](int t) {
      if (t == 0) v.tile[team.block] = shared.part[0];
    });
  }

 private:
  MASKBENCH_HD double centred(std::int64_t mask, std::int64_t k, std::int64_t column) const {
    return k < v.picked && column < v.dims ? v.at(mask, k, column) - v.mean[mask * v.dims + column] : 0.0;
  }
};

// Blocks: G.
struct DisfRewards : Threads<256> {
  struct Shared {
    double part[256];
  };
  DisfView v;
  MASKBENCH_HD void operator()(const Team& team, Shared& shared) const {
    const std::int64_t pairs = tile_pairs(v.tiles());
    team.each([&](int t) {
      shared.part[t] = 0;
      for (std::int64_t tile = t; tile < pairs; tile += kThreads)
        shared.part[t] += v.tile[team.block * pairs + tile];
    });
    tree_sum(team, shared.part);
    team.each([&](int t) {
      const double columns = static_cast<double>(v.dims) * static_cast<double>(v.dims - 1);
      if (t == 0)
        v.reward[team.block] = v.picked < 2 || columns == 0 ? 0.0 : 0.0 - 2 * shared.part[0] / columns;
    });
  }
};

// out[i] = x_i . y: a warp a row, lanes in order: the relaxation's slopes. Blocks: rows / 8.
struct RowDots : Threads<256> {
  static constexpr int kRows = kThreads / 32;
  struct View {
    std::int64_t rows = 0, pitch = 0;
    const float* features = nullptr;  // rows x pitch
    const double* y = nullptr;        // pitch entries, zeros at the end
    double* out = nullptr;            // rows
  };
  struct Shared {
    double part[kRows][33];  // one more than lanes: the second phase reads a column
  };
  View v;
  MASKBENCH_HD void operator()(const Team& team, Shared& shared) const {
    team.each([&](int t) {
      const std::int64_t row = team.block * kRows + t / 32;
      double sum = 0;
      if (row < v.rows) {
        for (std::int64_t column = t % 32 * kLaneColumns; column < v.pitch; column += 32 * kLaneColumns) {
          const Four x = load_four(v.features + row * v.pitch + column);
          for (int k = 0; k < kLaneColumns; ++k) sum += static_cast<double>(x.value[k]) * v.y[column + k];
        }
      }
      shared.part[t / 32][t % 32] = sum;
    });
    team.each([&](int t) {
      const std::int64_t row = team.block * kRows + t;
      if (t >= kRows || row >= v.rows) return;
      double sum = 0;
      for (int lane = 0; lane < 32; ++lane) sum += shared.part[t][lane];
      v.out[row] = sum;
    });
  }
};

// gain(j) = (1/|V|) sum over i in V of max(0, x_i.x_j - best_i). A block has 64 candidates and every parts-th
// tile of 64 reference rows; products are float32 over 16 columns, float64 beyond.
struct GainView {
  std::int64_t references = 0, candidates = 0, dims = 0, pitch = 0;
  const float* features = nullptr;                                        // uploaded rows x pitch
  const std::int32_t *reference_row = nullptr, *candidate_row = nullptr;  // uploaded rows
  const double* best = nullptr;                                           // |V|
  double* partial = nullptr;                                              // parts x candidates
  double* gain = nullptr;                                                 // candidates

  MASKBENCH_HD std::int64_t reference_tiles() const { return ceil_div(references, kTile); }
  MASKBENCH_HD std::int64_t parts() const { return reference_tiles() < 32 ? reference_tiles() : 32; }
  MASKBENCH_HD std::int64_t candidate_tiles() const { return ceil_div(candidates, kTile); }
};

// Blocks: parts candidate_tiles.
struct GainTiles : Threads<kTileThreads> {
  struct Shared {
    float left[kTileDepth][kTile + 1], right[kTileDepth][kTile + 1];
    double part[16][kTile];
  };
  struct Own {
    double dot[kTileOwn][kTileOwn];
    double gain[kTileOwn];
  };
  GainView v;
  MASKBENCH_HD void operator()(const Team& team, Shared& shared) const {
    const std::int64_t part = team.block % v.parts(), first_candidate = team.block / v.parts() * kTile;
    PerThread<Own, kTileThreads> own;
    for (std::int64_t tile = part; tile < v.reference_tiles(); tile += v.parts()) {
      const std::int64_t first_reference = tile * kTile;
      for (std::int64_t first = 0; first < v.dims; first += kTileDepth) {
        team.each([&](int t) {
          for (int round = 0; round < kTileRounds; ++round) {
            const TilePlace place = place_by_term(round, t);
            const std::int64_t column = first + place.term;
            shared.left[place.term][place.value] =
                value(v.reference_row, v.references, first_reference + place.value, column);
            shared.right[place.term][place.value] =
                value(v.candidate_row, v.candidates, first_candidate + place.value, column);
          }
        });
        team.each([&](int t) {
          Own& mine = own[t];
          float sum[kTileOwn][kTileOwn] = {};
          for (int term = 0; term < kTileDepth; ++term) {
            MASKBENCH_UNROLL
            for (int r = 0; r < kTileOwn; ++r) {
              MASKBENCH_UNROLL
              for (int c = 0; c < kTileOwn; ++c) {
                sum[r][c] +=
                    shared.left[term][own_first(t / 16) + r] * shared.right[term][own_first(t % 16) + c];
              }
            }
          }
          MASKBENCH_UNROLL
          for (int r = 0; r < kTileOwn; ++r) {
            MASKBENCH_UNROLL
            for (int c = 0; c < kTileOwn; ++c) mine.dot[r][c] += static_cast<double>(sum[r][c]);
          }
        });
      }
      team.each([&](int t) {
        Own& mine = own[t];
        MASKBENCH_UNROLL
        for (int r = 0; r < kTileOwn; ++r) {
          const std::int64_t i = first_reference + own_first(t / 16) + r;
          MASKBENCH_UNROLL
          for (int c = 0; c < kTileOwn; ++c) {
            const double above = i < v.references ? mine.dot[r][c] - v.best[i] : 0.0;
            if (above > 0) mine.gain[c] += above;
            mine.dot[r][c] = 0;
          }
        }
      });
    }
    team.each([&](int t) {
      for (int c = 0; c < kTileOwn; ++c) shared.part[t / 16][own_first(t % 16) + c] = own[t].gain[c];
    });
    team.each([&](int t) {
      if (t >= kTile || first_candidate + t >= v.candidates) return;
      double sum = 0;
      for (int k = 0; k < 16; ++k) sum += shared.part[k][t];
      v.partial[part * v.candidates + first_candidate + t] = sum;
    });
  }

 private:
  MASKBENCH_HD float value(const std::int32_t* rows, std::int64_t count, std::int64_t k,
                           std::int64_t column) const {
    return k < count && column < v.dims ? v.features[static_cast<std::int64_t>(rows[k]) * v.pitch + column]
                                        : 0.0f;
  }
};

// Blocks: candidates / 256.
struct GainSums : Threads<256> {
  using Shared = NoShared;
  GainView v;
  MASKBENCH_HD void operator()(const Team& team, Shared&) const {
    team.each([&](int t) {
      const std::int64_t j = team.block * kThreads + t;
      if (j >= v.candidates) return;
      double sum = 0;
      for (std::int64_t part = 0; part < v.parts(); ++part) sum += v.partial[part * v.candidates + j];
      v.gain[j] = sum / static_cast<double>(v.references);
    });
  }
};

}  // namespace maskbench::cuda
