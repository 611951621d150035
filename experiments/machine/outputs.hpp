// What a command writes, settled before it reads anything, so that no file of the user's is lost by a slip.
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

namespace maskbench {

// What an output is, and how a file that stands in its place is known as one that the program made itself.
struct FileKind {
  std::string name;  // "a report of maskbench select"
  std::function<bool(const std::string& path)> is;
};
FileKind json_kind(std::string name, std::initializer_list<const char*> keys);  // an object that has these
FileKind text_kind(std::string name,
                   std::initializer_list<const char*> marks);  // a text that has one of these

struct Output {
  std::string option;  // "--out"
  std::string path;    // "": not asked for
  FileKind kind;
};

struct Input {
  std::string option;
  std::string path;
};

// The files that a command reads, with the options that name them.
class Inputs {
 public:
  Inputs& file(const std::string& option, const std::string& path);  // "": not given
  Inputs& files(const std::string& option, const std::vector<std::string>& paths);
  // Those that the words of a selector's, an objective's or a data set's text name:
  // from_ids[file=ids.parquet].
  Inputs& words(const std::string& option, const std::string& spec);

  const std::vector<Input>& all() const { return all_; }

 private:
  std::vector<Input> all_;
};

// UserError: an output is an input or another output (the same file, however it is spelled or linked), a
// folder, cannot be written, or stands in the place of a file of another kind and `overwrite` is not given.
// Nothing is changed.
void check_outputs(const std::vector<Output>& outputs, const Inputs& inputs, bool overwrite);

}  // namespace maskbench
