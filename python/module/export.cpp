// Columns of numpy and lists of strings as an Arrow C stream of one batch, so that an answer is a table
// wherever one is wanted, without a library for tables.
#include <nanobind/ndarray.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <array>
#include <cstring>
#include <utility>

#include "python/module/arrow_c.hpp"
#include "python/module/module.hpp"

namespace maskbench::python {
namespace {

struct Column {
  std::string name, format;  // as Arrow's
  std::vector<char> values;  // numbers, or characters
  std::vector<std::int64_t> offsets;
  std::vector<std::uint8_t> valid;  // bits; empty: all are
  std::int64_t nulls = 0;
};

struct Table {
  std::vector<Column> columns;
  std::string metadata;
  std::int64_t rows = 0;
  bool given = false;  // the one batch
};

template <class T>
void read_numbers(const nb::object& values, const char* format, Column& column, std::int64_t& rows) {
  const auto array = nb::cast<nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu>>(values);
  column.format = format;
  column.values.resize(array.shape(0) * sizeof(T));
  std::memcpy(column.values.data(), array.data(), column.values.size());
  rows = static_cast<std::int64_t>(array.shape(0));
}

Column column_of(const std::string& name, const nb::object& values, const nb::object& valid,
                 std::int64_t& rows) {
  Column column;
  column.name = name;
  if (nb::isinstance<nb::list>(values)) {
    column.format = "U";
    column.offsets.push_back(0);
    for (const auto& one : nb::cast<nb::list>(values)) {
      const auto text = nb::cast<std::string>(one);
      column.values.insert(column.values.end(), text.begin(), text.end());
      column.offsets.push_back(static_cast<std::int64_t>(column.values.size()));
    }
    rows = static_cast<std::int64_t>(column.offsets.size()) - 1;
  } else {
    const auto type = nb::cast<std::string>(values.attr("dtype").attr("name"));
    if (type == "int64")
      read_numbers<std::int64_t>(values, "l", column, rows);
    else if (type == "int32")
      read_numbers<std::int32_t>(values, "i", column, rows);
    else if (type == "float32")
      read_numbers<float>(values, "f", column, rows);
    else if (type == "float64")
      read_numbers<double>(values, "g", column, rows);
    else
      throw std::logic_error("column " + name + " of numpy type " + type);
  }
  if (valid.is_none()) return column;
  column.valid.resize(static_cast<std::size_t>(rows + 7) / 8);
  for (std::int64_t i = 0; i < rows; ++i) {
    if (nb::cast<bool>(valid[i]))
      column.valid[static_cast<std::size_t>(i / 8)] |= static_cast<std::uint8_t>(1u << (i % 8));
    else
      ++column.nulls;
  }
  return column;
}

void append_int(std::string& text, std::size_t value) {
  const auto number = static_cast<std::int32_t>(value);
  text.append(reinterpret_cast<const char*>(&number), sizeof number);
}

std::string metadata_of(const std::map<std::string, std::string>& pairs) {
  std::string text;
  append_int(text, pairs.size());
  for (const auto& [key, value] : pairs) {
    append_int(text, key.size());
    text += key;
    append_int(text, value.size());
    text += value;
  }
  return text;
}

using Shared = std::shared_ptr<Table>;

// Each struct keeps the table alive by itself, since a consumer may move children out of their parent.
template <class Struct, class Parts>
void release_leaf(Struct* leaf) {
  delete static_cast<Parts*>(leaf->private_data);
  leaf->release = nullptr;
}
template <class Struct, class Parts>
void release_whole(Struct* whole) {
  for (std::int64_t i = 0; i < whole->n_children; ++i) {
    if (whole->children[i]->release != nullptr) whole->children[i]->release(whole->children[i]);
  }
  release_leaf<Struct, Parts>(whole);
}

template <class Struct>
struct Whole {
  explicit Whole(std::size_t size) : children(size) {
    for (Struct& child : children) pointers.push_back(&child);
  }
  std::vector<Struct> children;
  std::vector<Struct*> pointers;
  const void* no_buffer[1] = {nullptr};
};

struct Leaf {
  Shared table;
  std::array<const void*, 3> buffers;
};

void export_schema(const Shared& table, ArrowSchema* out) {
  constexpr std::int64_t kNullable = 2;
  struct Root : Whole<ArrowSchema> {
    Root(const Shared& kept, std::size_t size) : Whole(size), table(kept) {}
    Shared table;
  };
  auto* root = new Root(table, table->columns.size());
  for (std::size_t i = 0; i < table->columns.size(); ++i) {
    const Column& column = table->columns[i];
    ArrowSchema& child = root->children[i];
    child = {};
    child.format = column.format.c_str();
    child.name = column.name.c_str();
    child.flags = column.nulls > 0 ? kNullable : 0;
    child.release = release_leaf<ArrowSchema, Leaf>;
    child.private_data = new Leaf{table, {}};
  }
  *out = {};
  out->format = "+s";
  out->name = "";
  out->metadata = table->metadata.c_str();
  out->n_children = static_cast<std::int64_t>(root->pointers.size());
  out->children = root->pointers.data();
  out->release = release_whole<ArrowSchema, Root>;
  out->private_data = root;
}

void export_batch(const Shared& table, ArrowArray* out) {
  auto* root = new Whole<ArrowArray>(table->columns.size());
  for (std::size_t i = 0; i < table->columns.size(); ++i) {
    const Column& column = table->columns[i];
    const bool text = column.format == "U";
    auto* leaf = new Leaf{table,
                          {column.valid.empty() ? nullptr : column.valid.data(),
                           text ? static_cast<const void*>(column.offsets.data()) : column.values.data(),
                           text ? column.values.data() : nullptr}};
    ArrowArray& child = root->children[i];
    child = {};
    child.length = table->rows;
    child.null_count = column.nulls;
    child.n_buffers = text ? 3 : 2;
    child.buffers = leaf->buffers.data();
    child.release = release_leaf<ArrowArray, Leaf>;
    child.private_data = leaf;
  }
  *out = {};
  out->length = table->rows;
  out->n_buffers = 1;
  out->buffers = root->no_buffer;
  out->n_children = static_cast<std::int64_t>(root->pointers.size());
  out->children = root->pointers.data();
  out->release = release_whole<ArrowArray, Whole<ArrowArray>>;
  out->private_data = root;
}

Shared& table_of(ArrowArrayStream* stream) {
  return *static_cast<Shared*>(stream->private_data);
}

nb::object arrow_stream(const std::vector<Tuple>& columns,
                        const std::map<std::string, std::string>& metadata) {
  const auto table = std::make_shared<Table>();
  table->metadata = metadata_of(metadata);
  for (const Tuple& one : columns)
    table->columns.push_back(column_of(nb::cast<std::string>(one[0]), one[1], one[2], table->rows));
  auto* stream = new ArrowArrayStream{};
  stream->private_data = new Shared(table);
  stream->get_schema = [](ArrowArrayStream* self, ArrowSchema* out) {
    export_schema(table_of(self), out);
    return 0;
  };
  stream->get_next = [](ArrowArrayStream* self, ArrowArray* out) {
    *out = {};
    if (!std::exchange(table_of(self)->given, true)) export_batch(table_of(self), out);
    return 0;
  };
  stream->get_last_error = [](ArrowArrayStream*) -> const char* { return nullptr; };
  stream->release = [](ArrowArrayStream* self) {
    delete static_cast<Shared*>(self->private_data);
    self->release = nullptr;
  };
  return nb::capsule(stream, "arrow_array_stream", [](void* memory) noexcept {
    auto* mine = static_cast<ArrowArrayStream*>(memory);
    if (mine->release != nullptr) mine->release(mine);
    delete mine;
  });
}

}  // namespace

void add_export(nb::module_& module) {
  module.def("arrow_stream", &arrow_stream, nb::arg("columns"), nb::arg("metadata"));
}

}  // namespace maskbench::python
