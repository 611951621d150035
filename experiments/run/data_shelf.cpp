#include "experiments/run/data_shelf.hpp"

#include "experiments/run/cell_process.hpp"

namespace maskbench {

DataShelf::DataShelf(std::filesystem::path folder, const std::vector<const Cell*>& cells)
    : folder_(std::move(folder)) {
  std::filesystem::remove_all(folder_);
  for (const Cell* cell : cells) {
    Place& place = places_[data_text(*cell)];
    if (place.file.empty())
      place.file = (folder_ / ("data-" + std::to_string(places_.size()) + ".mapped")).string();
    ++place.cells_left;
  }
}

DataShelf::~DataShelf() {
  std::error_code ignored;  // a scratch file that stays does no harm: the next run removes it
  std::filesystem::remove_all(folder_, ignored);
}

bool DataShelf::holds(const Cell& cell) const {
  return places_.at(data_text(cell)).written;
}

std::string DataShelf::file_of(const Cell& cell, int threads, bool& cancelled) {
  Place& place = places_.at(data_text(cell));
  if (!place.written) {
    std::filesystem::create_directories(folder_);
    write_data_in_process({print_spec(cell.dataset), cell.related, place.file}, threads, cancelled);
    place.written = !cancelled;
  }
  return place.file;
}

void DataShelf::done_with(const Cell& cell) {
  Place& place = places_.at(data_text(cell));
  if (--place.cells_left > 0 || !place.written) return;
  std::filesystem::remove(place.file);
  place.written = false;
}

}  // namespace maskbench
