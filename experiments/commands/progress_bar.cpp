#include "experiments/commands/progress_bar.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "experiments/commands/terminal.hpp"

namespace maskbench {
namespace {

constexpr double kQuietSeconds = 2.0;  // shorter work shows nothing
constexpr double kBetweenSeconds = 0.1;
constexpr double kBarWidth = 24;

std::size_t columns_of_terminal() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

}  // namespace

ProgressBar::ProgressBar() : on_terminal_(isatty(STDERR_FILENO) == 1) {
  watch_.resume();
}

void ProgressBar::show(double done, const std::string& label) {
  const double now = watch_.seconds();
  if (!on_terminal_ || now < kQuietSeconds || now - last_ < kBetweenSeconds) return;
  last_ = now;
  shown_ = true;
  done = std::clamp(done, 0.0, 1.0);
  const auto full = static_cast<std::size_t>(std::lround(done * kBarWidth));
  const std::string left = done > 0.002 ? print_seconds(now / done - now) + " left" : "";
  std::string line = fmt::format("[{}{}] {:3.0f} %  {}  {}", std::string(full, '#'),
                                 std::string(static_cast<std::size_t>(kBarWidth) - full, '.'), done * 100,
                                 left, printable(label));
  line.resize(std::min(line.size(), columns_of_terminal() - 1));
  std::fprintf(stderr, "\r\033[K%s", line.c_str());
  std::fflush(stderr);
}

void ProgressBar::restart() {
  watch_ = Stopwatch();
  watch_.resume();
  last_ = -1;
}

void ProgressBar::clear() {
  if (!shown_) return;
  std::fprintf(stderr, "\r\033[K");
  std::fflush(stderr);
  shown_ = false;
}

std::string print_seconds(double seconds) {
  if (seconds < 0.1) return fmt::format("{:.2g} ms", seconds * 1000);
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

}  // namespace maskbench
