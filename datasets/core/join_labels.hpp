// Labels of two data sets joined by value: a number means the same in both.
#pragma once

#include <memory>

#include "datasets/core/dataset.hpp"

namespace maskbench {

// `related` with the labels that `data` has too numbered as they are there; values that `data` lacks get
// numbers of their own. UserError: a label is of strings in one and of integers in the other, with no value
// in common.
std::shared_ptr<const Dataset> with_labels_of(std::shared_ptr<const Dataset> related, const Dataset& data);

}  // namespace maskbench
