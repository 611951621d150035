// A .npy file of features, alone.
#include "tests/fuzz/columns.hpp"
#include "tests/fuzz/harness.hpp"

MASKBENCH_FUZZ {
  using namespace maskbench::fuzz;
  if (input.empty()) return;
  const auto how = static_cast<unsigned char>(input.back() & 7);
  input.remove_suffix(1);
  maskbench::ReadRequest request;
  request.files = {file_of("data.npy", input)};
  request.unit_rows = (how & 1) != 0;
  if ((how & 4) != 0) request.missing = {{"", maskbench::MissingRule::How::drop, ""}};
  maskbench::table_size(request);
  maskbench::read_table(request)->digest();
}
