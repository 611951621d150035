// Stands where the library reads and writes files with Arrow C++: Python opens tables by what the user has,
// and hands over their streams. What nobody in this process asks for says so.
#include <algorithm>

#include "algorithms/wrappers/problem_file.hpp"
#include "datasets/readers/selection_file.hpp"
#include "python/module/module.hpp"

namespace maskbench {
namespace {

[[noreturn]] void absent(const std::string& what) {
  throw UserError(what + ": the module reads no such file itself; use the program, or give rows and tables");
}

}  // namespace

namespace python {

PyObject*& table_opener() {  // (files, columns) -> an object with an Arrow stream
  static PyObject* opener = nullptr;
  return opener;
}

}  // namespace python

std::shared_ptr<const Dataset> read_table(const ReadRequest& request, ReadReport*) {
  nb::object table;
  {
    const nb::gil_scoped_acquire held;
    std::vector<std::string> columns = request.quality;
    for (const auto* more : {&request.scores, &request.labels})
      columns.insert(columns.end(), more->begin(), more->end());
    for (const std::string* one : {&request.features, &request.length, &request.id, &request.text})
      if (!one->empty() && *one != "-") columns.push_back(*one);
    if (request.text.empty()) columns.insert(columns.end(), request.measures.begin(), request.measures.end());
    nb::list files, names;
    for (const std::string& file : request.files) files.append(file.c_str());
    for (const std::string& name : columns) names.append(name.c_str());
    table = nb::borrow(python::table_opener())(files, names);
  }
  python::Data data = python::from_stream(table, request, true);
  const nb::gil_scoped_acquire held;
  table.reset();
  return data.set;
}

ReadRequest all_columns(ReadRequest request) {
  return request;
}
DataSize table_size(const ReadRequest& request) {
  absent(request.files.empty() ? "a file" : request.files.front());
}
std::vector<FileStamp> stamp_files(const std::vector<std::string>&) {
  return {};
}
void check_unchanged(const std::vector<FileStamp>&) {}
void write_selection(const WholeFile& file, const Dataset&, std::span<const Index>, std::size_t,
                     std::span<const std::int32_t>, std::span<const float>,
                     const std::map<std::string, std::string>&) {
  absent(file.path());
}
SelectedRows read_selection(const std::string& path, const Dataset&) {
  absent(path);
}
std::map<std::string, std::string> read_selection_metadata(const std::string& path) {
  absent(path);
}
bool is_selection_file(const std::string&) {
  return false;
}
void write_problem(const std::string& path, const Problem&) {
  absent(path);
}
Selection read_answer(const std::string& path, const Problem&) {
  absent(path);
}

}  // namespace maskbench
