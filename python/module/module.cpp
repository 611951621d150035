// maskbench._core: the library in this process. The package's Python files are its only callers.
#include "python/module/module.hpp"

#include <regex>
#include <utility>

#include "datasets/core/folders.hpp"
#include "experiments/machine/provenance.hpp"

#include <nanobind/stl/string.h>

namespace maskbench::python {
namespace {

// The library names options as the command line writes them; here they are arguments.
std::string worded(const char* text) {
  static const std::pair<std::regex, const char*> kWords[] = {
      {std::regex("--force insists"), "force=True insists"},
      {std::regex("--(rows|fraction|tokens|bytes|characters)\\b"), "budget="},
      {std::regex("--id\\b"), "ids="},
      {std::regex("--label\\b"), "labels="},
      {std::regex("--quota\\b"), "quotas="},
      {std::regex("--([a-z]+)-([a-z]+)\\b"), "$1_$2="},
      {std::regex("--([a-z]+)\\b"), "$1="},
  };
  std::string words = text;
  for (const auto& [option, argument] : kWords) words = std::regex_replace(words, option, argument);
  return words;
}

// Sets Python's error, with what the mistake is about as its attributes.
void raise(PyObject* type, const UserError& error) {
  const nb::object made = nb::steal(PyObject_CallFunction(type, "s", worded(error.what()).c_str()));
  if (!made.is_valid()) return;  // Python's own error stands
  const Mistake& mistake = error.mistake();
  for (const auto& [name, text] :
       {std::pair("where", mistake.where), std::pair("column", mistake.column),
        std::pair("given", mistake.given), std::pair("allowed", mistake.allowed)}) {
    if (!text.empty()) made.attr(name) = worded(text.c_str());
  }
  if (mistake.row) made.attr("row") = *mistake.row;
  PyErr_SetObject(type, made.ptr());
}

}  // namespace

void run_job(const std::function<void(const Watch&)>& work, const nb::object& progress) {
  const nb::gil_scoped_release free;
  run_apart(work, [&](Job& job) {
    const nb::gil_scoped_acquire held;
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
    if (!progress.is_none()) progress(job.phase(), job.progress());
  });
}

}  // namespace maskbench::python

NB_MODULE(_core, module) {
  using namespace maskbench;
  nb::set_leak_warnings(false);                    // what Python registers stays until the process ends
  static PyObject* user_error = PyExc_ValueError;  // until the package has made its own
  module.def("set_user_error", [](const nb::object& type) { user_error = type.inc_ref().ptr(); });
  nb::register_exception_translator([](const std::exception_ptr& thrown, void*) {
    try {
      std::rethrow_exception(thrown);
    } catch (const UserError& error) {
      python::raise(user_error, error);
    } catch (const Interrupted& error) {
      PyErr_SetString(PyExc_TimeoutError, error.what());
    }
  });
  module.def("set_folders", [](const std::string& root, const std::string& temporary) {
    set_repository_root(root);
    set_temporary_folder(temporary);
  });
  module.def("version", &program_version);
  python::add_data(module);
  python::add_choose(module);
  python::add_registry(module);
  python::add_export(module);
}
