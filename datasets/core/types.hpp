// Words that every room shares: indices, views of memory, and the two kinds of error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace maskbench {

using Index = std::int64_t;  // a row of a data set, or a count of rows

// What a mistake is about, for who does more with it than print it; empty where the message alone tells.
struct Mistake {
  std::string where{};         // a file, an option, a component
  std::string column{};        // or a parameter
  std::optional<Index> row{};  // of the file, from 0
  std::string given{}, allowed{};
};

// The caller's mistake. The message says what was given, where (file, column, row), and what is allowed.
class UserError : public std::runtime_error {
 public:
  explicit UserError(const std::string& message, Mistake mistake = {})
      : std::runtime_error(message), mistake_(std::move(mistake)) {}
  const Mistake& mistake() const { return mistake_; }

 private:
  Mistake mistake_;
};

[[noreturn]] inline void check_failed(const char* file, int line, const char* condition,
                                      const std::string& message) {
  throw std::logic_error(std::string(file) + ":" + std::to_string(line) + ": " + condition +
                         " does not hold: " + message);
}

// The programmer's mistake; on in every build.
#define MASKBENCH_CHECK(condition, message) \
  (static_cast<bool>(condition) ? void() : ::maskbench::check_failed(__FILE__, __LINE__, #condition, message))

enum class DType : std::uint8_t { f32, f16, bf16, i8, i32 };

inline std::size_t bytes_of(DType type) {
  switch (type) {
    case DType::f32:
    case DType::i32:
      return 4;
    case DType::f16:
    case DType::bf16:
      return 2;
    case DType::i8:
      return 1;
  }
  return 0;
}

// rows x cols, row-major, not owning; row i starts at data + i * stride.
struct MatrixView {
  const float* data = nullptr;
  Index rows = 0;
  Index cols = 0;
  Index stride = 0;  // elements

  const float* row(Index i) const { return data + i * stride; }
};

// A further n x k column of any storage type.
struct TensorView {
  const void* data = nullptr;
  DType type = DType::f32;
  Index rows = 0;
  Index cols = 0;
  Index stride = 0;  // elements
};

}  // namespace maskbench
