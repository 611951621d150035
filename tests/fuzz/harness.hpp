// What the fuzz targets share. An answer, a UserError and a MachineFault are fine; whatever else comes out of
// an input ends the program, and libFuzzer keeps the input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "datasets/core/dataset.hpp"
#include "datasets/core/system_error.hpp"

namespace maskbench::fuzz {

// A refusal says something, in our words, in a text that fits on a few screens.
void check_message(std::string_view message, std::string_view input);

// Called where a parser has taken the input. With MASKBENCH_FUZZ_PLANTED=FOLDER in the environment this is a
// planted fault: it reads behind a buffer for an input that is none of the folder's files, so that a target
// that finds it parses, mutates and watches memory.
void taken(std::string_view input);

template <class Work>
int tried(std::string_view input, Work&& work) {
  try {
    work();
    taken(input);
  } catch (const UserError& error) {
    check_message(error.what(), input);
  } catch (const MachineFault& error) {
    check_message(error.what(), input);
  }
  return 0;
}

// Of a scratch folder of this process, which goes when it ends.
std::string path_of(const std::string& name);
// The bytes as a file of this name; its path.
std::string file_of(const std::string& name, std::string_view bytes);

// Six rows with features, scores, labels, lengths and ids.
std::shared_ptr<const Dataset> six_rows();

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace maskbench::fuzz

// MASKBENCH_FUZZ { ... }: the body has the input as the string_view `input`.
#define MASKBENCH_FUZZ                                                                \
  static void fuzz_one(std::string_view input);                                       \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);  \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) { \
    const std::string_view input = maskbench::fuzz::text_of(data, size);              \
    return maskbench::fuzz::tried(input, [&] { fuzz_one(input); });                   \
  }                                                                                   \
  static void fuzz_one([[maybe_unused]] std::string_view input)
