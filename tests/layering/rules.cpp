#include "tests/layering/rules.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>
#include <string_view>

namespace maskbench::layering {
namespace {

// What leaves may know of other rooms.
const std::set<std::string>& plain_headers() {
  static const std::set<std::string> headers{"datasets/core/types.hpp", "datasets/core/params.hpp",
                                             "datasets/core/sha256.hpp", "datasets/core/system_error.hpp"};
  return headers;
}

const std::map<std::string, std::set<std::string>>& rooms_seen_from() {
  static const std::map<std::string, std::set<std::string>> seen{
      {"datasets", {"datasets"}},
      {"algorithms", {"algorithms", "datasets"}},
      {"experiments", {"experiments", "algorithms", "datasets"}},
  };
  return seen;
}

// Folders that know only these.
const std::map<std::string, std::set<std::string>>& leaves() {
  static const std::map<std::string, std::set<std::string>> seen{
      {"experiments/records", {"experiments/records"}},
      {"experiments/tables", {"experiments/records", "experiments/tables"}},
  };
  return seen;
}

struct Include {
  bool ours = false;  // in quotes
  std::string target;
};

std::string room_of(const std::string& path) {
  return path.substr(0, path.find('/'));
}

std::string folder_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

bool ends_with_any(const std::string& path, std::initializer_list<std::string_view> endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](std::string_view ending) { return path.ends_with(ending); });
}

bool is_source(const std::string& path) {
  return ends_with_any(path, {".cpp", ".hpp", ".h", ".cu", ".cuh"});
}

std::vector<std::string> lines_without_comments(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    const std::size_t comment = line.find("//");
    lines.push_back(comment == std::string::npos ? line : line.substr(0, comment));
  }
  return lines;
}

std::vector<Include> includes_of(const std::string& text) {
  static const std::regex pattern(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])");
  std::vector<Include> includes;
  for (const std::string& line : lines_without_comments(text)) {
    std::smatch match;
    if (std::regex_search(line, match, pattern)) includes.push_back({match[1] == "\"", match[2]});
  }
  return includes;
}

// The file itself and everything of ours that it includes, directly or not.
std::set<std::string> closure(const Tree& tree, const std::string& start) {
  std::set<std::string> reached;
  std::vector<std::string> open{start};
  while (!open.empty()) {
    const std::string path = open.back();
    open.pop_back();
    const auto file = tree.find(path);
    if (file == tree.end() || !reached.insert(path).second) continue;
    for (const Include& include : includes_of(file->second)) {
      if (include.ours) open.push_back(include.target);
    }
  }
  return reached;
}

std::vector<std::string> first_groups(const std::string& text, const std::regex& pattern) {
  std::vector<std::string> found;
  for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match) {
    found.push_back((*match)[1]);
  }
  return found;
}

std::string code_of(const std::string& text) {
  std::string code;
  for (const std::string& line : lines_without_comments(text)) code += line + "\n";
  return code;
}

// What the add_<kind>(key SOURCES file...) lines of one folder say: key -> paths.
std::map<std::string, std::set<std::string>> listed_in_cmake(const Tree& tree, const std::string& folder,
                                                             const std::string& command) {
  std::map<std::string, std::set<std::string>> listed;
  const auto file = tree.find(folder + "/CMakeLists.txt");
  if (file == tree.end()) return listed;
  const std::string text = std::regex_replace(file->second, std::regex("#[^\n]*"), "");
  const std::regex pattern(command + R"(\s*\(\s*(\w+)\s+SOURCES([^)]*)\))");
  for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match) {
    std::istringstream names((*match)[2]);
    for (std::string name; names >> name;) listed[(*match)[1]].insert(folder + "/" + name);
  }
  return listed;
}

