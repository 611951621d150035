// Makes a plug-in of an ordinary method file: header-only, so that it builds against the installed headers
// alone.
//
//   // my_rule.cpp: a method file as in the tree, ending in MASKBENCH_SELECTOR(my_rule, MyRule, "...", "...")
//   // plugin.cpp:
//   #include "algorithms/core/plugin_shim.hpp"
//   namespace maskbench { void register_selector_my_rule(SelectorRegistry&); }
//   MASKBENCH_PLUGIN(maskbench::register_selector_my_rule)
//
// CMake's maskbench_add_plugin(name KEYS my_rule SOURCES my_rule.cpp) writes plugin.cpp.
#pragma once

#include <cmath>
#include <cstring>
#include <list>

#include "algorithms/core/plugin_abi.h"
#include "algorithms/core/selector.hpp"
#include "datasets/core/params_text.hpp"  // code, not inline: this header is in one file of a plug-in, its table

namespace maskbench::plugin {

// The host's objective behind the class that methods know.
class HostObjective final : public Objective {
 public:
  HostObjective(const maskbench_objective* table, Index rows) : table_(table), rows_(rows) {}

  ObjectiveTraits traits() const override {
    const auto has = [this](std::uint32_t bit) { return (table_->traits & bit) != 0; };
    return {.monotone = has(1),
            .submodular = has(2),
            .concave_relaxation = has(4),
            .linear = has(8),
            .affine_duals = has(16)};
  }
  double value(std::span<const Index> items, std::optional<Index> size) const override {
    return table_->value(table_->self, items.data(), count_of(items), size.value_or(count_of(items)));
  }
  double batch_value(std::span<const Index> items, std::span<const Index> batch) const override {
    return table_->batch_value(table_->self, items.data(), count_of(items), batch.data(), count_of(batch));
  }
  std::unique_ptr<GreedyState> start(const GreedyStart& start) const override {
    return std::make_unique<State>(
        table_, table_->start_over(table_->self, start.size, start.candidates.data(),
                                   count_of(start.candidates), start.items.data(), count_of(start.items),
                                   start.reference.data(), count_of(start.reference)));
  }
  std::unique_ptr<MaskScorer> scorer() const override {
    return std::make_unique<Scorer>(table_, table_->scorer(table_->self));
  }
  std::unique_ptr<Relaxation> relax(const Problem& problem) const override {
    void* relaxation = table_->relax(table_->self);
    if (relaxation == nullptr) return nullptr;
    return std::make_unique<HostRelaxation>(problem, table_, relaxation);
  }
  std::optional<QuadraticForm> quadratic_form() const override {
    if (table_->has_form == 0) return std::nullopt;
    const std::size_t rows = table_->form_quality == nullptr ? 0 : rows_;
    return QuadraticForm{{table_->form_quality, rows}, table_->form_quality_weight, table_->form_pair_weight};
  }
  double oracle_work(Index) const override { return 0; }  // the host counts its own, bytes too
  std::int64_t greedy_bytes(Index) const override { return 0; }

 private:
  static std::int64_t count_of(const auto& range) { return static_cast<std::int64_t>(range.size()); }

  struct State final : GreedyState {
    State(const maskbench_objective* table, void* self) : table_(table), self_(self) {}
    ~State() override { table_->state_free(self_); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    double value() const override { return table_->state_value(self_); }
    double gain(Index row) const override {
      double gain = 0;
      table_->state_gains(self_, &row, 1, &gain);
      return gain;
    }
    void gains(std::span<const Index> rows, std::span<double> out) const override {
      table_->state_gains(self_, rows.data(), count_of(rows), out.data());
    }
    void add(Index row) override { table_->state_add(self_, row); }
    void swap(Index out, Index in) override { table_->state_swap(self_, out, in); }
    const maskbench_objective* table_;
    void* self_;
  };

  struct Scorer final : MaskScorer {
    Scorer(const maskbench_objective* table, void* self) : table_(table), self_(self) {}
    ~Scorer() override { table_->scorer_free(self_); }
    Scorer(const Scorer&) = delete;
    Scorer& operator=(const Scorer&) = delete;
    void score(std::span<const Index> batch, const MaskSet& masks, std::span<double> rewards) override {
      table_->scorer_score(self_, batch.data(), count_of(batch), masks.masks, masks.picked,
                           masks.items.data(), rewards.data());
    }
    const maskbench_objective* table_;
    void* self_;
  };

