// An objective that is known by value() alone: states and rewards call it. Right for any set function, fast
// for none.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "algorithms/core/objective.hpp"

namespace maskbench {

class ObjectiveFromValue : public Objective {
 public:
  ObjectiveTraits traits() const override { return {}; }

  std::unique_ptr<GreedyState> start(const GreedyStart& start) const override {
    return std::make_unique<State>(*this, start);
  }
  std::unique_ptr<MaskScorer> scorer() const override { return std::make_unique<Scorer>(*this); }
  std::int64_t greedy_bytes(Index candidates) const override { return 8 * candidates; }

 private:
  class State final : public GreedyState {
   public:
    State(const Objective& objective, const GreedyStart& start)
        : objective_(objective), size_(start.size), items_(start.items.begin(), start.items.end()) {
      std::sort(items_.begin(), items_.end());
      value_ = objective_.value(items_, size_);
    }
    double value() const override { return value_; }
    double gain(Index row) const override { return objective_.value(with(row), size_) - value_; }
    void add(Index row) override { take(with(row)); }
    void swap(Index out, Index in) override {
      std::erase(items_, out);
      take(with(in));
    }

   private:
    std::vector<Index> with(Index row) const {
      std::vector<Index> items(items_);
      items.insert(std::upper_bound(items.begin(), items.end(), row), row);
      return items;
    }
    void take(std::vector<Index> items) {
      items_ = std::move(items);
      value_ = objective_.value(items_, size_);
    }

    const Objective& objective_;
    Index size_;
    std::vector<Index> items_;  // U, ascending
    double value_ = 0;
  };

  class Scorer final : public MaskScorer {
   public:
    explicit Scorer(const Objective& objective) : objective_(objective) {}
    void score(std::span<const Index> batch, const MaskSet& masks, std::span<double> rewards) override {
      std::vector<Index> items(static_cast<std::size_t>(masks.picked));
      for (Index mask = 0; mask < masks.masks; ++mask) {
        for (Index k = 0; k < masks.picked; ++k) items[k] = batch[masks.items[mask * masks.picked + k]];
        std::sort(items.begin(), items.end());
        rewards[mask] = objective_.batch_value(items, batch);
      }
    }

   private:
    const Objective& objective_;
  };
};

}  // namespace maskbench
