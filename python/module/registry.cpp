// What there is, and selectors and objectives written in Python.
#include <nanobind/ndarray.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <omp.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "algorithms/core/quality.hpp"
#include "algorithms/objectives/from_value.hpp"
#include "experiments/jobs/listing.hpp"
#include "python/module/module.hpp"

namespace maskbench::python {
namespace {

template <class T>
nb::object view_of(const T* data, std::size_t count) {
  const std::size_t shape[1] = {count};
  return nb::cast(nb::ndarray<nb::numpy, const T>(data, 1, shape, nb::none()), nb::rv_policy::reference);
}

nb::object rows_view(MatrixView rows) {
  const std::size_t shape[2] = {static_cast<std::size_t>(rows.rows), static_cast<std::size_t>(rows.cols)};
  const std::int64_t strides[2] = {rows.stride, 1};
  return nb::cast(nb::ndarray<nb::numpy, const float>(rows.data, 2, shape, nb::none(), strides),
                  nb::rv_policy::reference);
}

nb::object features_of(const Dataset& data) {
  return data.dims() == 0 ? nb::none() : rows_view(data.features());
}

nb::dict values_of(const Arguments& arguments) {
  nb::dict values;
  for (const auto& [name, text] : arguments) values[name.c_str()] = text;
  return values;
}

// Calls function(features, quality, candidates, rows, seed, arguments); views last as long as the call.
class PythonSelector final : public Selector {
 public:
  PythonSelector(PyObject* function, Arguments arguments)
      : function_(function), arguments_(std::move(arguments)) {}

  Selection select(const Problem& problem, RunContext& context) override {
    const nb::gil_scoped_acquire held;
    const nb::object quality =
        problem.quality.empty() ? nb::none() : view_of(problem.quality.data(), problem.quality.size());
    const nb::object answer = nb::borrow(function_)(
        features_of(problem.data), quality, view_of(problem.candidates.data(), problem.candidates.size()),
        problem.rows_to_pick(), context.seed(), values_of(arguments_));
    Selection selection;
    selection.items = nb::cast<std::vector<Index>>(answer);
    return selection;
  }
  std::int64_t scratch_bytes(const Problem&) const override { return 0; }  // nobody knows

 private:
  PyObject* function_;
  Arguments arguments_;
};

// value() calls function(features, quality, rows). An error inside a parallel loop is raised by the next
// call, or by raise_kept().
class PythonObjective final : public ObjectiveFromValue {
 public:
  PythonObjective(PyObject* function, const ObjectiveInput& input) : function_(function), data_(input.data) {
    if (!input.quality_columns.empty())
      quality_ = merge_quality(input.data, input.quality_columns, Merge::minmax);
  }
  std::span<const double> quality() const override { return quality_; }
  double value(std::span<const Index> items, std::optional<Index>) const override {
    const nb::gil_scoped_acquire held;
    raise();
    try {
      const nb::object quality = quality_.empty() ? nb::none() : view_of(quality_.data(), quality_.size());
      return nb::cast<double>(
          nb::borrow(function_)(features_of(data_), quality, view_of(items.data(), items.size())));
    } catch (nb::python_error& error) {
      if (omp_get_level() == 0) throw;
      error_.emplace(std::move(error));  // nothing may leave a parallel loop
      return std::numeric_limits<double>::quiet_NaN();
    }
  }
  // What went wrong in a parallel loop; under the GIL.
  void raise() const {
    if (!error_) return;
    nb::python_error error(*std::move(error_));
    error_.reset();
    throw std::move(error);
  }
  double oracle_work(Index rows) const override {
    return static_cast<double>(rows) * static_cast<double>(std::max<Index>(data_.dims(), 1));
  }

 private:
  PyObject* function_;
  const Dataset& data_;
  std::vector<double> quality_;
  mutable std::optional<nb::python_error> error_;
};

FieldInfo field_of(const nb::tuple& field) {  // (name, type, default as text, meaning)
  return {nb::cast<std::string>(field[0]),
          nb::cast<std::string>(field[1]),
          nb::cast<std::string>(field[2]),
          {},
          nb::cast<std::string>(field[3])};
}

// Names and types; what is left out keeps its default.
Arguments checked(const std::string& owner, const std::vector<FieldInfo>& fields, const Arguments& given) {
  Arguments different;
  for (const auto& [name, text] : given) {
    const auto found = std::find_if(fields.begin(), fields.end(),
                                    [&](const FieldInfo& field) { return field.name == name; });
    if (found == fields.end()) detail::unknown_parameter(owner, name, fields);
    if (found->type == "bool") detail::read_bool(owner, *found, text);
    if (found->type == "integer") detail::read_integer(owner, *found, text);
    if (found->type == "number") detail::read_number(owner, *found, text);
    if (text != found->standard) different[name] = text;
  }
  return different;
}

// A function stays as long as the process: the registry outlives the interpreter.
PyObject* for_ever(nb::object function) {
  return function.release().ptr();
}

template <class Entry>
Entry entry_of(const std::string& kind, const std::string& key, const std::string& summary,
               const List& fields) {
  if (key.empty() || !std::all_of(key.begin(), key.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
      }))
    throw UserError(kind + " \"" + key + "\": a name has letters, digits and _ only");
  Entry entry;
  entry.key = key;
  entry.summary = summary;
  entry.file = "python";
  for (const auto& field : fields) entry.fields.push_back(field_of(nb::cast<nb::tuple>(field)));
  entry.canonical = [owner = kind + " " + key, known = entry.fields](const Arguments& given) {
    return checked(owner, known, given);
  };
  return entry;
}

void register_selector(const std::string& key, const std::string& summary, const List& fields,
                       nb::object function) {
  auto entry = entry_of<SelectorRegistry::Entry>("selector", key, summary, fields);
  entry.traits = {.stochastic = true, .rows_only = true, .no_quotas = true};
  entry.make = [kept = for_ever(std::move(function)), check = entry.canonical](const Arguments& given) {
    return std::make_unique<PythonSelector>(kept, check(given));
  };
  selectors().replace(std::move(entry));
}

void register_objective(const std::string& key, const std::string& summary, nb::object function) {
  auto entry = entry_of<ObjectiveRegistry::Entry>("objective", key, summary, nb::list());
  entry.traits.advised = kLastSelector;
  entry.make = [kept = for_ever(std::move(function)), check = entry.canonical](const Arguments& given,
                                                                               const ObjectiveInput& input) {
    check(given);
    return std::make_unique<PythonObjective>(kept, input);
  };
  objectives().replace(std::move(entry));
}

}  // namespace

void raise_kept(const Objective& objective) {
  if (const auto* ours = dynamic_cast<const PythonObjective*>(&objective)) ours->raise();
}

void add_registry(nb::module_& module) {
  module.def(
      "listing",
      [](const std::string& kind, const std::string& key) { return write_json(listing(kind, key)); },
      nb::arg("kind"), nb::arg("key") = "");
  module.def("parameters_of", [](const std::string& text) { return parse_spec(text).arguments; });
  module.def("register_selector", &register_selector, nb::arg("key"), nb::arg("summary"), nb::arg("fields"),
             nb::arg("function"));
  module.def("register_objective", &register_objective, nb::arg("key"), nb::arg("summary"),
             nb::arg("function"));
  module.def("set_table_opener", [](nb::object opener) { table_opener() = for_ever(std::move(opener)); });
}

}  // namespace maskbench::python