// `explicit_sources`: the folder is not globbed, so that each .cpp must be named by CMake.
void check_folder(const Tree& tree, const std::string& folder, const std::string& cmake_folder,
                  const std::string& kind, bool explicit_sources, Faults& faults) {
  std::string upper = kind;
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return static_cast<char>(std::toupper(c)); });
  const std::regex registration("MASKBENCH_" + upper + R"(\s*\(\s*(\w+)\s*,)");
  const auto listed = listed_in_cmake(tree, cmake_folder, "add_" + kind);
  for (const auto& [path, text] : tree) {
    if (folder_of(path) != folder || !path.ends_with(".cpp")) continue;
    const std::vector<std::string> keys = first_groups(code_of(text), registration);
    for (const std::string& key : keys) {
      const auto entry = listed.find(key);
      if (entry == listed.end() || !entry->second.contains(path)) {
        faults.push_back(path + ": registers '" + key + "', but " + cmake_folder +
                         "/CMakeLists.txt has no add_" + kind + "(" + key + " SOURCES " +
                         path.substr(cmake_folder.size() + 1) + ")");
      }
    }
    const bool named = std::any_of(listed.begin(), listed.end(), [&, &path = path](const auto& entry) {
      return entry.second.contains(path);
    });
    if (explicit_sources && keys.empty() && !named) {
      faults.push_back(path + ": has no MASKBENCH_" + upper + " line and is no method's helper in " +
                       cmake_folder + "/CMakeLists.txt");
    }
  }
}

// Words that are names of parameters or keys and of something else in experiments, with what they are there.
const std::map<std::string, std::string>& words_of_our_own() {
  static const std::map<std::string, std::string> words{
      {"blocks", "a table's field"},
      {"budgets", "a descriptor's field"},
      {"device", "a record's field, a limit of a descriptor"},
      {"diversity", "a metric of a curve's points"},
      {"file", "a field of the listing and of a request for a data set"},
      {"gap", "a measure"},
      {"high", "a field of an interval"},
      {"keep", "a budget's field"},
      {"label", "a descriptor's field"},
      {"low", "a field of an interval"},
      {"none", "a budget without a limit; no metrics at all"},
      {"quality", "a record's field: the score columns"},
      {"random", "a record's field: the value of random answers"},
      {"reference", "a table's field; the speed gate's yardstick"},
      {"rows", "a unit of budgets; the number of a data set's rows"},
      {"score", "a phase of a cell and its seconds"},
      {"start", "a phase of a cell"},
      {"then", "a keyword of JSON schemas"},
      {"values", "a part of the gate"},
  };
  return words;
}

// Keys that a sentence may hold as ordinary words.
const std::set<std::string>& plain_words() {
  static const std::set<std::string> words{"blocked", "chain",      "external", "filtered", "greedy",
                                           "grouped", "joint",      "none",     "pruned",   "quality",
                                           "random",  "relaxation", "swap"};
  return words;
}

struct Names {
  std::set<std::string> keys, parameters;
};

Names registered_names(const Tree& tree) {
  static const std::regex method(R"(MASKBENCH_(?:SELECTOR|OBJECTIVE)\s*\(\s*(\w+)\s*,)"),
      source(R"(MASKBENCH_SOURCE\s*\(\s*(\w+)\s*,)"), parameter(R"re(\bvisit\(\s*"(\w+)")re");
  Names names;
  for (const auto& [path, text] : tree) {
    if (!is_source(path)) continue;
    const std::string code = std::regex_replace(code_of(text), std::regex("#\\s*define[^\n]*"), "");
    const auto gather = [&](const std::regex& pattern, std::set<std::string>& into) {
      for (const std::string& name : first_groups(code, pattern)) into.insert(name);
    };
    if (path.starts_with("algorithms/")) {
      gather(method, names.keys);
      gather(parameter, names.parameters);
    } else if (path.starts_with("datasets/")) {
      gather(source, names.keys);
    }
  }
  return names;
}

