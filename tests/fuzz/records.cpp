// A file of records, resumed by `run` and rendered.
#include "datasets/core/folders.hpp"
#include "experiments/descriptor/descriptor.hpp"
#include "experiments/records/ledger.hpp"
#include "experiments/tables/render.hpp"
#include "tests/fuzz/harness.hpp"

MASKBENCH_FUZZ {
  using namespace maskbench;
  static const bool at_home = (set_repository_root(MASKBENCH_SOURCE_DIR), true);
  static_cast<void>(at_home);
  const std::string path = fuzz::file_of("records.jsonl", input);
  const std::vector<Json> records = read_records(path, &record_schema());
  for (const TableFormat format : {TableFormat::md, TableFormat::tex, TableFormat::csv})
    render(records, {.format = format, .times = format != TableFormat::tex});
  Ledger(path, Ledger::Open::resume, &record_schema());
}
