// DATAMASK's choices. The paper leaves several open (facts 10): preset
// `paper` is the literal reading, `ours` our best engineering of the same method. Every field may be set
// beside a preset.
#pragma once

#include <cstdint>
#include <string>

#include "datasets/core/params.hpp"

namespace maskbench {

struct DatamaskParams {
  std::string preset = "paper";
  std::int64_t steps = 10000;
  std::int64_t group_size = 128;
  double batch = 0.05;
  std::int64_t least_picked = 2;
  double eta = 0;
  double prune = 0.5;
  std::string initialisation = "quality";
  double temperature = 1;
  double warmth = 4;
  std::string log_prob = "mask";
  std::string control_variate = "none";
  std::string baseline = "group";
  std::string sigma = "population";
  double travel = 0;
  std::string schedule = "constant";
  std::string final_mask = "sample";
  std::int64_t blocks = 0;
  std::int64_t patience = 0;
  std::string storage = "float32";
  std::string device = "cpu";

  // The source gives all of `paper` but eta, sigma, log_prob and the form of the final mask, which
  // facts 10d argues for.
  void use_preset() {
    if (preset == "paper") return;
    prune = 0;  // a pruned row may belong to the best set
    initialisation = "one_shot";
    control_variate = "slopes";
    steps = 400;
    group_size = 32;
    least_picked = 50;  // masks of a few rows say little about masks of many
    travel = 4;
    schedule = "linear";
    final_mask = "top";
  }

  template <class Visit>
  void fields(Visit&& visit) {
    visit("preset", preset, one_of({"paper", "ours"}), "the defaults of all other parameters");
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
    visit("schedule", schedule, one_of({"constant", "linear"}), "the step size: as it is, or falling to 0");
    visit("prune", prune, between(0, 0.99),
          "share of lowest quality dropped first; at least the rows to pick stay");
    visit("initialisation", initialisation,
          one_of({"quality", "softmax", "uniform", "one_shot", "relaxation"}),
          "first logits: ln of quality, quality over temperature, 0, or a warm start: the objective's slopes "
          "at even chances "
          "(one_shot) or at its relaxation's optimum; 0 where it has no slopes");
    visit("temperature", temperature, above(0, 1e6), "of the softmax initialisation");
    visit("warmth", warmth, above(0, 1e6), "standard deviation of a warm start's logits");
    visit("log_prob", log_prob, one_of({"mask", "pl_ordered", "pl_set"}),
          "gradient of ln P: independent terms, exact for the order drawn, exact for the set");
    visit(
        "control_variate", control_variate, one_of({"none", "slopes"}),
        "a prediction of the rewards whose gradient is known: from the objective's slopes, where it has any");
    visit("baseline", baseline, one_of({"group", "leave_one_out"}),
          "what rewards are compared with: the group's mean, or that of its other masks (G/(G-1) times the "
          "step)");
    visit("sigma", sigma, one_of({"population", "sample"}),
          "deviation that divides the advantages: 1/G or 1/(G-1)");
    visit("final", final_mask, one_of({"sample", "top"}),
          "the answer: one draw from the final logits, or the highest");
    visit("blocks", blocks, between(0, 1e9), "random blocks learned apart; 0: one for each million rows");
    visit("patience", patience, between(0, 1e9),
          "stop after so many probes (one each 100 steps) without a better top set; 0: never");
    visit("storage", storage, one_of({"float32", "bfloat16", "int8"}),
          "what rewards are taken from: the feature rows, or a rounded copy of a block's; quality and "
          "pairwise similarity only");
    visit("device", device, one_of({"cpu", "cuda"}),
          "where the steps run; cuda: log_prob=mask on quality and pairwise similarity");
  }
};

}  // namespace maskbench
