// A proved upper bound on the objective over every feasible answer of a problem, and what proves it: one dual
// point, from which anybody computes the bound in a single pass (Relaxation, facts 8). One file a
// problem.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "experiments/problem/problem_setup.hpp"
#include "experiments/records/fields.hpp"

namespace maskbench {

// What S rows may take together of tokens, bytes or characters, and the price of one of these that, with the
// dual, proves the bound (facts 8j).
struct Within {
  std::string unit;
  std::int64_t amount = 0;  // kept rows included
  double price = 0;
  template <class Visit>
  void fields(Visit&& visit) {
    visit("unit", unit);
    visit("amount", amount);
    visit("price", price);
  }
};

struct Certificate {
  std::string data_digest, objective;  // as printed
  std::vector<std::string> quality;
  Index rows = 0;           // S, kept rows included
  std::string kept_sha256;  // of the kept rows' ids; "" where there are none
  double bound = 0;
  std::vector<double> dual;
  std::optional<Within> within;  // nothing: every set of S rows is feasible

  static constexpr const char* kKind = "certificate";
  template <class Visit>
  void fields(Visit&& visit) {
    visit("data_digest", data_digest);
    visit("objective", objective);
    visit("quality", quality);
    visit("rows", rows);
    visit("kept_sha256", kept_sha256);
    visit("bound", bound);
    visit("dual", dual);
    visit("within", within, if_any);
  }
};

inline constexpr double kBoundRounding = 1e-9;  // relative: numbers this near to each other are the same

struct UpperBound {
  std::optional<Certificate> certificate;
  std::string reason;  // why there is none
};

// Why search_bound() would find none, before anything is computed; "": it would.
std::string why_no_bound(const ProblemSetup& setup);

// Searches by the objective's relaxation, apart from any selector, over the sets of as many rows as `items`
// (within the budget, or within what these take, where that is more). `reached`: their value, which stops no
// search but may guide it. No bound: no relaxation, or a search above kMostWork.
UpperBound search_bound(const ProblemSetup& setup, std::span<const Index> items, double reached);

// The bound that the certificate's dual proves for this problem, whatever it claims. UserError: it was made
// for another problem, its dual has another length, or it claims less than it proves.
double verified_bound(const ProblemSetup& setup, std::span<const Index> items, const Certificate& certificate,
                      const std::string& file);

// The problem whose answers have as many rows as `items` and take no more tokens, bytes or characters than
// the budget has (or these, where they are more): what such an answer is held to. In rows: the problem.
Problem problem_of_size(const ProblemSetup& setup, std::span<const Index> items);

Certificate read_certificate(const std::string& file);  // UserError: file, line and path of a fault
void write_certificate(const Certificate& certificate, const std::string& file);  // whole or not at all

}  // namespace maskbench
