// maskbench dump (hidden): a registered data set as .npy files, so that scripts see the bytes that methods
// see; prints their digest.

#include <bit>
#include <filesystem>
#include <iostream>
#include <memory>

#include "datasets/core/source_registry.hpp"
#include "datasets/core/whole_file.hpp"
#include "experiments/commands/commands.hpp"
#include "experiments/commands/data_options.hpp"

namespace maskbench {
namespace {

static_assert(std::endian::native == std::endian::little, "the .npy headers say little-endian");

// Format version 1.0: magic, length of the header, header padded to a multiple of 64 bytes, data.
template <class T>
void write_npy(const std::filesystem::path& file, const char* type, const std::string& shape, const T* values,
               std::size_t count) {
  std::string header =
      std::string("{'descr': '") + type + "', 'fortran_order': False, 'shape': (" + shape + "), }";
  constexpr std::size_t kPrefix = 10;
  header.append(63 - (kPrefix + header.size()) % 64, ' ');
  header += '\n';
  std::string prefix("\x93NUMPY\x01\x00", 8);
  prefix += static_cast<char>(header.size() & 0xff);
  prefix += static_cast<char>(header.size() >> 8);
  WholeFile whole(file.string());
  whole.append(prefix.data(), prefix.size());
  whole.append(header.data(), header.size());
  whole.append(values, count * sizeof(T));
  whole.commit();
}

int dump(const std::string& name, const std::filesystem::path& folder, bool overwrite) {
  const auto source = sources().make(parse_spec(name));
  if (const auto reason = source->refuses()) throw UserError("data set " + name + ": " + *reason);
  const auto data = source->load();
  if (std::filesystem::exists(folder) && !overwrite &&
      !(std::filesystem::is_directory(folder) && std::filesystem::is_empty(folder)))
    throw UserError("--out " + folder.string() + ": it holds files; --overwrite writes among them");
  std::filesystem::create_directories(folder);
  const std::string n = std::to_string(data->size());
  if (const MatrixView x = data->features(); x.cols > 0) {
    MASKBENCH_CHECK(x.stride == x.cols, "rows end to end");
    write_npy(folder / "features.npy", "<f4", n + ", " + std::to_string(x.cols), x.data,
              static_cast<std::size_t>(x.rows * x.cols));
  }
  for (const auto& [column, values] : data->parts().scores)
    write_npy(folder / ("score." + column + ".npy"), "<f4", n + ",", values.data(), values.size());
  for (const auto& [column, values] : data->parts().labels)
    write_npy(folder / ("label." + column + ".npy"), "<i4", n + ",", values.data(), values.size());
  for (const auto& [measure, values] : data->parts().sizes)
    write_npy(folder / ("size." + measure + ".npy"), "<i4", n + ",", values.data(), values.size());
  std::cout << data->digest() << '\n';
  return 0;
}

}  // namespace

void add_dump(CLI::App& program, int& exit_code) {
  struct Given {
    std::string name, folder;
    bool overwrite = false;
  };
  const auto given = std::make_shared<Given>();
  CLI::App& command = *program.add_subcommand("dump", "columns of a registered data set as .npy files");
  command.group("");
  command.add_option("data", given->name, "NAME[param=value,...]")->required();
  command
      .add_option("--out", given->folder,
                  "folder for features.npy, score.COLUMN.npy, label.COLUMN.npy, size.MEASURE.npy")
      ->required();
  add_overwrite_option(command, given->overwrite);
  command.callback([given, &exit_code] { exit_code = dump(given->name, given->folder, given->overwrite); });
}

}  // namespace maskbench
