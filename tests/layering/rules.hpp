// The house's rules that are held by reading the sources: who includes whom, and that every method is
// registered.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace maskbench::layering {

using Tree = std::map<std::string, std::string>;  // path from the repository's root -> text

// Each fault is one sentence that begins with the file's path.
using Faults = std::vector<std::string>;

// datasets include nothing of the others; algorithms may include datasets; experiments both. Of other folders
// experiments/records knows only datasets/core/types.hpp, and experiments/tables records besides. Own headers
// are named from the root, in quotes.
Faults include_faults(const Tree& tree);

// No CUDA type or header in a core .hpp; no Eigen and no nlohmann in a .cu, nor in what it includes of ours.
Faults device_faults(const Tree& tree);

// Every .cpp of a family's folder, of algorithms/objectives and of datasets is registered or a helper named
// in CMake.
Faults registration_faults(const Tree& tree);

// Sources, headers and CMakeLists.txt of the three rooms.
Tree read_tree(const std::string& root);

}  // namespace maskbench::layering
