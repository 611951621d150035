// The one digest of this project: of data, ids, programs and plug-ins.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace maskbench {

class Sha256 {
 public:
  Sha256();
  ~Sha256();

  void bytes(const void* data, std::size_t size);
  void number(std::int64_t value) { bytes(&value, sizeof value); }
  void text(std::string_view value) {  // with its length before it, so that two texts are not one
    number(static_cast<std::int64_t>(value.size()));
    bytes(value.data(), value.size());
  }
  std::string hex();  // of all so far: the end

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

std::string sha256_of(std::string_view bytes);  // hex

}  // namespace maskbench
