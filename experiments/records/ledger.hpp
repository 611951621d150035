// An append-only file of JSON lines, one record a line. One process writes at a time; a line is written whole
// or, after a kill, cut off by the next opening.
#pragma once

#include <string>
#include <vector>

#include "experiments/records/json.hpp"
#include "experiments/records/schema.hpp"

namespace maskbench {

class Ledger {
 public:
  enum class Open { resume, fresh };  // fresh: what was in the file is dropped, once the lock is held

  // Makes the file, and its folder, where missing; a pipe or a device is written through. UserError: the file
  // does not begin as records do, and is left as it is; another process has the file open; it cannot be
  // written; a line is broken (file and line number). `schema` (may be null) is checked on reading and on
  // every append; it must outlive the ledger.
  Ledger(std::string file, Open open, const Schema* schema = nullptr);
  ~Ledger();
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  const std::vector<Json>& records() const { return records_; }  // found on opening, in order
  const std::string& repaired() const { return repaired_; }      // what was cut off on opening; "" nothing

  // On disk (fdatasync) when it returns. A record that the schema refuses is a mistake of ours.
  void append(const Json& record);
  // Several lines in one write: the points of a cell and the cell itself.
  void append(const std::vector<Json>& records);

 private:
  std::string file_;
  const Schema* schema_;
  int descriptor_ = -1;
  std::vector<Json> records_;
  std::string repaired_;
};

// The records of a file that somebody may still be writing: no lock, an unfinished last line is left out.
// UserError with file and line for anything else that is broken.
std::vector<Json> read_records(const std::string& file, const Schema* schema = nullptr);

}  // namespace maskbench
