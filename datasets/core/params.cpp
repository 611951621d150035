#include "datasets/core/params_text.hpp"
