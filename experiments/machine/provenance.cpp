#include "experiments/machine/provenance.hpp"

#include <cblas.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "experiments/machine/memory.hpp"
#include "experiments/machine/threads.hpp"
#include "maskbench_build_info.hpp"

namespace maskbench {
namespace {

// The text after "Name :" in a file of such lines, or "".
std::string value_of_line(const std::filesystem::path& file, const std::string& name) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(name)) continue;
    const std::size_t colon = line.find(':');
    const std::size_t begin = colon == std::string::npos ? colon : line.find_first_not_of(" \t", colon + 1);
    if (begin != std::string::npos) return line.substr(begin);
  }
  return "";
}

std::string gpu_model() {
  std::error_code error;
  for (const auto& gpu : std::filesystem::directory_iterator("/proc/driver/nvidia/gpus", error)) {
    return value_of_line(gpu.path() / "information", "Model");
  }
  return "";
}

}  // namespace

BuildRecord this_build() {
  BuildRecord build;
  build.commit = build_info::commit;
  build.dirty = build_info::dirty;
  build.version = build_info::version;
  build.compiler = build_info::compiler;
  build.flags = build_info::flags;
  build.build_type = build_info::build_type;
  for (const build_info::Library& library : build_info::libraries) {
    build.libraries[std::string(library.name)] = library.version;
  }
  return build;
}

HostRecord this_host() {
  HostRecord host;
  host.cpu_model = value_of_line("/proc/cpuinfo", "model name");
  if (host.cpu_model.empty()) host.cpu_model = "unknown";
  host.cores = all_cores();
  host.memory_bytes = total_bytes();
  host.gpu = gpu_model();
  double load = 0;
  if (getloadavg(&load, 1) == 1) host.load = load;
  return host;
}

std::string cpu_identity() {
  std::string text = this_host().cpu_model;
  for (const char* name : {"cpu family", "model", "stepping"}) {
    const std::string value = value_of_line("/proc/cpuinfo", name);
    if (!value.empty()) text += std::string(", ") + name + " " + value;
  }
  return text;
}

std::string program_version() {
  return std::string(build_info::version);
}

std::string difference(const BuildRecord& left, const BuildRecord& right) {
  if (left.commit != right.commit) return "commit " + left.commit + " and " + right.commit;
  if (left.dirty != right.dirty) return "the commit itself and a changed tree";
  if (left.version != right.version) return "version " + left.version + " and " + right.version;
  if (left.compiler != right.compiler) return "compiler " + left.compiler + " and " + right.compiler;
  if (left.flags != right.flags) return "flags " + left.flags + " and " + right.flags;
  if (left.build_type != right.build_type)
    return "build type " + left.build_type + " and " + right.build_type;
  if (left.libraries != right.libraries) {
    const auto of = [](const BuildRecord& build, const std::string& name) {
      const auto found = build.libraries.find(name);
      return found == build.libraries.end() ? std::string("none") : found->second;
    };
    for (const BuildRecord* build : {&left, &right}) {
      for (const auto& [name, version] : build->libraries) {
        if (of(left, name) != of(right, name)) return name + " " + of(left, name) + " and " + of(right, name);
      }
    }
  }
  return "";
}

}  // namespace maskbench
