#include "experiments/records/record.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "datasets/core/sha256.hpp"

namespace maskbench {
namespace {

void fail(CellRecord& record, const std::vector<std::string>& names) {
  if (names.empty()) return;
  record.status = Status::failed;
  const std::string what = fmt::format("not finite: {}", fmt::join(names, ", "));
  record.reason = record.reason.empty() ? what : record.reason + "; " + what;
}

// Takes every non-finite number out of the record and fails it for them.
CellRecord settled(CellRecord record) {
  std::vector<std::string> names;
  const auto settle = [&](auto& value, const std::string& name) {
    if (!value || std::isfinite(*value)) return;
    names.push_back(name);
    value.reset();
  };
  settle(record.value, "value");
  settle(record.bound, "bound");
  settle(record.normalised, "normalised");
  for (auto metric = record.metrics.begin(); metric != record.metrics.end();) {
    const bool finite = std::isfinite(metric->second);
    if (!finite) names.push_back(metric->first);
    metric = finite ? std::next(metric) : record.metrics.erase(metric);
  }
  if (record.random && !(std::isfinite(record.random->mean) && std::isfinite(record.random->error))) {
    names.emplace_back("random");
    record.random.reset();
  }
  if (record.seconds) {
    const Seconds& seconds = *record.seconds;
    if (!std::isfinite(seconds.prepare + seconds.select + seconds.score + seconds.bound.value_or(0))) {
      names.emplace_back("seconds");
      record.seconds.reset();
    }
  }
  fail(record, names);
  return record;
}

}  // namespace

Json to_json(const PointRecord& given) {
  PointRecord record = given;
  if (record.value && !std::isfinite(*record.value)) record.value.reset();
  std::erase_if(record.metrics, [](const auto& metric) { return !std::isfinite(metric.second); });
  return to_json<PointRecord>(std::move(record));
}

Json to_json(const CellRecord& given) {
  CellRecord record = settled(given);
  MASKBENCH_CHECK(record.status == Status::done || !record.reason.empty(),
                  "a cell that is not done says why: " + record.key);
  return to_json<CellRecord>(std::move(record));
}

std::string digest_of_ids(std::vector<Index> ids) {
  static_assert(std::endian::native == std::endian::little, "the digest is of little-endian ids");
  std::sort(ids.begin(), ids.end());
  return sha256_of({reinterpret_cast<const char*>(ids.data()), ids.size() * sizeof(Index)});
}

}  // namespace maskbench
