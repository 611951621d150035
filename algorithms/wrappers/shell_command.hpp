// A program started through /bin/sh, with a way to end it.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace maskbench {

// Runs `command` in a process group of its own; what it prints goes to the file `log`. Its exit status (128 +
// the signal where one ended it), or nothing once stopping() says true, which ends the whole group: SIGTERM,
// a second later SIGKILL. Should this process be killed meanwhile, the group is too, and the folder `scratch`
// goes.
std::optional<int> run_shell(const std::string& command, const std::string& log, const std::string& scratch,
                             const std::function<bool()>& stopping);

std::string shell_quoted(const std::string& text);  // one word of /bin/sh

}  // namespace maskbench
