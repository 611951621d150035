// The house's rules, held over the sources as they are; and planted violations, so that the rules are seen to
// bite.
#include "tests/layering/rules.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

namespace maskbench::layering {
namespace {

const Tree& house() {
  static const Tree tree = read_tree(MASKBENCH_SOURCE_DIR);
  return tree;
}

void require_none(const Faults& faults) {
  for (const std::string& fault : faults) UNSCOPED_INFO(fault);
  REQUIRE(faults.empty());
}

// Exactly one fault, and it names the file.
void require_one(const Faults& faults, const std::string& path) {
  for (const std::string& fault : faults) UNSCOPED_INFO(fault);
  REQUIRE(faults.size() == 1);
  REQUIRE(faults.front().starts_with(path + ": "));
}

TEST_CASE("the rooms include only what lies to their left") {
  REQUIRE(house().contains("datasets/core/types.hpp"));
  REQUIRE(house().contains("algorithms/core/registry.hpp"));
  require_none(include_faults(house()));
}

TEST_CASE("core headers know no CUDA, and .cu files neither Eigen nor nlohmann") {
  require_none(device_faults(house()));
}

TEST_CASE("every method's file is registered") {
  require_none(registration_faults(house()));
}

TEST_CASE("experiments and data sources name no method") {
  require_none(name_faults(house()));
}

TEST_CASE("only commands print, end the program, catch signals or read the environment") {
  require_none(process_faults(house()));
}

TEST_CASE("no two headers define a type of one name") {
  require_none(type_faults(house()));
  const std::string place = "namespace maskbench {\nstruct Place {\n  int row;\n};\n}\n";
  require_one(type_faults({{"datasets/readers/a.hpp", place}, {"experiments/tables/b.hpp", place}}),
              "experiments/tables/b.hpp");
  require_none(
      type_faults({{"datasets/readers/a.hpp", place},
                   {"experiments/tables/b.hpp", "namespace maskbench::tables {\nstruct Place {\n"}}));
}

// A house with one selector, one objective, one source, and a file of experiments.
Tree named_house(const std::string& path, const std::string& line) {
  return {{"algorithms/greedy/lazy.cpp",
           "visit(\"steps\", steps, any(), \"a\");\nMASKBENCH_SELECTOR(lazy, Lazy, \"s\", \"c\")\n"},
          {"algorithms/objectives/quality.cpp", "MASKBENCH_OBJECTIVE(quality, Quality, \"s\", \"c\")\n"},
          {"datasets/sources/web.cpp", "MASKBENCH_SOURCE(web, Web, \"s\", \"c\")\n"},
          {path, "// a file that may say lazy\n" + line + "\n"}};
}

TEST_CASE("a planted name of a method is found") {
  const std::string line =
      GENERATE("if (spec.key == \"lazy\") return;", "const char* kAll[] = {\"quality[lazy=1]\"};",
               "f(\"default: lazy, or another\");", "f(\"any[steps=3]\");", "if (name == \"steps\") f();",
               "selectors().make(\"quality\");", "if (spec.key == \"quality\") f();",
               "spec.arguments[\"rows\"] = f();", "f(\"--objective quality --rows 3\");", "f(\"web[n=5]\");");
  require_one(name_faults(named_house("experiments/run/a.cpp", line)), "experiments/run/a.cpp");
  require_none(name_faults(named_house("experiments/micro/bench_a.cpp", line)));
  require_none(name_faults(named_house("algorithms/wrappers/a.cpp", line)));
}

TEST_CASE("a data source takes its own name from the registry") {
  require_one(name_faults(named_house("datasets/sources/more.cpp", "request.name = \"web\";")),
              "datasets/sources/more.cpp");
}

TEST_CASE("fields and plain words that are keys too are no fault") {
  const std::string line =
      GENERATE("json[\"quality\"] = 1;", "f(\"the quality of random rows\");", "f(\"lazy.json\");",
               "f(\"data/web/a\");", "#include \"algorithms/greedy/lazy.hpp\"", "f(\"KEY[name=value,...]\");",
               "f(a); // \"lazy\"");
  require_none(name_faults(named_house("experiments/run/a.cpp", line)));
}

TEST_CASE("planted printing, ending, signals and environment are found below the commands") {
  const std::string line =
      GENERATE("std::getenv(\"HOME\");", "if (bad) exit(1);", "std::cout << 1;", "fmt::print(\"x\");",
               "signal(SIGINT, SIG_IGN);", "std::fprintf(stderr, \"x\");", "std::abort();",
               "auto f = std::filesystem::temp_directory_path();");
  for (const std::string path : {"experiments/jobs/a.cpp", "algorithms/greedy/a.hpp", "datasets/core/a.cpp"})
    require_one(process_faults({{path, line + "\n"}}), path);
  require_none(process_faults({{"experiments/commands/a.cpp", line}, {"experiments/main.cpp", line}}));
  require_none(process_faults({{"experiments/jobs/a.cpp", "// " + line + "\n"}}));
}

TEST_CASE("what only looks like it is no fault") {
  require_none(
      process_faults({{"experiments/run/a.cpp",
                       "std::snprintf(text, 3, \"x\");\nif (exit.signal != 0) f(exit);\nloop.exit();\n"}}));
}

TEST_CASE("a planted include is found") {
  const auto [path, line] = GENERATE(table<std::string, std::string>({
      {"datasets/core/a.cpp", "#include \"algorithms/core/selector.hpp\""},
      {"datasets/readers/a.hpp", "  #  include \"experiments/records/record.hpp\"  // why not"},
      {"algorithms/greedy/a.cpp", "#include \"experiments/machine/clock.hpp\""},
      {"algorithms/core/a.cpp", "#include \"experiments/records/record.hpp\""},
      {"experiments/records/a.cpp", "#include \"datasets/core/dataset.hpp\""},
      {"experiments/records/a.cpp", "#include \"experiments/tables/table.hpp\""},
      {"experiments/tables/a.cpp", "#include \"experiments/run/runner.hpp\""},
      {"experiments/records/a.cpp", "#include \"maskbench_build_info.hpp\""},
      {"algorithms/kernels/a.cpp", "#include \"rows.hpp\""},
      {"experiments/run/a.cpp", "#include \"tests/layering/rules.hpp\""},
      {"algorithms/kernels/a.cpp", "#include <datasets/core/types.hpp>"},
  }));
  require_one(include_faults({{path, "// a file\n" + line + "\n"}}), path);
}

TEST_CASE("what the rules allow is no fault") {
  require_none(include_faults({
      {"datasets/core/a.cpp", "#include \"datasets/core/types.hpp\"\n#include <vector>\n"},
      {"algorithms/core/a.cpp",
       "#include \"datasets/core/dataset.hpp\"\n// #include \"experiments/machine/clock.hpp\"\n"},
      {"experiments/tables/a.cpp",
       "#include \"datasets/core/types.hpp\"\n#include \"experiments/records/record.hpp\"\n"},
      {"experiments/jobs/a.cpp",
       "#include \"experiments/gate/gate.hpp\"\n#include \"maskbench_build_info.hpp\"\n"},
  }));
}

TEST_CASE("planted CUDA in a core header is found") {
  const std::string line =
      GENERATE("#include <cuda_runtime.h>", "cudaStream_t stream();", "__device__ float norm();",
               "#include <cub/device/device_scan.cuh>", "cublasHandle_t handle;");
  require_one(device_faults({{"algorithms/core/device.hpp", line + "\n"}}), "algorithms/core/device.hpp");
  require_none(device_faults({{"algorithms/kernels/device.cu", line + "\n"}}));
  require_none(device_faults({{"algorithms/core/device.hpp", "// " + line + "\n"}}));
}

TEST_CASE("planted Eigen or nlohmann in a .cu file is found, also behind a header of ours") {
  require_one(device_faults({{"algorithms/kernels/a.cu", "#include <Eigen/Dense>\n"}}),
              "algorithms/kernels/a.cu");
  require_one(device_faults({{"algorithms/kernels/a.cu", "#include \"algorithms/kernels/a.hpp\"\n"},
                             {"algorithms/kernels/a.hpp", "#include \"algorithms/kernels/b.hpp\"\n"},
                             {"algorithms/kernels/b.hpp", "#include <nlohmann/json.hpp>\n"}}),
              "algorithms/kernels/a.cu");
}

TEST_CASE("a planted method that nobody registers is found") {
  const std::string method = "algorithms/greedy/lazy.cpp";
  const std::string cmake = "algorithms/greedy/CMakeLists.txt";
  const std::string line = "MASKBENCH_SELECTOR(lazy, Lazy, \"summary\", \"citation\")\n";
  // No line in the file, none in CMake; a line in one of the two only; another key; the line behind a
  // comment.
  require_one(registration_faults({{method, "int a;\n"}}), method);
  require_one(registration_faults({{method, line}}), method);
  require_one(registration_faults({{method, line}, {cmake, "add_selector(eager SOURCES lazy.cpp)\n"}}),
              method);
  require_one(registration_faults({{method, line}, {cmake, "# add_selector(lazy SOURCES lazy.cpp)\n"}}),
              method);
  require_one(
      registration_faults({{method, "// " + line}, {cmake, "add_selector(eager SOURCES eager.cpp)\n"}}),
      method);

  require_none(registration_faults({{method, line}, {cmake, "add_selector(lazy SOURCES lazy.cpp)\n"}}));
  require_none(registration_faults({{method, line},
                                    {"algorithms/greedy/heap.cpp", "int a;\n"},
                                    {cmake, "add_selector(lazy\n  SOURCES lazy.cpp heap.cpp)\n"}}));
}

TEST_CASE("a planted objective or data source that nobody registers is found") {
  require_one(registration_faults({{"algorithms/objectives/a.cpp", "int a;\n"}}),
              "algorithms/objectives/a.cpp");
  const std::string source = "datasets/synthetic/web.cpp";
  const std::string line = "MASKBENCH_SOURCE(web, Web, \"summary\", \"citation\")\n";
  require_one(registration_faults({{source, line}}), source);
  require_none(registration_faults(
      {{source, line}, {"datasets/CMakeLists.txt", "add_source(web SOURCES synthetic/web.cpp)\n"}}));
  require_none(registration_faults({{"datasets/synthetic/helper.cpp", "int a;\n"}}));
}

}  // namespace
}  // namespace maskbench::layering
