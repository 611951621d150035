#include "experiments/run/data_shelf.hpp"

#include <filesystem>

#include "experiments/run/cell_process.hpp"

namespace maskbench {

DataShelf::DataShelf(std::string folder, const std::vector<const Cell*>& cells) : prefix_(std::move(folder)) {
  ScratchFolder::remove_left_behind(prefix_);
  for (const Cell* cell : cells) {
    Place& place = places_[data_text(*cell)];
    if (place.name.empty()) place.name = "data-" + std::to_string(places_.size()) + ".mapped";
    ++place.cells_left;
  }
}

bool DataShelf::holds(const Cell& cell) const {
  return !places_.at(data_text(cell)).file.empty();
}

std::string DataShelf::file_of(const Cell& cell, int threads, const std::function<bool()>& stop,
                               bool& cancelled) {
  Place& place = places_.at(data_text(cell));
  if (!place.file.empty()) return place.file;
  if (!folder_) folder_.emplace(prefix_);
  std::string file = folder_->file(place.name);
  write_data_in_process({print_spec(cell.dataset), cell.related, file}, threads, stop, cancelled);
  if (!cancelled) place.file = file;
  return file;
}

void DataShelf::done_with(const Cell& cell) {
  Place& place = places_.at(data_text(cell));
  if (--place.cells_left > 0 || place.file.empty()) return;
  std::filesystem::remove(place.file);
  place.file.clear();
}

}  // namespace maskbench
