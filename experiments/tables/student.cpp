#include "experiments/tables/student.hpp"

#include <boost/math/distributions/students_t.hpp>

namespace maskbench {

double student_quantile(int freedom) {
  return boost::math::quantile(boost::math::students_t(freedom), 0.975);
}

}  // namespace maskbench