  struct HostRelaxation final : Relaxation {
    HostRelaxation(const Problem& problem, const maskbench_objective* table, void* self)
        : Relaxation(problem), table_(table), self_(self) {}
    ~HostRelaxation() override { table_->relaxation_free(self_); }
    HostRelaxation(const HostRelaxation&) = delete;
    HostRelaxation& operator=(const HostRelaxation&) = delete;
    std::vector<double> dual(std::span<const double> p) const override {
      std::vector<double> dual(size_);
      const auto ask = [&] {
        return table_->relaxation_dual(self_, p.data(), count_of(p), dual.data(), count_of(dual));
      };
      if (const std::size_t size = ask(); size != dual.size()) {
        dual.resize(size_ = size);
        ask();
      }
      return dual;
    }
    double intercept(std::span<const double> dual) const override {
      return table_->relaxation_intercept(self_, dual.data(), count_of(dual));
    }
    void slopes(std::span<const double> dual, std::span<double> out) const override {
      table_->relaxation_slopes(self_, dual.data(), count_of(dual), out.data(), count_of(out));
    }
    std::optional<double> curvature(std::span<const double> step) const override {
      const double curvature = table_->relaxation_curvature(self_, step.data(), count_of(step));
      return std::isnan(curvature) ? std::nullopt : std::optional(curvature);
    }
    mutable std::size_t size_ = 0;  // of a dual; the first call tells
    const maskbench_objective* table_;
    void* self_;
  };

  const maskbench_objective* table_;
  std::size_t rows_;  // of the data set
};

// The host's tables as the Problem that methods know.
class GuestProblem {
 public:
  explicit GuestProblem(const maskbench_problem* table) : data_(parts_of(*table->data)) {
    for (std::int64_t i = 0; i < table->quota_count; ++i) {
      quotas_.push_back({table->quotas[i].column, table->quotas[i].label, table->quotas[i].amount});
    }
    if (table->objective != nullptr)
      objective_ = std::make_unique<HostObjective>(table->objective, table->rows);
    problem_ = std::make_unique<Problem>(Problem{
        data_, span_of(table->candidates, table->candidate_count), span_of(table->kept, table->kept_count),
        span_of(table->quality, table->quality == nullptr ? 0 : table->rows), objective_.get(),
        Budget{static_cast<Unit>(table->budget_unit), table->budget_amount,
               static_cast<Fill>(table->budget_fill)},
        quotas_, span_of(table->reference, table->reference_count)});
    if (table->struct_size < sizeof(maskbench_problem)) return;  // a host before minor 4
    if (table->planned > 0) problem_->planned = table->planned;
    problem_->a_unit = table->a_unit != 0;
  }
  const Problem& operator*() const { return *problem_; }

 private:
  template <class T>
  static std::span<const T> span_of(const T* data, std::int64_t count) {
    return std::span(data, count);
  }

  static StringColumn strings_of(const maskbench_strings& table, std::int64_t rows) {
    if (table.offsets == nullptr) return {};
    return {span_of(table.offsets, rows + 1), table.chars};
  }

  static DatasetParts parts_of(const maskbench_data& table) {
    DatasetParts parts;
    parts.name = table.name;
    parts.digest = table.digest;
    parts.size = table.rows;
    parts.features = {table.features, table.dims == 0 ? 0 : table.rows, table.dims, table.features_stride};
    parts.ids = strings_of(table.ids, table.rows);
    parts.text = strings_of(table.text, table.rows);
    for (std::int64_t i = 0; i < table.related_count; ++i) {
      const maskbench_related_data& one = table.related[i];
      parts.related[one.role] = std::make_shared<const Dataset>(parts_of(*one.data));
    }
    for (std::int64_t i = 0; i < table.column_count; ++i) {
      const maskbench_column& column = table.columns[i];
      if (column.kind == maskbench_score) {
        parts.scores[column.name] = span_of(static_cast<const float*>(column.data), table.rows);
      } else if (column.kind == maskbench_matrix) {
        parts.matrices[column.name] = {column.data, static_cast<DType>(column.type), table.rows, column.cols,
                                       column.stride};
      } else {
        auto& columns = column.kind == maskbench_label ? parts.labels : parts.sizes;
        columns[column.name] = span_of(static_cast<const std::int32_t*>(column.data), table.rows);
      }
    }
    return parts;
  }

