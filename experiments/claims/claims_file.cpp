#include "experiments/claims/claims_file.hpp"

#include <cstdio>
#include <filesystem>
#include <sstream>

#include <fmt/core.h>

#include "datasets/core/source_registry.hpp"
#include "experiments/descriptor/descriptor.hpp"
#include "experiments/records/ledger.hpp"
#include "experiments/tables/layout.hpp"
#include "experiments/tables/measures.hpp"

namespace maskbench {
namespace {

// " (batch_best)" of "claims.3.finding"; "" of what is in no claim with an id.
std::string claim_of(const Json& file, const std::string& path) {
  std::size_t number = 0;
  if (std::sscanf(path.c_str(), "claims.%zu", &number) != 1 || number >= file.at("claims").size()) return "";
  const Json& claim = file["claims"][number];
  return claim.is_object() && claim.contains("id") ? " (" + text_of_axis(claim["id"]) + ")" : "";
}

}  // namespace

JudgedClaims judge_claims_file(const ClaimsRequest& request) {
  const std::string& root = repository_root();
  JudgedClaims judged;
  judged.file = read_json(request.claims.empty() ? root + "/paper/claims.json" : request.claims);
  static const Schema schema(read_json(root + "/experiments/schema/claims.schema.json"));
  if (const auto fault = schema.fault(judged.file.json)) {
    throw UserError(judged.file.at(fault->path) + claim_of(judged.file.json, fault->path) + ": " +
                    fault->message);
  }
  const std::string current = request.current.empty() ? root + "/results/runs/current.json" : request.current;
  const std::filesystem::path base =
      std::filesystem::absolute(current).parent_path().parent_path().parent_path();
  RecordsByTable records;
  const Document tables = read_json(current);
  const auto require = [&](bool fits, const std::string& path, const Json& is, const char* allowed) {
    if (!fits) throw UserError(tables.at(path) + ": is " + shown(is) + "; allowed: " + allowed);
  };
  require(tables.json.is_object(), "", tables.json, "an object from tables to files of records");
  for (const auto& [table, file] : tables.json.items()) {
    require(file.is_string(), table, file, "the name of a file of records");
    const std::filesystem::path path = base / file.get<std::string>();
    if (std::filesystem::exists(path)) records[table] = read_records(path.string(), &record_schema());
  }
  judged.results = judge_claims(judged.file, records);
  return judged;
}

std::string accepted_text(const JudgedClaims& judged) {
  std::istringstream stream(read_whole(judged.file.name));
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  for (std::size_t i = 0; i < judged.results.size(); ++i) {
    const ClaimResult& result = judged.results[i];
    if (result.agrees()) continue;
    std::string& line =
        lines.at(static_cast<std::size_t>(*judged.file.line(fmt::format("claims.{}.status", i))) - 1);
    const std::string old = "\"status\": \"" + result.stated + "\"";
    const std::size_t at = line.find(old);
    if (at == std::string::npos || line.find("\"status\"", at + 1) != std::string::npos) {
      throw UserError(
          fmt::format("{}: write {} alone on its line", judged.file.at(fmt::format("claims.{}", i)), old));
    }
    line.replace(at, old.size(), "\"status\": \"" + result.measured + "\"");
  }
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

}  // namespace maskbench
