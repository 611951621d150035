#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <cmath>
#include <cstring>
#include <fstream>
#include <span>
#include <utility>

#include "datasets/core/watch.hpp"
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

// By NumPy's name of a type: bytes of a value, and how it is read.
struct Type {
  const char* dtype;
  std::size_t width;
};
constexpr std::array kTypes = {Type{"'<f2'", 2}, Type{"'<f4'", 4}, Type{"'<f8'", 8}, Type{"'|i1'", 1},
                               Type{"'|u1'", 1}};

template <class T, class Wide, class Widen>
void read_values(std::ifstream& in, Gathered& features, Index rows, Index cols, ReadPlace place,
                 Index rows_expected, Widen&& widen) {
  std::vector<T> row(cols);
  std::vector<Wide> wide(cols);
  Looks looks(rows / kSpillRows + 1);
  for (Index i = 0; i < rows; ++i) {
    if (i % kSpillRows == 0) looks.step();
    in.read(reinterpret_cast<char*>(row.data()), static_cast<std::streamsize>(row.size() * sizeof(T)));
    for (Index k = 0; k < cols; ++k) wide[k] = widen(row[k]);
    for (const Wide value : wide) {
      if (!std::isfinite(value)) place.fail(i - place.first, std::isnan(value) ? "not a number" : "infinite");
    }
    features.append_row(std::span<const Wide>(wide), place, i - place.first);
    if ((i + 1) % kSpillRows != 0 && i + 1 != rows) continue;
    if (!in) break;
    features.spill(place, rows_expected);
    place.first = i + 1;
  }
}

// The header of a file that is as long as it says.
std::pair<Header, Type> checked_header(std::ifstream& in, const std::string& file, const FileStamp& stamp) {
  const Header header = read_header(in, file);
  const auto type =
      std::find_if(kTypes.begin(), kTypes.end(), [&](const Type& one) { return header.dtype == one.dtype; });
  if (type == kTypes.end())
    throw UserError(file + ": of dtype " + header.dtype +
                    "; features are '<f2', '<f4', '<f8', '|i1' or '|u1'");
  if (header.fortran) throw UserError(file + ": in Fortran order; save np.ascontiguousarray(features)");
  if (header.shape.size() != 2 || header.shape[1] == 0) {
    throw UserError(file + ": features have two dimensions, rows and at least one value a row; this has " +
                    std::to_string(header.shape.size()));
  }
  const auto cells = static_cast<double>(header.shape[0]) * static_cast<double>(header.shape[1]);
  const double bytes = static_cast<double>(in.tellg()) + cells * static_cast<double>(type->width);
  if (bytes != static_cast<double>(stamp.size)) {
    throw UserError(file + ": truncated or damaged: " + std::to_string(stamp.size) +
                    " bytes, its header says " +
                    (bytes < 1e15 ? std::to_string(static_cast<Index>(bytes)) : "more than 1e15"));
  }
  return {header, *type};
}

std::ifstream opened(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw UserError(file + ": cannot be opened for reading");
  return in;
}

}  // namespace

NpySize npy_size(const std::string& file) {
  const FileStamp stamp = stamp_files({file}).front();
  std::ifstream in = opened(file);
  const Header header = checked_header(in, file, stamp).first;
  return {header.shape[0], header.shape[1]};
}

Index gather_npy(const std::string& file, Gathered& features, Index rows_expected) {
  const FileStamp stamp = stamp_files({file}).front();
  std::ifstream in = opened(file);
  const auto [header, type] = checked_header(in, file, stamp);
  const Index rows = header.shape[0], cols = header.shape[1];
  const ReadPlace place{file, features.column, 0, false};
  if (features.cols == 0) features.cols = cols;
  if (features.rows == 0) features.reserve(rows_expected, 0, file);
  const auto read = [&](auto value, auto wide, auto&& widen) {
    read_values<decltype(value), decltype(wide)>(in, features, rows, cols, place, rows_expected, widen);
  };
  const auto same = [](auto value) { return value; };
  const std::string_view dtype = type.dtype;
  if (type.width == 2)
    read(std::uint16_t{}, 0.0f, float_of_half);
  else if (type.width == 4)
    read(0.0f, 0.0f, same);
  else if (type.width == 8)
    read(0.0, 0.0, same);
  else if (dtype == "'|i1'")
    read(std::int8_t{}, 0.0f, [](std::int8_t value) { return static_cast<float>(value); });
  else
    read(std::uint8_t{}, 0.0f, [](std::uint8_t value) { return static_cast<float>(value); });
  if (!in) throw UserError(file + ": cannot be read to its end");
  return rows;
}

}  // namespace maskbench