  Dataset data_;
  std::vector<Quota> quotas_;
  std::unique_ptr<HostObjective> objective_;
  std::unique_ptr<Problem> problem_;
};

class GuestContext final : public RunContext {
 public:
  explicit GuestContext(const maskbench_host* host) : RunContext(host->seed), host_(host) {}
  ~GuestContext() override {
    for (std::size_t kind = 0; kind < kWorkKinds; ++kind) {
      host_->count(host_->self, static_cast<std::int32_t>(kind), work()[kind]);
    }
  }
  bool checkpoint(const std::function<std::vector<Index>()>& items) override {
    const std::vector<Index> now = items();
    return host_->checkpoint(host_->self, now.data(), static_cast<std::int64_t>(now.size())) != 0;
  }
  bool stopping() const override { return host_->stopping(host_->self) != 0; }
  void progress(double done) override { host_->progress(host_->self, done); }
  double answer(std::string_view oracle, std::span<const Index> shown) override {
    double answer = 0;
    char message[512] = "";
    const std::string name(oracle);
    if (host_->ask(host_->self, name.c_str(), shown.data(), static_cast<std::int64_t>(shown.size()), &answer,
                   message, sizeof message) != 0)
      throw UserError(message);
    return answer;
  }

 private:
  const maskbench_host* host_;
};

// A selector with its last answer, which the host reads.
struct Guest {
  std::unique_ptr<Selector> selector;
  Selection answer;
};

inline void write_text(const std::string& text, char* out, std::size_t size) {
  if (size == 0) return;
  const std::size_t length = std::min(text.size(), size - 1);
  std::memcpy(out, text.data(), length);
  out[length] = '\0';
}

inline Arguments arguments_of(const char* const* names, const char* const* values, std::int64_t count) {
  Arguments arguments;
  for (std::int64_t i = 0; i < count; ++i) arguments[names[i]] = values[i];
  return arguments;
}

// Runs `body`; 0, or 1 for the caller's mistake and 2 for ours, with the message.
template <class Body>
std::int32_t guarded(char* message, std::size_t size, Body&& body) {
  try {
    body();
    return 0;
  } catch (const UserError& error) {
    write_text(error.what(), message, size);
    return 1;
  } catch (const std::exception& error) {
    write_text(error.what(), message, size);
    return 2;
  }
}

inline std::uint32_t bits_of(const SelectorTraits& traits) {
  const auto bit = [](bool has, std::uint32_t value) { return has ? value : 0u; };
  return bit(traits.stochastic, maskbench_stochastic) | bit(traits.may_stop_early, maskbench_may_stop_early) |
         bit(traits.repeats, maskbench_repeats) | bit(traits.rows_only, maskbench_rows_only) |
         bit(traits.no_quotas, maskbench_no_quotas) | bit(traits.no_kept, maskbench_no_kept) |
         bit(traits.host_arithmetic, maskbench_host_arithmetic) |
         bit(traits.needs_features, maskbench_needs_features) |
         bit(traits.needs_quality, maskbench_needs_quality) |
         bit(traits.needs_objective, maskbench_needs_objective) | bit(traits.any_size, maskbench_any_size) |
         bit(traits.by_gain, maskbench_by_gain);
}

// The functions of one registered key; one instantiation a key, since C functions carry no state.
template <int kSlot>
struct Slot {
  static inline const SelectorRegistry::Entry* entry = nullptr;

  static Guest& guest(void* self) { return *static_cast<Guest*>(self); }