// Why a literal must not stand, or "".
std::string fault_of_literal(const std::string& text, const Names& names) {
  static const std::regex word(R"((^|[^\w/.-])(\w+)(?![\w/.-]))"), argument(R"([\[,](\w+)=)"),
      named(R"((?:selector|objective|dataset|data)[ =]'?(\w+))");
  if (words_of_our_own().contains(text)) return "";
  if (names.keys.contains(text)) return "is a registered key";
  if (names.parameters.contains(text)) return "is the name of a method's parameter";
  for (const std::string& name : first_groups(text, argument)) {
    if (names.parameters.contains(name)) return "sets the parameter " + name;
  }
  for (const std::string& name : first_groups(text, named)) {
    if (names.keys.contains(name)) return "names " + name;
  }
  for (std::sregex_iterator match(text.begin(), text.end(), word), end; match != end; ++match) {
    const std::string found = (*match)[2];
    if (names.keys.contains(found) && !plain_words().contains(found)) return "names " + found;
  }
  return "";
}

}  // namespace

Faults include_faults(const Tree& tree) {
  Faults faults;
  for (const auto& [path, text] : tree) {
    if (!is_source(path)) continue;
    const std::string room = room_of(path);
    const auto leaf = leaves().find(folder_of(path));
    const auto sees = [&](const std::string& target) {
      if (leaf != leaves().end())
        return plain_headers().contains(target) || leaf->second.contains(folder_of(target));
      return rooms_seen_from().at(room).contains(room_of(target));
    };
    for (const Include& include : includes_of(text)) {
      const std::string other = room_of(include.target);
      if (include.target == "maskbench_build_info.hpp") {  // generated, so not in the tree
        if (room != "experiments" || leaf != leaves().end())
          faults.push_back(path + ": only experiments may know what was built");
      } else if (!include.ours) {
        if (rooms_seen_from().contains(other))
          faults.push_back(path + ": <" + include.target + "> is ours, so in quotes");
      } else if (!rooms_seen_from().contains(other)) {
        faults.push_back(path + ": \"" + include.target + "\" is not named from the repository's root");
      } else if (!sees(include.target)) {
        faults.push_back(path + ": " + folder_of(path) + " must not include \"" + include.target + "\"");
      }
    }
  }
  return faults;
}

Faults device_faults(const Tree& tree) {
  static const std::regex cuda_include(R"(^(cuda|cublas|curand|cusparse|cub/|thrust/|device_launch|mma\.h))");
  static const std::regex cuda_name(
      R"(\b(cuda[A-Z]\w*|cublas[A-Z]\w*|__device__|__global__|__host__|thrust::\w+)\b)");
  Faults faults;
  for (const auto& [path, text] : tree) {
    if (folder_of(path).ends_with("/core") && ends_with_any(path, {".hpp", ".h"})) {
      for (const Include& include : includes_of(text)) {
        if (std::regex_search(include.target, cuda_include)) {
          faults.push_back(path + ": a core header includes <" + include.target + ">");
        }
      }
      for (const std::string& name : first_groups(code_of(text), cuda_name)) {
        faults.push_back(path + ": a core header names the CUDA type " + name);
      }
    }
    if (!ends_with_any(path, {".cu", ".cuh"})) continue;
    for (const std::string& reached : closure(tree, path)) {
      for (const Include& include : includes_of(tree.at(reached))) {
        if (include.target.starts_with("Eigen/") || include.target.starts_with("nlohmann/")) {
          faults.push_back(path + ": " + (reached == path ? "" : "through " + reached + " ") + "includes <" +
                           include.target + ">");
        }
      }
    }
  }
  return faults;
}

Faults registration_faults(const Tree& tree) {
  Faults faults;
  std::set<std::string> families;
  for (const auto& [path, text] : tree) {
    if (path.starts_with("algorithms/")) families.insert(folder_of(path));
  }
  for (const std::string& family : families) {
    if (family == "algorithms/core" || family == "algorithms/budget" || family == "algorithms/metrics" ||
        family.starts_with("algorithms/kernels"))
      continue;
    if (family.starts_with("algorithms/objectives"))
      check_folder(tree, family, "algorithms/objectives", "objective", true, faults);
    else
      check_folder(tree, family, family, "selector", true, faults);
  }
  for (const std::string folder : {"datasets/synthetic", "datasets/readers"}) {
    check_folder(tree, folder, "datasets", "source", false, faults);
  }
  return faults;
}

