// A file of JSON lines; the last byte says how it is read, so that the file keeps its place.
#include "tests/fuzz/columns.hpp"
#include "tests/fuzz/harness.hpp"

MASKBENCH_FUZZ {
  using namespace maskbench::fuzz;
  if (input.empty()) return;
  const auto how = static_cast<unsigned char>(input.back());
  input.remove_suffix(1);
  read_all(file_of("data.jsonl", input), how);
}
