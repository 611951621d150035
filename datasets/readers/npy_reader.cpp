#include <array>
#include <bit>
#include <cctype>
#include <cmath>
#include <cstring>
#include <fstream>

#include "datasets/readers/gathered.hpp"
#include "datasets/readers/half.hpp"

namespace maskbench {
namespace {

static_assert(std::endian::native == std::endian::little, "the numbers of a .npy file are taken as they lie");

struct Header {
  std::string dtype;
  bool fortran = false;
  std::vector<Index> shape;
};

// What follows 'key': in the header, which is a Python dict of literals.
std::string value_after(const std::string& file, const std::string& header, const std::string& key) {
  const std::size_t at = header.find("'" + key + "'");
  const std::size_t colon = at == std::string::npos ? at : header.find(':', at);
  if (colon == std::string::npos) throw UserError(file + ": a .npy header without '" + key + "'");
  const std::size_t start = header.find_first_not_of(' ', colon + 1);
  if (start == std::string::npos) throw UserError(file + ": a .npy header without a value for '" + key + "'");
  const std::size_t end = header.find_first_of(header[start] == '(' ? ")" : ",}", start);
  return header.substr(start, end - start);
}

Header read_header(std::ifstream& in, const std::string& file) {
  std::array<char, 8> magic{};
  in.read(magic.data(), magic.size());
  if (!in || std::memcmp(magic.data(), "\x93NUMPY", 6) != 0) {
    throw UserError(file + ": not a .npy file (it does not begin with \\x93NUMPY)");
  }
  std::uint32_t length = 0;
  if (magic[6] == 1) {
    std::uint16_t narrow = 0;
    in.read(reinterpret_cast<char*>(&narrow), sizeof narrow);
    length = narrow;
  } else if (magic[6] == 2 || magic[6] == 3) {
    in.read(reinterpret_cast<char*>(&length), sizeof length);
  } else {
    throw UserError(file + ": .npy version " + std::to_string(static_cast<int>(magic[6])) +
                    "; 1 to 3 can be read");
  }
  if (!in || length > (1u << 20)) throw UserError(file + ": truncated or damaged in its .npy header");
  std::string text(length, ' ');
  in.read(text.data(), static_cast<std::streamsize>(length));
  if (!in) throw UserError(file + ": truncated in its .npy header");

  Header header;
  header.dtype = value_after(file, text, "descr");
  header.fortran = value_after(file, text, "fortran_order") == "True";
  std::string digits;
  for (const char c : value_after(file, text, "shape") + ",") {
    if (std::isdigit(static_cast<unsigned char>(c)) != 0) digits += c;
    if (c != ',' || digits.empty()) continue;
    if (digits.size() > 15) throw UserError(file + ": a .npy shape of " + digits);
    header.shape.push_back(std::stoll(digits));
    digits.clear();
  }
  return header;
}

template <class T, class Widen>
void read_values(std::ifstream& in, Gathered& features, ReadPlace place, Widen&& widen) {
  std::vector<T> row(features.cols);
  for (Index i = 0; i < features.rows; ++i) {
    in.read(reinterpret_cast<char*>(row.data()), static_cast<std::streamsize>(row.size() * sizeof(T)));
    for (const T value : row) {
      const float narrow = widen(value);
      if (!std::isfinite(narrow))
        place.fail(i - place.first,
                   std::isnan(narrow) ? "not a number" : "infinite, or too large for a float32");
      features.floats.push_back(narrow);
    }
    if ((i + 1) % kSpillRows != 0 && i + 1 != features.rows) continue;
    if (!in) break;
    features.spill(place, features.rows);
    place.first = i + 1;
  }
}

}  // namespace

Index gather_npy(const std::string& file, Gathered& features) {
  const FileStamp stamp = stamp_files({file}).front();
  std::ifstream in(file, std::ios::binary);
  if (!in) throw UserError(file + ": cannot be opened for reading");
  const Header header = read_header(in, file);
  const std::size_t width = header.dtype == "'<f2'"   ? 2
                            : header.dtype == "'<f4'" ? 4
                            : header.dtype == "'<f8'" ? 8
                                                      : 0;
  if (width == 0)
    throw UserError(file + ": of dtype " + header.dtype + "; features are '<f2', '<f4' or '<f8'");
  if (header.fortran) throw UserError(file + ": in Fortran order; save np.ascontiguousarray(features)");
  if (header.shape.size() != 2 || header.shape[1] == 0) {
    throw UserError(file + ": features have two dimensions, rows and at least one value a row; this has " +
                    std::to_string(header.shape.size()));
  }
  if (header.shape[0] == 0) throw UserError(file + ": no rows");
  const auto cells = static_cast<double>(header.shape[0]) * static_cast<double>(header.shape[1]);
  const double bytes = static_cast<double>(in.tellg()) + cells * static_cast<double>(width);
  if (bytes != static_cast<double>(stamp.size)) {
    throw UserError(file + ": truncated or damaged: " + std::to_string(stamp.size) +
                    " bytes, its header says " + std::to_string(static_cast<Index>(bytes)));
  }

  features.cols = header.shape[1];
  features.rows = header.shape[0];
  features.reserve(features.rows, 0, file);
  const ReadPlace place{file, features.column, 0, false};
  if (width == 2)
    read_values<std::uint16_t>(in, features, place, float_of_half);
  else if (width == 4)
    read_values<float>(in, features, place, [](float value) { return value; });
  else
    read_values<double>(in, features, place, [](double value) { return static_cast<float>(value); });
  if (!in) throw UserError(file + ": cannot be read to its end");
  return features.rows;
}

}  // namespace maskbench
