#include "datasets/core/sha256.hpp"

#include <openssl/evp.h>

#include <array>

#include "datasets/core/types.hpp"

namespace maskbench {

struct Sha256::Context {
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> openssl{EVP_MD_CTX_new(), EVP_MD_CTX_free};
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  MASKBENCH_CHECK(EVP_DigestInit_ex(context_->openssl.get(), EVP_sha256(), nullptr) == 1,
                  "sha256 is always there");
}
Sha256::~Sha256() = default;

void Sha256::bytes(const void* data, std::size_t size) {
  EVP_DigestUpdate(context_->openssl.get(), data, size);
}

std::string Sha256::hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_DigestFinal_ex(context_->openssl.get(), digest.data(), &size);
  std::string text;
  for (unsigned int i = 0; i < size; ++i) {
    text += "0123456789abcdef"[digest[i] >> 4];
    text += "0123456789abcdef"[digest[i] & 15];
  }
  return text;
}

std::string sha256_of(std::string_view bytes) {
  Sha256 sha;
  sha.bytes(bytes.data(), bytes.size());
  return sha.hex();
}

}  // namespace maskbench
