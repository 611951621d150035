// A certificate, verified for an answer of three of six rows.
#include "experiments/scoring/certificate.hpp"

#include <array>

#include "tests/fuzz/harness.hpp"

MASKBENCH_FUZZ {
  using namespace maskbench;
  static const ProblemSetup& setup = [&]() -> const ProblemSetup& {
    ProblemRequest request;
    request.objective = objectives().named("pairwise_similarity");
    request.budget.amount = 3;
    static const ProblemSetup made(fuzz::six_rows(), request);
    return made;
  }();
  const std::string path = fuzz::file_of("certificate.json", input);
  const std::array<Index, 3> items{0, 1, 4};
  Certificate certificate = read_certificate(path);
  if (certificate.data_digest == "six") certificate.data_digest = fuzz::six_rows()->digest();
  verified_bound(setup, items, certificate, path);
}
