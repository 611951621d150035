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

// No literal in experiments and datasets/sources names a method: none is a key of a selector, an objective or
// a data source, or the name of a parameter of the first two, all as the registrations in the tree have them;
// none holds such a key as a word or as key[name=value]; nothing is made, found or compared by a literal
// name. Not experiments/micro: a micro benchmark is of one method's kernels, and nothing links it.
Faults name_faults(const Tree& tree);

// Nothing but experiments/main.cpp, commands and micro prints, ends the program, installs a signal handler or
// reads the environment (handing it on to a child is no reading).
Faults process_faults(const Tree& tree);

// No two headers define a type of one name in one namespace: programs link both, and one's destructor would
// be taken for the other's.
Faults type_faults(const Tree& tree);

// Sources, headers and CMakeLists.txt of the three rooms.
Tree read_tree(const std::string& root);

}  // namespace maskbench::layering
