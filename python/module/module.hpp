// What the files of the module share: data held for Python, a problem with chosen rows, and how work is run.
#pragma once

#include <nanobind/nanobind.h>

#include <map>
#include <memory>
#include <string>

#include "datasets/readers/table_reader.hpp"
#include "experiments/jobs/choose.hpp"
#include "experiments/machine/job.hpp"

namespace nb = nanobind;

namespace maskbench::python {

using Dict = nb::typed<nb::dict, nb::str, nb::any>;  // as stubs have them
using List = nb::typed<nb::list, nb::any>;
using Tuple = nb::typed<nb::tuple, nb::any, nb::ellipsis>;

// A data set, and which of its columns had to be copied, and why.
struct Data {
  std::shared_ptr<const Dataset> set;
  std::map<std::string, std::string> copied;
};

// Runs work apart while Python looks at signals and `progress(phase, share)` is called; the GIL is free
// meanwhile. What `progress` or a signal's handler raises stops the work and is raised once that has ended.
void run_job(const std::function<void(const Watch&)>& work, const nb::object& progress);

// The Arrow C stream of a Python object.
Data from_stream(const nb::object& source, const ReadRequest& request, bool allow_copy);

ReadRequest request_of(const Dict& roles);

PyObject*& table_opener();

// Raises what an objective of Python's could not raise in a parallel loop.
void raise_kept(const Objective& objective);

void add_data(nb::module_& module);
void add_choose(nb::module_& module);
void add_registry(nb::module_& module);
void add_export(nb::module_& module);

}  // namespace maskbench::python