  static void* create(const char* const* names, const char* const* values, std::int64_t count, char* message,
                      std::size_t size) {
    Guest* made = nullptr;
    guarded(message, size, [&] { made = new Guest{entry->make(arguments_of(names, values, count)), {}}; });
    return made;
  }
  static std::int32_t canonical(const char* const* names, const char* const* values, std::int64_t count,
                                char* text, std::size_t size) {
    return guarded(text, size, [&] {
      std::string inside;
      for (const auto& [name, value] : entry->canonical(arguments_of(names, values, count))) {
        inside += (inside.empty() ? "" : ",") + name + "=" + value;
      }
      write_text(inside, text, size);
    });
  }
  static std::int32_t refuses(void* self, const maskbench_problem* problem, char* reason, std::size_t size) {
    std::optional<std::string> why;
    if (guarded(reason, size, [&] { why = guest(self).selector->refuses(*GuestProblem(problem)); }) != 0)
      return 1;
    if (!why) return 0;
    write_text(*why, reason, size);
    return 1;
  }
  static std::int32_t prepare(void* self, const maskbench_problem* problem, char* message, std::size_t size) {
    return guarded(message, size, [&] { guest(self).selector->prepare(*GuestProblem(problem)); });
  }
  static std::int32_t select(void* self, const maskbench_problem* problem, const maskbench_host* host,
                             maskbench_answer* answer, char* message, std::size_t size) {
    return guarded(message, size, [&] {
      const GuestProblem inside(problem);
      GuestContext context(host);
      Selection& kept = guest(self).answer;
      kept = guest(self).selector->select(*inside, context);
      answer->items = kept.items.data();
      answer->repeats = kept.repeats.empty() ? nullptr : kept.repeats.data();
      answer->score = kept.score.empty() ? nullptr : kept.score.data();
      answer->count = static_cast<std::int64_t>(kept.items.size());
      answer->why = static_cast<std::int32_t>(kept.why);
    });
  }
  static std::int64_t scratch_bytes(void* self, const maskbench_problem* problem) {
    return guest(self).selector->scratch_bytes(*GuestProblem(problem));
  }
  static void destroy(void* self) { delete static_cast<Guest*>(self); }
};

// The table of all keys that `fill` registers.
template <int kMost>
const maskbench_plugin* table_of(void (*const (&fill)[kMost])(SelectorRegistry&)) {
  static SelectorRegistry registry("selector");
  static std::vector<maskbench_selector> selectors;
  static std::list<std::string> texts;  // stays in place
  static std::list<std::vector<maskbench_field>> fields;
  static maskbench_plugin plugin{};
  if (!selectors.empty()) return &plugin;
  const auto text = [](const std::string& value) { return texts.emplace_back(value).c_str(); };
  const auto add = [&]<int kSlot>(void (*one)(SelectorRegistry&)) {
    SelectorRegistry alone("selector");
    one(alone);
    registry.add(alone.entries().begin()->second);
    const auto& entry = registry.find(alone.entries().begin()->first);
    Slot<kSlot>::entry = &entry;
    std::vector<maskbench_field>& own = fields.emplace_back();
    for (const FieldInfo& field : entry.fields) {
      own.push_back({sizeof(maskbench_field), text(field.name), text(field.type), text(field.standard),
                     text(field.allowed()), text(field.meaning)});
    }
    selectors.push_back({.struct_size = sizeof(maskbench_selector),
                         .key = text(entry.key),
                         .summary = text(entry.summary),
                         .citation = text(entry.citation),
                         .traits = bits_of(entry.traits),
                         .fields = own.data(),
                         .field_count = static_cast<std::int64_t>(own.size()),
                         .create = Slot<kSlot>::create,
                         .canonical = Slot<kSlot>::canonical,
                         .refuses = Slot<kSlot>::refuses,
                         .prepare = Slot<kSlot>::prepare,
                         .select = Slot<kSlot>::select,
                         .scratch_bytes = Slot<kSlot>::scratch_bytes,
                         .destroy = Slot<kSlot>::destroy});
  };
  [&]<int... kSlots>(std::integer_sequence<int, kSlots...>) {
    (add.template operator()<kSlots>(fill[kSlots]), ...);
  }
  (std::make_integer_sequence<int, kMost>{});
  plugin = {MASKBENCH_ABI_MAJOR, MASKBENCH_ABI_MINOR, sizeof(maskbench_plugin),
            static_cast<std::int64_t>(selectors.size()), selectors.data()};
  return &plugin;
}

}  // namespace maskbench::plugin

#define MASKBENCH_PLUGIN(...)                                                                              \
  extern "C" __attribute__((visibility("default"))) const maskbench_plugin* maskbench_plugin_table(void) { \
    static void (*const fill[])(maskbench::SelectorRegistry&) = {__VA_ARGS__};                             \
    return maskbench::plugin::table_of(fill);                                                              \
  }
