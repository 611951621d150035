#include "algorithms/core/plugin_host.hpp"

#include <limits>

namespace maskbench {
namespace {

std::span<const Index> rows_of(const std::int64_t* rows, std::int64_t count) {
  return std::span(rows, count);
}
// What `self` of the objective's table points to.
struct ObjectiveSelf {
  const Objective* objective;
  const Problem* problem;
};
ObjectiveSelf& self_of(void* self) {
  return *static_cast<ObjectiveSelf*>(self);
}
GreedyState& state_of(void* state) {
  return *static_cast<GreedyState*>(state);
}
std::span<const double> numbers(const double* data, std::int64_t count) {
  return std::span(data, count);
}
Relaxation& relaxation_of(void* relaxation) {
  return *static_cast<Relaxation*>(relaxation);
}
RunContext& context_of(void* self) {
  return *static_cast<RunContext*>(self);
}

std::uint32_t bits_of(const ObjectiveTraits& traits) {
  return (traits.monotone ? 1u : 0u) | (traits.submodular ? 2u : 0u) | (traits.concave_relaxation ? 4u : 0u) |
         (traits.linear ? 8u : 0u) | (traits.affine_duals ? 16u : 0u);
}

}  // namespace

HostData::HostData(const Dataset& data) {
  const DatasetParts& parts = data.parts();
  const auto column = [&](maskbench_column_kind kind, const std::string& name, DType type, const void* values,
                          Index cols, Index stride) {
    columns_.push_back({sizeof(maskbench_column), kind, static_cast<std::int32_t>(type), name.c_str(), values,
                        cols, stride});
  };
  const auto strings = [](const StringColumn& from) {
    return maskbench_strings{sizeof(maskbench_strings), from.empty() ? nullptr : from.offsets.data(),
                             from.chars};
  };
  for (const auto& [name, values] : parts.scores)
    column(maskbench_score, name, DType::f32, values.data(), 1, 1);
  for (const auto& [name, values] : parts.labels)
    column(maskbench_label, name, DType::i32, values.data(), 1, 1);
  for (const auto& [name, values] : parts.sizes)
    column(maskbench_size, name, DType::i32, values.data(), 1, 1);
  for (const auto& [name, matrix] : parts.matrices) {
    column(maskbench_matrix, name, matrix.type, matrix.data, matrix.cols, matrix.stride);
  }
  for (const auto& [role, other] : parts.related) {
    others_.push_back(std::make_unique<HostData>(*other));
    related_.push_back({sizeof(maskbench_related_data), role.c_str(), others_.back()->table()});
  }
  table_ = {.struct_size = sizeof(maskbench_data),
            .name = parts.name.c_str(),
            .digest = data.digest().c_str(),
            .rows = parts.size,
            .dims = parts.features.cols,
            .features = parts.features.data,
            .features_stride = parts.features.stride,
            .columns = columns_.data(),
            .column_count = static_cast<std::int64_t>(columns_.size()),
            .ids = strings(parts.ids),
            .text = strings(parts.text),
            .related = related_.data(),
            .related_count = static_cast<std::int64_t>(related_.size())};
}

HostProblem::HostProblem(const Problem& problem) : data_(problem.data) {
  for (const Quota& quota : problem.quotas) {
    quotas_.push_back({sizeof(maskbench_quota), quota.column.c_str(), quota.label, quota.amount});
  }
  if (problem.objective != nullptr) {
    maskbench_objective& o = objective_;
    o.struct_size = sizeof o;
    auto asked = std::make_shared<ObjectiveSelf>(ObjectiveSelf{problem.objective, &problem});
    o.self = asked.get();
    self_ = std::move(asked);
    o.traits = bits_of(problem.objective->traits());
    o.value = [](void* self, const std::int64_t* items, std::int64_t count, std::int64_t size) {
      return self_of(self).objective->value(rows_of(items, count), size);
    };
    o.batch_value = [](void* self, const std::int64_t* items, std::int64_t count, const std::int64_t* batch,
                       std::int64_t batch_count) {
      return self_of(self).objective->batch_value(rows_of(items, count), rows_of(batch, batch_count));
    };
    o.start = [](void* self, std::int64_t size, const std::int64_t* candidates, std::int64_t candidate_count,
                 const std::int64_t* items, std::int64_t count) -> void* {
      return self_of(self)
          .objective->start({size, rows_of(candidates, candidate_count), rows_of(items, count)})
          .release();
    };
    o.start_over = [](void* self, std::int64_t size, const std::int64_t* candidates,
                      std::int64_t candidate_count, const std::int64_t* items, std::int64_t count,
                      const std::int64_t* reference, std::int64_t reference_count) -> void* {
      return self_of(self)
          .objective
          ->start({size, rows_of(candidates, candidate_count), rows_of(items, count), false,
                   rows_of(reference, reference_count)})
          .release();
    };
    o.state_value = [](void* state) { return state_of(state).value(); };
    o.state_gains = [](void* state, const std::int64_t* rows, std::int64_t count, double* out) {
      state_of(state).gains(rows_of(rows, count), std::span(out, count));
    };
    o.state_add = [](void* state, std::int64_t row) { state_of(state).add(row); };
    o.state_swap = [](void* state, std::int64_t out, std::int64_t in) { state_of(state).swap(out, in); };
    o.state_free = [](void* state) { delete static_cast<GreedyState*>(state); };
    o.scorer = [](void* self) -> void* { return self_of(self).objective->scorer().release(); };
    o.scorer_score = [](void* scorer, const std::int64_t* batch, std::int64_t batch_count, std::int64_t masks,
                        std::int64_t picked, const std::int32_t* positions, double* rewards) {
      const MaskSet set{masks, picked, {positions, positions + masks * picked}};
      static_cast<MaskScorer*>(scorer)->score(rows_of(batch, batch_count), set, std::span(rewards, masks));
    };
    o.scorer_free = [](void* scorer) { delete static_cast<MaskScorer*>(scorer); };
    o.relax = [](void* self) -> void* {
      return self_of(self).objective->relax(*self_of(self).problem).release();
    };
    o.relaxation_value = [](void* relaxation, const double* inclusion, std::int64_t count) {
      return relaxation_of(relaxation).value(std::span(inclusion, count));
    };
    o.relaxation_gradient = [](void* relaxation, const double* inclusion, double* out, std::int64_t count) {
      relaxation_of(relaxation).gradient(std::span(inclusion, count), std::span(out, count));
    };
    o.relaxation_free = [](void* relaxation) { delete static_cast<Relaxation*>(relaxation); };
    o.relaxation_dual = [](void* relaxation, const double* inclusion, std::int64_t count, double* out,
                           std::int64_t capacity) {
      const std::vector<double> dual = relaxation_of(relaxation).dual(numbers(inclusion, count));
      std::copy_n(dual.begin(), std::min<std::size_t>(dual.size(), capacity), out);
      return static_cast<std::int64_t>(dual.size());
    };
    o.relaxation_intercept = [](void* relaxation, const double* dual, std::int64_t dual_count) {
      return relaxation_of(relaxation).intercept(numbers(dual, dual_count));
    };
    o.relaxation_slopes = [](void* relaxation, const double* dual, std::int64_t dual_count, double* out,
                             std::int64_t count) {
      relaxation_of(relaxation).slopes(numbers(dual, dual_count), std::span(out, count));
    };
    o.relaxation_curvature = [](void* relaxation, const double* step, std::int64_t dual_count) {
      return relaxation_of(relaxation)
          .curvature(numbers(step, dual_count))
          .value_or(std::numeric_limits<double>::quiet_NaN());
    };
    if (const auto form = problem.objective->quadratic_form()) {
      o.has_form = 1;
      o.form_quality = form->quality.empty() ? nullptr : form->quality.data();
      o.form_quality_weight = form->quality_weight;
      o.form_pair_weight = form->pair_weight;
    }
  }
  const maskbench_data& data = *data_.table();
  table_ = {.struct_size = sizeof(maskbench_problem),
            .data_name = data.name,
            .data_digest = data.digest,
            .rows = data.rows,
            .dims = data.dims,
            .features = data.features,
            .features_stride = data.features_stride,
            .columns = data.columns,
            .column_count = data.column_count,
            .quality = problem.quality.empty() ? nullptr : problem.quality.data(),
            .candidates = problem.candidates.data(),
            .candidate_count = static_cast<std::int64_t>(problem.candidates.size()),
            .kept = problem.kept.data(),
            .kept_count = static_cast<std::int64_t>(problem.kept.size()),
            .budget_unit = static_cast<std::int32_t>(problem.budget.unit),
            .budget_fill = static_cast<std::int32_t>(problem.budget.fill),
            .budget_amount = problem.budget.amount,
            .quotas = quotas_.data(),
            .quota_count = static_cast<std::int64_t>(quotas_.size()),
            .objective = problem.objective == nullptr ? nullptr : &objective_,
            .data = &data,
            .reference = problem.reference.data(),
            .reference_count = static_cast<std::int64_t>(problem.reference.size()),
            .planned = problem.planned.value_or(0),
            .a_unit = problem.a_unit ? 1 : 0};
}

maskbench_host host_callbacks(RunContext& context) {
  maskbench_host host{};
  host.struct_size = sizeof host;
  host.self = &context;
  host.seed = context.seed();
  host.checkpoint = [](void* self, const std::int64_t* items, std::int64_t count) {
    return context_of(self).checkpoint(rows_of(items, count)) ? 1 : 0;
  };
  host.stopping = [](void* self) { return context_of(self).stopping() ? 1 : 0; };
  host.progress = [](void* self, double done) { context_of(self).progress(done); };
  host.count = [](void* self, std::int32_t work, std::int64_t how_many) {
    if (work >= 0 && work < static_cast<std::int32_t>(kWorkKinds))
      context_of(self).count(static_cast<Work>(work), how_many);
  };
  host.ask = [](void* self, const char* oracle, const std::int64_t* rows, std::int64_t count, double* answer,
                char* message, std::size_t size) -> std::int32_t {
    try {
      *answer = context_of(self).answer(oracle, rows_of(rows, count));  // the guest counts the call
      return 0;
    } catch (const std::exception& error) {
      if (size > 0) message[std::string(error.what()).copy(message, size - 1)] = '\0';
      return 1;
    }
  };
  return host;
}

}  // namespace maskbench