Faults name_faults(const Tree& tree) {
  static const std::regex literal(R"re("((?:[^"\\]|\\.)*)")re"),
      made(R"re(\b(?:make|named|canonical|parse_spec|make_objective|make_source)\(\s*"(\w+))re"),
      found(R"re(\b(?:selectors|objectives|sources)\(\)\.(?:find|at)\(\s*"(\w+))re"),
      asked(R"re((?:\.key|\bfield\.name)\s*[!=]=\s*"(\w+))re"),
      taken(R"re(\barguments\s*(?:\[|\.(?:find|at|contains|count)\()\s*"(\w+))re");
  const Names names = registered_names(tree);
  Faults faults;
  for (const auto& [path, text] : tree) {
    const bool ours = path.starts_with("experiments/") && !path.starts_with("experiments/micro/");
    if (!is_source(path) || !(ours || path.starts_with("datasets/sources/"))) continue;
    std::string code;
    for (const std::string& line : lines_without_comments(text)) {
      const bool own_declaration =
          line.find("#include") != std::string::npos || line.find("visit(\"") != std::string::npos;
      if (!own_declaration) code += line + "\n";
    }
    for (const std::string& one : first_groups(code, literal)) {
      const std::string fault = fault_of_literal(one, names);
      if (!fault.empty()) faults.push_back(path + ": \"" + one + "\" " + fault);
    }
    for (const std::regex* pattern : {&made, &found, &asked, &taken}) {
      for (const std::string& one : first_groups(code, *pattern)) {
        if (words_of_our_own().contains(one)) faults.push_back(path + ": asks for \"" + one + "\" by name");
      }
    }
  }
  return faults;
}

Faults process_faults(const Tree& tree) {
  static const std::regex call(
      R"((?:^|[^\w.>:])(?:std::|::)?(getenv|secure_getenv|setenv|putenv|printf|fprintf|vprintf|puts|fputs|putchar|)"
      R"(exit|_exit|_Exit|quick_exit|abort|sigaction|signal|execv|execve|execvp)\s*\()"),
      stream(R"((std::(?:cout|cerr|clog|filesystem::temp_directory_path)|fmt::print)\b)");
  Faults faults;
  for (const auto& [path, text] : tree) {
    if (!is_source(path) || path == "experiments/main.cpp" || path.starts_with("experiments/commands/") ||
        path.starts_with("experiments/micro/"))
      continue;
    const std::string code = code_of(text);
    for (const std::regex* pattern : {&call, &stream}) {
      for (const std::string& name : first_groups(code, *pattern))
        faults.push_back(path + ": " + name + " is for experiments/commands and main.cpp");
    }
  }
  return faults;
}

Faults type_faults(const Tree& tree) {
  static const std::regex space(R"(^namespace ([\w:]+) \{)"),
      type(R"(^(?:struct|class) (\w+)(?: final)?(?: :[^;]*)? \{)");
  Faults faults;
  std::map<std::string, std::string> first;  // by the full name
  for (const auto& [path, text] : tree) {
    if (!ends_with_any(path, {".hpp", ".h", ".cuh"})) continue;
    std::string inside;
    for (const std::string& line : lines_without_comments(text)) {
      std::smatch match;
      if (std::regex_search(line, match, space)) inside = match[1];
      if (!std::regex_search(line, match, type)) continue;
      const auto [known, fresh] = first.emplace(inside + "::" + match[1].str(), path);
      if (!fresh) faults.push_back(path + ": " + known->first + " is defined in " + known->second + " too");
    }
  }
  return faults;
}

Tree read_tree(const std::string& root) {
  namespace fs = std::filesystem;
  Tree tree;
  for (const auto& [room, seen] : rooms_seen_from()) {
    if (!fs::exists(fs::path(root) / room)) continue;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(fs::path(root) / room)) {
      const std::string path = fs::relative(entry.path(), root).generic_string();
      if (!entry.is_regular_file() || !(is_source(path) || path.ends_with("CMakeLists.txt"))) continue;
      std::ifstream file(entry.path());
      tree[path] = std::string(std::istreambuf_iterator<char>(file), {});
    }
  }
  return tree;
}

}  // namespace maskbench::layering
