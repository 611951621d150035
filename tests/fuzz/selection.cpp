// SELECTED.parquet of any program, read for a data set of six rows.
#include "datasets/readers/selection_file.hpp"
#include "tests/fuzz/harness.hpp"

MASKBENCH_FUZZ {
  const std::string path = maskbench::fuzz::file_of("selected.parquet", input);
  maskbench::is_selection_file(path);
  maskbench::read_selection_metadata(path);
  maskbench::read_selection(path, *maskbench::fuzz::six_rows());
}
