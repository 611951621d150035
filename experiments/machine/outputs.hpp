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

// Files that the words of a selector's, an objective's or a data set's text name, like
// from_ids[file=ids.parquet].
std::vector<Input> files_in(const std::string& option, const std::string& spec);

// UserError: an output is an input or another output (the same file, however it is spelled or linked), a
// folder, cannot be written, or stands in the place of a file of another kind and `overwrite` is not given.
// Nothing is changed.
void check_outputs(const std::vector<Output>& outputs, const std::vector<Input>& inputs, bool overwrite);

}  // namespace maskbench
