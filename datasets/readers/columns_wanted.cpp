#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "datasets/readers/gathered.hpp"

namespace maskbench {
namespace {

constexpr std::string_view kAscending = ":asc";

// The features' column, and how its bytes are numbers where the caller says so: "embedding:f32".
std::pair<std::string, Packing> packed_column(const std::string& text) {
  static const std::map<std::string, Packing, std::less<>> kWays = {{":bits", Packing::bits},
                                                                    {":float32", Packing::float32},
                                                                    {":float16", Packing::float16},
                                                                    {":int8", Packing::int8},
                                                                    {":uint8", Packing::uint8}};
  for (const auto& [ending, packing] : kWays) {
    if (text.size() > ending.size() && text.ends_with(ending))
      return {text.substr(0, text.size() - ending.size()), packing};
  }
  return {text, Packing::none};
}

bool rule_suits(const MissingRule& rule, Role role) {
  if (rule.how == MissingRule::How::error) return true;
  if (role == Role::score || role == Role::size) return true;
  if (role == Role::label) return rule.how != MissingRule::How::lowest;
  return (role == Role::features || role == Role::text) && rule.how == MissingRule::How::drop;
}

// Each column its rule: the one that names it, else the one for all.
void set_rules(const ReadRequest& request, std::vector<Gathered>& wanted) {
  for (const MissingRule& rule : request.missing) {
    bool used = rule.column.empty();
    for (Gathered& one : wanted) {
      const bool named = !rule.column.empty() && (one.column == rule.column || one.name == rule.column);
      if (named && !rule_suits(rule, one.role))
        throw UserError("--missing " + rule.column + "=" + rule.print() +
                        ": that is no rule for this column; " +
                        (one.role == Role::label      ? "a label takes error, drop or a value"
                         : one.role == Role::features ? "features take error or drop"
                         : one.role == Role::text     ? "text takes error or drop"
                                                      : "it takes error only"));
      used = used || named;
      if (named || (rule.column.empty() && one.rule.column.empty() && rule_suits(rule, one.role)))
        one.rule = rule;
    }
    if (used) continue;
    std::vector<std::string> names;
    for (const Gathered& one : wanted) names.push_back(one.column);
    throw UserError("--missing " + rule.column + "=" + rule.print() +
                    ": no such column is read; those that are: " + listed(names));
  }
}

}  // namespace

std::vector<Gathered> columns_wanted(const ReadRequest& request) {
  std::vector<Gathered> wanted;
  std::set<std::pair<Role, std::string>> seen;
  const auto want = [&](Role role, const std::string& column, const std::string& name) {
    if (!seen.emplace(role, name).second) return false;
    Gathered one;
    one.role = role;
    one.column = column;
    one.name = name;
    if (role == Role::score && column.ends_with(kAscending)) {
      one.descending = true;
      one.column.resize(column.size() - kAscending.size());
    }
    wanted.push_back(std::move(one));
    return true;
  };
  if (request.features != "-") {
    const auto [column, packing] = packed_column(request.features);
    want(Role::features, column, "features");
    wanted.back().packing = packing;
    wanted.back().scratch = request.scratch;
    wanted.back().unit_rows = request.unit_rows;
  }
  for (const std::string& column : request.quality) {
    if (!want(Role::score, column, column))
      throw UserError("quality column \"" + column + "\" is given twice");
  }
  for (const std::string& column : request.scores) want(Role::score, column, column);
  for (const std::string& column : request.labels) want(Role::label, column, column);
  for (const auto& [name, column] : request.matrices) {
    if (!want(Role::matrix, column, name)) throw UserError("matrix \"" + name + "\" is given twice");
  }
  if (!request.length.empty()) want(Role::size, request.length, "tokens");
  if (!request.id.empty()) want(Role::id, request.id, "id");
  if (!request.text.empty()) want(Role::text, request.text, "text");
  for (const char* measured : {"bytes", "characters"}) {
    const bool asked =
        std::find(request.measures.begin(), request.measures.end(), measured) != request.measures.end();
    if (!asked && request.text.empty()) continue;
    want(Role::size, request.text.empty() ? measured : request.text, measured);
    wanted.back().from_text = !request.text.empty();
  }
  for (const std::string& measured : request.measures) {
    if (measured == "bytes" || measured == "characters") continue;
    throw UserError("a size \"" + measured +
                    "\" is asked for; there are: bytes, characters, and tokens by the length column");
  }
  set_rules(request, wanted);
  return wanted;
}

}  // namespace maskbench
