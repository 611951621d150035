// What made a number: this build and this machine, for the records.
#pragma once

#include <string>

#include "experiments/records/record.hpp"

namespace maskbench {

BuildRecord this_build();
HostRecord this_host();      // no host name, no user, no path
std::string cpu_identity();  // the model with its numbers: virtual machines share a name across generations
std::string program_version();

// What differs, in words, or "": two builds whose records may stand in one file.
std::string difference(const BuildRecord& left, const BuildRecord& right);

}  // namespace maskbench
