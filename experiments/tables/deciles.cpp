#include "experiments/tables/deciles.hpp"

#include <charconv>
#include <cstddef>
#include <utility>

namespace maskbench {
namespace {

constexpr std::size_t kDeciles = 10;

}  // namespace

std::optional<double> share_of_deciles(const Json& details, const std::string& measure) {
  if (!details.contains("deciles")) return std::nullopt;
  const std::size_t dot = measure.find('.', 5);
  const auto range = [&](const std::string& text) {
    if (text == "all") return std::pair<std::size_t, std::size_t>{0, kDeciles};
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < 1 || number > kDeciles)
      throw UserError(
          "table.cells: \"" + measure +
          "\" is not of the form kept.QUALITY.DENSITY or pool.QUALITY.DENSITY, each 1 to 10 or all");
    return std::pair<std::size_t, std::size_t>{number - 1, number};
  };
  const auto quality = range(measure.substr(5, dot == std::string::npos ? dot : dot - 5));
  const auto density = range(dot == std::string::npos ? "" : measure.substr(dot + 1));
  double all = 0, pool = 0, kept = 0;
  for (const Json& row : details["deciles"]["pool"]) {
    for (const Json& count : row) all += count.get<double>();
  }
  for (std::size_t q = quality.first; q < quality.second; ++q) {
    for (std::size_t d = density.first; d < density.second; ++d) {
      pool += details["deciles"]["pool"][q][d].get<double>();
      kept += details["deciles"]["kept"][q][d].get<double>();
    }
  }
  if (measure.starts_with("pool.")) return pool / all;
  return pool > 0 ? std::optional<double>(kept / pool) : std::nullopt;
}

}  // namespace maskbench
