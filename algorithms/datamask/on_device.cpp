#include "algorithms/datamask/on_device.hpp"

#include <limits>

#include "algorithms/core/objective.hpp"
#include "algorithms/datamask/logits.hpp"
#include "algorithms/kernels/rows.hpp"

namespace maskbench {

std::optional<std::string> device_refusal(const Problem& problem, const DatamaskParams& params) {
  if (std::string reason = cuda::device_shortage(0); !reason.empty()) return "device=cuda: " + reason;
  if (params.log_prob != datamask::LogProb::mask) {
    return "device=cuda: log_prob=" + detail::text_of(params.log_prob) +
           " runs on the cpu only; the device knows log_prob=mask";
  }
  if (params.control_variate != datamask::Predicted::none ||
      params.schedule != datamask::Schedule::constant) {
    return "device=cuda: control_variate and schedule run on the cpu only";
  }
  if (params.storage != datamask::Storage::float32)
    return "device=cuda: storage=" + detail::text_of(params.storage) + " runs on the cpu only";
  if (!problem.objective->quadratic_form()) {
    return "device=cuda: the device knows the rewards of quality and pairwise similarity (and joint of the "
           "two) only";
  }
  const auto n = static_cast<Index>(prune_by_quality(problem, params.prune).size());
  if (n == 0) return std::nullopt;
  if (n > std::numeric_limits<std::int32_t>::max()) return "device=cuda: more than 2^31 - 1 rows";
  const Index blocks = block_count(n, params);
  const Index most = (n + blocks - 1) / blocks, dims = problem.data.features().cols;
  const BatchSize size = batch_size(most, share_of(problem.rows_to_pick(), most, n, blocks), params);
  const std::string reason =
      cuda::device_shortage(cuda::upload_bytes(n, dims) +
                            cuda::loop_bytes({most, size.rows, size.picked, params.group_size, dims}));
  if (!reason.empty()) return "device=cuda: " + reason;
  return std::nullopt;
}

// With f = a mean q - b (||s||^2 - sum ||x||^2) / (S (S - 1)) all but ||s||^2 is a sum over the mask.
std::unique_ptr<cuda::LogitLoop> device_loop(const Problem& problem, const DatamaskParams& params,
                                             const Block& block,
                                             std::shared_ptr<const cuda::DeviceRows> uploaded,
                                             std::span<const double> logits) {
  const QuadraticForm form = problem.objective->quadratic_form().value();
  const MatrixView features = problem.data.features();
  const auto picked = static_cast<double>(block.size.picked);
  const double pair_factor = block.size.picked < 2 ? 0.0 : form.pair_weight / (picked * (picked - 1));
  std::vector<std::int32_t> row_of(block.places.begin(), block.places.end());
  std::vector<double> linear(row_of.size(), 0.0);
#pragma omp parallel for schedule(static)
  for (std::size_t place = 0; place < linear.size(); ++place) {
    const Index row = block.rows[place];
    if (pair_factor != 0)
      linear[place] = pair_factor * dot(features.row(row), features.row(row), features.cols);
    if (!form.quality.empty()) linear[place] += form.quality_weight / picked * form.quality[row];
  }
  const cuda::StepShape shape{static_cast<Index>(row_of.size()), block.size.rows, block.size.picked,
                              params.group_size, features.cols};
  return cuda::make_logit_loop(std::move(uploaded),
                               {shape, block.batches, block.masks, pair_factor, block.eta,
                                params.sigma == datamask::Sigma::sample, row_of, linear, logits});
}

}  // namespace maskbench
