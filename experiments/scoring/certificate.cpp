#include "experiments/scoring/certificate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "algorithms/relaxation/bound.hpp"
#include "datasets/core/watch.hpp"
#include "datasets/core/whole_file.hpp"
#include "experiments/records/record.hpp"
#include "experiments/scoring/evaluate.hpp"

namespace maskbench {
namespace {

constexpr int kFewestPasses = 2, kMostPasses = 400;
constexpr int kMostSteps = 1000;  // where the passes are over lists of neighbours, once made

double pass_work(const ProblemSetup& setup) {  // multiply-adds of one look at all candidates
  return 2 * setup.objective().oracle_work(static_cast<Index>(setup.problem().candidates.size()));
}

std::string kept_digest(const Problem& problem) {
  return problem.kept.empty() ? "" : digest_of_ids({problem.kept.begin(), problem.kept.end()});
}

std::optional<Within> within(const Problem& problem, double price) {
  if (!problem.sized()) return std::nullopt;
  return Within{name_of(problem.budget.unit), problem.budget.amount, price};
}

std::string limit_text(const std::optional<Within>& within) {
  return within ? fmt::format("{} {}", within->amount, within->unit) : "in rows";
}

void require(const std::string& file, const char* what, const std::string& theirs, const std::string& ours) {
  if (theirs != ours)
    throw UserError(
        fmt::format("{} certifies another problem: its {} is {}, here it is {}", file, what, theirs, ours));
}

}  // namespace

std::string why_no_bound(const ProblemSetup& setup) {
  if (setup.valueless()) return "there is no objective";
  if (setup.problem().budget.unit == Unit::none) return "no budget says how much an answer may have";
  if (!setup.problem().objective->traits().concave_relaxation)
    return "no concave extension of " + setup.objective_text() + " is known";
  if (const double work = kFewestPasses * pass_work(setup); work > kMostWork)
    return fmt::format("{} passes take {:.1e} multiply-adds, above {:.0e}", kFewestPasses, work, kMostWork);
  return "";
}

Problem problem_of_size(const ProblemSetup& setup, std::span<const Index> items) {
  Problem problem = setup.problem();
  if (!problem.sized()) return problem;
  problem.planned = static_cast<Index>(items.size());
  std::int64_t taken = 0;
  for (const Index row : items) taken += problem.length_of(row);
  problem.budget = {problem.budget.unit, std::max(problem.budget.amount, taken), Fill::at_most};
  return problem;
}

UpperBound search_bound(const ProblemSetup& setup, std::span<const Index> items, double reached) {
  if (const std::string reason = why_no_bound(setup); !reason.empty()) return {{}, reason};
  const Problem problem = problem_of_size(setup, items);
  const auto relaxation = problem.objective->relax(problem);
  const bool cheap_steps = !problem.objective->traits().affine_duals;
  const int passes = cheap_steps
                         ? kMostSteps
                         : static_cast<int>(std::min<double>(kMostPasses, kMostWork / pass_work(setup)));
  Looks looks(passes);
  ProvedBound found = lowest_bound(*relaxation, reached, passes, [&] {
    looks.step();
    return false;
  });
  MASKBENCH_CHECK(found.bound >= reached - kBoundRounding * std::abs(reached),
                  "an upper bound is below a value that was reached");
  return {Certificate{problem.data.digest(), setup.objective_text(), setup.quality_columns(),
                      problem.expected_rows(), kept_digest(problem), found.bound, std::move(found.dual),
                      within(problem, found.price)},
          ""};
}

double verified_bound(const ProblemSetup& setup, std::span<const Index> items, const Certificate& certificate,
                      const std::string& file) {
  const Problem problem = problem_of_size(setup, items);
  require(file, "data digest", certificate.data_digest, problem.data.digest());
  require(file, "objective", certificate.objective, setup.objective_text());
  require(file, "quality", fmt::format("{}", fmt::join(certificate.quality, ",")),
          fmt::format("{}", fmt::join(setup.quality_columns(), ",")));
  require(file, "number of rows", std::to_string(certificate.rows), std::to_string(problem.expected_rows()));
  require(file, "kept rows' sha256", certificate.kept_sha256, kept_digest(problem));
  require(file, "budget", limit_text(certificate.within), limit_text(within(problem, 0)));
  const double price = certificate.within ? certificate.within->price : 0;
  if (!(price >= 0)) throw UserError(fmt::format("{}: within.price is {}; allowed: 0 or more", file, price));
  const auto relaxation = problem.objective->relax(problem);
  if (!relaxation || !problem.objective->traits().concave_relaxation)
    throw UserError(file + ": no concave extension of " + setup.objective_text() +
                    " is known, so that nothing can be verified");
  const std::vector<double> uniform(problem.candidates.size(), problem.expected_share());
  if (const std::size_t length = relaxation->dual(uniform).size(); certificate.dual.size() != length) {
    throw UserError(fmt::format("{}: dual has {} numbers; those of {} here have {}", file,
                                certificate.dual.size(), setup.objective_text(), length));
  }
  const double proved = relaxation->bound(certificate.dual, price);
  if (!(certificate.bound >= proved - kBoundRounding * std::abs(proved))) {
    throw UserError(
        fmt::format("{} claims the bound {}, but its dual proves {} only", file, certificate.bound, proved));
  }
  return proved;
}

Certificate read_certificate(const std::string& file) {
  return from_json<Certificate>(read_json(file));
}

void write_certificate(const Certificate& certificate, const std::string& file) {
  write_whole(file, write_json(to_json(certificate)) + "\n");
}

}  // namespace maskbench
