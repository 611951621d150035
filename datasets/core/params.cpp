#define MASKBENCH_INLINE  // not inline: the library holds the code

#include "datasets/core/params_text.hpp"
