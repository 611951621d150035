// The selector of a problem for which nobody names one.
#pragma once

#include <string>

#include "algorithms/core/selector.hpp"
#include "experiments/problem/problem_setup.hpp"

namespace maskbench {

inline constexpr const char* kAutoSelector = "auto";  // what a user writes for it

struct AdvisedSelector {
  NamedSelector selector;
  std::string note;     // which one, and why not the one that the objective advises; "": it is that one
  std::string refusal;  // where none takes the problem: why, each of them; `selector` is then the advised one
};

// The first that takes the problem on this device: what the objective's registration advises, then
// kGeneralSelector (kDeviceSelector on a GPU), then kLastSelector. Where the features lie in a scratch file,
// those that walk one.
AdvisedSelector advised_selector(const ProblemSetup& setup, const std::string& device);

}  // namespace maskbench
