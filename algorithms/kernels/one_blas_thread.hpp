// OpenBLAS has threads of its own; inside our parallel loops it gets one.
#pragma once

#include <cblas.h>

namespace maskbench {

class OneBlasThread {
 public:
  OneBlasThread() : before_(openblas_get_num_threads()) {
    if (before_ != 1) openblas_set_num_threads(1);
  }
  ~OneBlasThread() {
    if (before_ != 1) openblas_set_num_threads(before_);
  }
  OneBlasThread(const OneBlasThread&) = delete;
  OneBlasThread& operator=(const OneBlasThread&) = delete;

 private:
  int before_;
};

}  // namespace maskbench
