// What --data and its companions name: files with columns, or a registered data set.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "datasets/core/dataset.hpp"
#include "datasets/readers/table_reader.hpp"
#include "experiments/machine/outputs.hpp"
#include "experiments/records/json.hpp"

namespace maskbench {

struct DataChoice {
  std::string data;      // files, as data_files() reads them | NAME[param=value,...]
  std::string features;  // "": the one list-of-float column
  std::vector<std::string> quality;
  std::vector<std::string> scores;   // further scores, no part of the quality
  std::vector<std::string> missing;  // [COLUMN=]error|drop|lowest|VALUE
  std::string length, id, text;
  std::vector<std::string> labels;
  std::vector<std::string> matrices;  // NAME=COLUMN
  std::vector<std::string> related;   // ROLE=FILE[,FILE...] or ROLE=NAME[param=value,...]
  std::vector<std::string> measures;  // sizes that the budget counts: characters, bytes
  bool features_optional = true;      // what needs features says so
  bool ids_per_file = false;          // an id may stand in several files
  bool repeated_files = false;        // a file may be named twice
  std::string scratch;                // folder of a scratch file, where one is needed; "": temporary_folder()
};

struct LoadedData {
  std::shared_ptr<const Dataset> data;
  std::vector<FileStamp> stamps;  // of the files, taken before they were read
  ReadReport reading;
  std::vector<std::string> notes;  // what the user should know of it
  double seconds = 0;              // of reading
};

// UserError: as read_table; an unknown name; options that a registered data set does not take; a registered
// data set that is not on this machine, with the command that fetches it.
LoadedData load_data(const DataChoice& choice, bool features_in_file = false);

// What reading will hold, from the files' footers or the parameters of a registered data set; related sets
// apart. UserError as load_data.
DataSize data_size(const DataChoice& choice);

// The files' rows and what was missing, as a report has them.
void add_reading(Json& report, const LoadedData& loaded);

Inputs inputs_of(const DataChoice& choice);  // the files that load_data() reads

// The one that --scratch names, else temporary_folder().
std::string scratch_folder(const DataChoice& choice);

}  // namespace maskbench
