// A file of quotas: one object from labels to amounts. Its first byte picks the column and the budget.
#include "experiments/problem/problem_setup.hpp"
#include "tests/fuzz/harness.hpp"

MASKBENCH_FUZZ {
  using namespace maskbench;
  if (input.empty()) return;
  const char how = input.front();
  input.remove_prefix(1);
  ProblemRequest request;
  request.budget.unit = (how & 2) != 0 ? Unit::tokens : (how & 4) != 0 ? Unit::none : Unit::rows;
  request.budget.amount = 4;
  request.quotas = {{(how & 1) != 0 ? "domain" : "year", read_json(fuzz::file_of("quota.json", input))}};
  const ProblemSetup setup(fuzz::six_rows(), request);
  setup.objective().value({});
}
