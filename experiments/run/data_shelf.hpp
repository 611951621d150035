// The data sets of a run, each written once into a mapped file under a scratch folder that all cells share.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "datasets/core/scratch_folder.hpp"
#include "experiments/descriptor/descriptor.hpp"

namespace maskbench {

class DataShelf {
 public:
  // `folder`: the prefix of a ScratchFolder, made when the first data set is. `cells`: those that will ask.
  DataShelf(std::string folder, const std::vector<const Cell*>& cells);
  DataShelf(const DataShelf&) = delete;
  DataShelf& operator=(const DataShelf&) = delete;

  bool holds(const Cell& cell) const;
  // The file of the cell's data set, made on first use. `cancelled`: stop() was true while it was made.
  // std::runtime_error where it cannot be made.
  std::string file_of(const Cell& cell, int threads, const std::function<bool()>& stop, bool& cancelled);
  void done_with(const Cell& cell);  // the last one removes the file

 private:
  struct Place {
    std::string name, file;  // file: "" until it is made
    std::size_t cells_left = 0;
  };
  std::string prefix_;
  std::optional<ScratchFolder> folder_;
  std::map<std::string, Place> places_;  // by the data set as printed
};

}  // namespace maskbench
