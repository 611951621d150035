#include "algorithms/kernels/cuda/step_program.hpp"

namespace maskbench::cuda {

std::int64_t upload_bytes(std::int64_t rows, std::int64_t dims) {
  return 4 * rows * pitch_of(dims);
}

std::int64_t loop_bytes(const StepShape& shape) {
  StepView view;
  view.shape = shape;
  std::int64_t bytes = 12 * shape.rows;  // row_of and linear
  for_each_buffer(view, [&](auto* pointer, std::int64_t count) {
    bytes += static_cast<std::int64_t>(sizeof(*pointer)) * count +
             512;  // the driver hands out memory in such pieces
  });
  return bytes;
}

}  // namespace maskbench::cuda
