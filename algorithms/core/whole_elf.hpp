// A shared library that was cut short is a SIGBUS in the loader, which maps what its header promises.
#pragma once

#include <elf.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace maskbench {

// Why the loader would not survive the file: it is no 64-bit ELF file, or ends before a part of it. "": it
// would.
inline std::string elf_fault(const std::string& path) {
  const std::uintmax_t size = std::filesystem::file_size(path);
  std::ifstream in(path, std::ios::binary);
  Elf64_Ehdr header{};
  if (!in.read(reinterpret_cast<char*>(&header), sizeof header) ||
      std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64)
    return "is no shared library";
  const auto cut = [&](const char* part) {
    return "is cut short: its " + std::string(part) + " ends after the file's " + std::to_string(size) +
           " bytes";
  };
  const auto ends = [&](std::uint64_t offset, std::uint64_t length) {
    return offset <= size && length <= size - offset;
  };
  if (header.e_phentsize != sizeof(Elf64_Phdr))
    return "is no shared library: its program headers have another size";
  if (!ends(header.e_phoff, std::uint64_t{header.e_phnum} * sizeof(Elf64_Phdr)))
    return cut("program header table");
  if (!ends(header.e_shoff, std::uint64_t{header.e_shnum} * header.e_shentsize))
    return cut("section header table");
  std::vector<Elf64_Phdr> segments(header.e_phnum);
  in.seekg(static_cast<std::streamoff>(header.e_phoff));
  in.read(reinterpret_cast<char*>(segments.data()),
          static_cast<std::streamsize>(segments.size() * sizeof(Elf64_Phdr)));
  if (!in) return cut("program header table");
  for (const Elf64_Phdr& segment : segments) {
    if (!ends(segment.p_offset, segment.p_filesz)) return cut("segment");
  }
  return "";
}

}  // namespace maskbench
