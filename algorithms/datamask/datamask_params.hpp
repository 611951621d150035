// DATAMASK's choices. The paper leaves several open (facts 10): preset
// `paper` is the literal reading, `ours` our best engineering of the same method. Every field may be set
// beside a preset.
#pragma once

#include <cstdint>
#include <string>

#include "datasets/core/params.hpp"

namespace maskbench {

namespace datamask {

enum class Preset { paper, ours };
constexpr std::array<const char*, 2> names(Preset) {
  return {"paper", "ours"};
}

enum class Initialisation { quality, softmax, uniform, one_shot, relaxation };
constexpr std::array<const char*, 5> names(Initialisation) {
  return {"quality", "softmax", "uniform", "one_shot", "relaxation"};
}

enum class LogProb { mask, pl_ordered, pl_set };
constexpr std::array<const char*, 3> names(LogProb) {
  return {"mask", "pl_ordered", "pl_set"};
}

enum class Predicted { none, slopes };
constexpr std::array<const char*, 2> names(Predicted) {
  return {"none", "slopes"};
}

enum class Baseline { group, leave_one_out };
constexpr std::array<const char*, 2> names(Baseline) {
  return {"group", "leave_one_out"};
}

enum class Sigma { population, sample };
constexpr std::array<const char*, 2> names(Sigma) {
  return {"population", "sample"};
}

enum class Schedule { constant, linear };
constexpr std::array<const char*, 2> names(Schedule) {
  return {"constant", "linear"};
}

enum class FinalMask { sample, top };
constexpr std::array<const char*, 2> names(FinalMask) {
  return {"sample", "top"};
}

enum class Storage { float32, bfloat16, int8 };
constexpr std::array<const char*, 3> names(Storage) {
  return {"float32", "bfloat16", "int8"};
}

enum class Device { cpu, cuda };
constexpr std::array<const char*, 2> names(Device) {
  return {"cpu", "cuda"};
}

}  // namespace datamask

struct DatamaskParams {
  datamask::Preset preset = datamask::Preset::paper;
  std::int64_t steps = 10000;
  std::int64_t group_size = 128;
  double batch = 0.05;
  std::int64_t least_picked = 2;
  double eta = 0;
  double prune = 0.5;
  datamask::Initialisation initialisation = datamask::Initialisation::quality;
  double temperature = 1;
  double warmth = 4;
  datamask::LogProb log_prob = datamask::LogProb::mask;
  datamask::Predicted control_variate = datamask::Predicted::none;
  datamask::Baseline baseline = datamask::Baseline::group;
  datamask::Sigma sigma = datamask::Sigma::population;
  double travel = 0;
  datamask::Schedule schedule = datamask::Schedule::constant;
  datamask::FinalMask final_mask = datamask::FinalMask::sample;
  std::int64_t blocks = 0;
  std::int64_t patience = 0;
  datamask::Storage storage = datamask::Storage::float32;
  datamask::Device device = datamask::Device::cpu;

  // The source gives all of `paper` but eta, sigma, log_prob and the form of the final mask, which
  // facts 10d argues for.
  void use_preset() {
    if (preset == datamask::Preset::paper) return;
    prune = 0;  // a pruned row may belong to the best set
    initialisation = datamask::Initialisation::one_shot;
    control_variate = datamask::Predicted::slopes;
    steps = 400;
    group_size = 32;
    least_picked = 50;  // masks of a few rows say little about masks of many
    travel = 4;
    schedule = datamask::Schedule::linear;
    final_mask = datamask::FinalMask::top;
  }

  template <class Visit>
  void fields(Visit&& visit) {
    visit("preset", preset, names_of<datamask::Preset>, "the defaults of all other parameters");
    visit("steps", steps, between(1, 1e9), "updates of the logits (E), in each block");
    visit("group_size", group_size, between(2, 65536), "masks a step (G)");
    visit("batch", batch, above(0, 1), "share of a block's rows that takes part in a step (b)");
    visit("least_picked", least_picked, between(2, 1e9),
          "rows that a mask holds at least, as far as the budget goes: small problems get larger batches "
          "than asked for");
    visit("eta", eta, between(0, 1e6),
          "step size; 0: as travel says, or 4 for batches up to 10,000 rows, else 8");
    visit("travel", travel, between(0, 1e6),
          "with eta=0, the step size by which a row's logit goes about this far in all steps; 0: see eta");
    visit("schedule", schedule, names_of<datamask::Schedule>, "the step size: as it is, or falling to 0");
    visit("prune", prune, between(0, 0.99),
          "share of lowest quality dropped first; at least the rows to pick stay");
    visit("initialisation", initialisation, names_of<datamask::Initialisation>,
          "first logits: ln of quality, quality over temperature, 0, or a warm start: the objective's slopes "
          "at even chances "
          "(one_shot) or at its relaxation's optimum; 0 where it has no slopes");
    visit("temperature", temperature, above(0, 1e6), "of the softmax initialisation");
    visit("warmth", warmth, above(0, 1e6), "standard deviation of a warm start's logits");
    visit("log_prob", log_prob, names_of<datamask::LogProb>,
          "gradient of ln P: independent terms, exact for the order drawn, exact for the set");
    visit(
        "control_variate", control_variate, names_of<datamask::Predicted>,
        "a prediction of the rewards whose gradient is known: from the objective's slopes, where it has any");
    visit("baseline", baseline, names_of<datamask::Baseline>,
          "what rewards are compared with: the group's mean, or that of its other masks (G/(G-1) times the "
          "step)");
    visit("sigma", sigma, names_of<datamask::Sigma>, "deviation that divides the advantages: 1/G or 1/(G-1)");
    visit("final", final_mask, names_of<datamask::FinalMask>,
          "the answer: one draw from the final logits, or the highest");
    visit("blocks", blocks, between(0, 1e9), "random blocks learned apart; 0: one for each million rows");
    visit("patience", patience, between(0, 1e9),
          "stop after so many probes (one each 100 steps) without a better top set; 0: never");
    visit("storage", storage, names_of<datamask::Storage>,
          "what rewards are taken from: the feature rows, or a rounded copy of a block's; quality and "
          "pairwise similarity only");
    visit("device", device, names_of<datamask::Device>,
          "where the steps run; cuda: log_prob=mask on quality and pairwise similarity");
  }
};

}  // namespace maskbench
