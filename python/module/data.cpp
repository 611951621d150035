// Data sets out of arrays and tables of Python's, where they lie.
#include <nanobind/ndarray.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "datasets/core/source_registry.hpp"
#include "python/module/module.hpp"

namespace maskbench::python {
namespace {

using Rows = nb::ndarray<const float, nb::ndim<2>, nb::device::cpu>;
using Floats = nb::ndarray<const float, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Integers = nb::ndarray<const std::int32_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

// Keeps an array alive; let go under the GIL, on whatever thread that is.
template <class Array>
std::shared_ptr<const void> owner_of(const Array& array) {
  return {new Array(array), [](const void* kept) {
            const nb::gil_scoped_acquire held;
            delete static_cast<const Array*>(kept);
          }};
}

template <class T, class Array>
Borrowed<T> borrowed(const Array& array) {
  return {{array.data(), array.shape(0)}, owner_of(array)};
}

// Arrays that Python has brought to the types of the library.
Data from_arrays(const std::string& name, Index size, const nb::object& features, const Dict& scores,
                 const Dict& labels, const Dict& sizes, const std::vector<std::string>& ids,
                 const std::vector<std::string>& quality, bool unit_rows, bool allow_copy,
                 const nb::object& progress) {
  DatasetBuilder builder(name, size);
  Data data;
  if (!features.is_none()) {
    const auto rows = nb::cast<Rows>(features);
    if (rows.stride(1) != 1 && rows.shape(1) > 1)
      throw UserError("features: the numbers of a row must lie side by side (C order)");
    const MatrixView view{rows.data(), static_cast<Index>(rows.shape(0)), static_cast<Index>(rows.shape(1)),
                          static_cast<Index>(rows.stride(0))};
    const std::shared_ptr<const void> owner = owner_of(rows);
    bool as_it_is = true;
    run_job(
        [&](const Watch& watch) {
          const Watching scope(watch, "read");
          as_it_is = builder.features("features", view, owner, unit_rows);
        },
        progress);
    if (!as_it_is) data.copied["features"] = "rows are not of unit norm";
    if (!as_it_is && !allow_copy)
      throw UserError(
          "features would be copied, since rows are not of unit norm; allow_copy=False forbids it");
  }
  for (const auto& [column, values] : scores)
    builder.score(nb::cast<std::string>(column), borrowed<float>(nb::cast<Floats>(values)));
  for (const auto& [column, values] : labels)
    builder.label(nb::cast<std::string>(column), borrowed<std::int32_t>(nb::cast<Integers>(values)));
  for (const auto& [measure, values] : sizes)
    builder.sizes(nb::cast<std::string>(measure), nb::cast<std::string>(measure),
                  borrowed<std::int32_t>(nb::cast<Integers>(values)));
  if (!ids.empty()) builder.ids("ids", ids);
  builder.quality_columns(quality);
  data.set = builder.build();
  return data;
}

Data load(const std::string& text, const nb::object& progress) {
  Data data;
  run_job(
      [&](const Watch& watch) {
        const Watching scope(watch, "read");
        const auto source = sources().make(parse_spec(text));
        if (const auto reason = source->refuses()) throw UserError("data set " + text + ": " + *reason);
        data.set = source->load();
      },
      progress);
  return data;
}

template <class Map>
std::vector<std::string> keys(const Map& map) {
  std::vector<std::string> all;
  for (const auto& one : map) all.push_back(one.first);
  return all;
}

std::string digest(const Data& data) {
  std::string digest;
  run_job([&](const Watch&) { digest = data.set->digest(); }, nb::none());
  return digest;
}

nb::object row_ids(const Data& data, const std::vector<Index>& rows) {
  if (!data.set->has_ids()) return nb::none();
  nb::list ids;
  for (const Index row : rows) {
    if (row < 0 || row >= data.set->size())
      throw UserError("row " + std::to_string(row) + " is not in 0 to " +
                      std::to_string(data.set->size() - 1));
    ids.append(std::string(data.set->id(row)));
  }
  return ids;
}

}  // namespace

ReadRequest request_of(const Dict& roles) {
  ReadRequest request;
  const auto text = [&](const char* key, std::string& to) {
    if (roles.contains(key)) to = nb::cast<std::string>(roles[key]);
  };
  const auto list = [&](const char* key, std::vector<std::string>& to) {
    if (roles.contains(key)) to = nb::cast<std::vector<std::string>>(roles[key]);
  };
  text("name", request.name);
  text("features", request.features);
  text("length", request.length);
  text("id", request.id);
  text("text", request.text);
  list("quality", request.quality);
  list("scores", request.scores);
  list("labels", request.labels);
  list("measures", request.measures);
  if (roles.contains("unit_rows")) request.unit_rows = nb::cast<bool>(roles["unit_rows"]);
  if (roles.contains("features_optional"))
    request.features_optional = nb::cast<bool>(roles["features_optional"]);
  return request;
}

void add_data(nb::module_& module) {
  nb::class_<Data>(module, "Data")
      .def_prop_ro("rows", [](const Data& data) { return data.set->size(); })
      .def_prop_ro("dims", [](const Data& data) { return data.set->dims(); })
      .def_prop_ro("name", [](const Data& data) { return data.set->name(); })
      .def_prop_ro("digest", &digest)
      .def_prop_ro("quality", [](const Data& data) { return data.set->quality_columns(); })
      .def_prop_ro("scores", [](const Data& data) { return keys(data.set->parts().scores); })
      .def_prop_ro("labels", [](const Data& data) { return keys(data.set->parts().labels); })
      .def_prop_ro("has_ids", [](const Data& data) { return data.set->has_ids(); })
      .def_ro("copied", &Data::copied)
      .def_prop_ro(
          "address",
          [](const Data& data) { return reinterpret_cast<std::uintptr_t>(data.set->parts().features.data); })
      .def("ids", &row_ids, nb::arg("rows"));
  module.def("from_arrays", &from_arrays, nb::arg("name"), nb::arg("size"), nb::arg("features").none(),
             nb::arg("scores"), nb::arg("labels"), nb::arg("sizes"), nb::arg("ids"), nb::arg("quality"),
             nb::arg("unit_rows"), nb::arg("allow_copy"), nb::arg("progress").none());
  module.def(
      "from_stream",
      [](const nb::object& source, const Dict& roles, bool allow_copy, const nb::object& progress) {
        const ReadRequest request = request_of(roles);
        Data data;
        run_job(
            [&](const Watch& watch) {
              const Watching scope(watch, "read");
              data = from_stream(source, request, allow_copy);
            },
            progress);
        return data;
      },
      nb::arg("source"), nb::arg("roles"), nb::arg("allow_copy"), nb::arg("progress").none());
  module.def("load", &load, nb::arg("text"), nb::arg("progress").none());
}

}  // namespace maskbench::python
