// Folders that a program is told of by its environment, and hands down once, before anything else runs.
#pragma once

#include <string>

namespace maskbench {

// The repository's root, for samples, cards and descriptors; at first what the build was made from.
const std::string& repository_root();
void set_repository_root(std::string folder);

// For files of a moment: what is handed to other programs, features that memory cannot hold; at first /tmp.
const std::string& temporary_folder();
void set_temporary_folder(std::string folder);

}  // namespace maskbench
