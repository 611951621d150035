#include "datasets/readers/arrow_columns.hpp"

#include <limits>
#include <type_traits>

#include "datasets/readers/half.hpp"

namespace maskbench {
namespace {

using arrow::Type;

template <class Array>
auto value_at(const Array& values, Index i) {
  if constexpr (std::is_same_v<Array, arrow::HalfFloatArray>)
    return float_of_half(values.Value(i));
  else
    return values.Value(i);
}

// Calls visit with the array as what it is; false where it holds no numbers.
template <class Visit>
bool visit_floats(const arrow::Array& values, Visit&& visit) {
  switch (values.type_id()) {
    case Type::HALF_FLOAT:
      visit(static_cast<const arrow::HalfFloatArray&>(values));
      return true;
    case Type::FLOAT:
      visit(static_cast<const arrow::FloatArray&>(values));
      return true;
    case Type::DOUBLE:
      visit(static_cast<const arrow::DoubleArray&>(values));
      return true;
    default:
      return false;
  }
}

template <class Visit>
bool visit_integers(const arrow::Array& values, Visit&& visit) {
  switch (values.type_id()) {
    case Type::BOOL:
      visit(static_cast<const arrow::BooleanArray&>(values));
      return true;
    case Type::INT8:
      visit(static_cast<const arrow::Int8Array&>(values));
      return true;
    case Type::INT16:
      visit(static_cast<const arrow::Int16Array&>(values));
      return true;
    case Type::INT32:
      visit(static_cast<const arrow::Int32Array&>(values));
      return true;
    case Type::INT64:
      visit(static_cast<const arrow::Int64Array&>(values));
      return true;
    case Type::UINT8:
      visit(static_cast<const arrow::UInt8Array&>(values));
      return true;
    case Type::UINT16:
      visit(static_cast<const arrow::UInt16Array&>(values));
      return true;
    case Type::UINT32:
      visit(static_cast<const arrow::UInt32Array&>(values));
      return true;
    case Type::UINT64:
      visit(static_cast<const arrow::UInt64Array&>(values));
      return true;
    default:
      return false;
  }
}

template <class Visit>
bool visit_strings(const arrow::Array& values, Visit&& visit) {
  switch (values.type_id()) {
    case Type::STRING:
      visit(static_cast<const arrow::StringArray&>(values));
      return true;
    case Type::LARGE_STRING:
      visit(static_cast<const arrow::LargeStringArray&>(values));
      return true;
    case Type::STRING_VIEW:
      visit(static_cast<const arrow::StringViewArray&>(values));
      return true;
    default:
      return false;
  }
}

// The lists of a column and the array behind them: visit(lists, values).
template <class Visit>
void visit_lists(const arrow::Array& lists, Visit&& visit) {
  const auto one = [&](const auto& typed) { visit(typed, *typed.values()); };
  if (lists.type_id() == Type::LIST)
    one(static_cast<const arrow::ListArray&>(lists));
  else if (lists.type_id() == Type::LARGE_LIST)
    one(static_cast<const arrow::LargeListArray&>(lists));
  else
    one(static_cast<const arrow::FixedSizeListArray&>(lists));
}

std::int64_t as_int64(std::uint64_t value, const ReadPlace& place, Index offset) {
  if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    place.fail(offset, std::to_string(value) + " does not fit a 64-bit integer");
  }
  return static_cast<std::int64_t>(value);
}
std::int64_t as_int64(std::int64_t value, const ReadPlace&, Index) {
  return value;
}

void refuse_nulls(const arrow::Array& values, const ReadPlace& place) {
  if (values.null_count() == 0) return;
  for (Index i = 0; i < values.length(); ++i) {
    if (values.IsNull(i)) place.fail(i, "null; every row needs a value");
  }
}

template <class T>
std::int64_t read_integer(const T& typed, Index i, const ReadPlace& place, Index offset) {
  using Wide = std::conditional_t<std::is_same_v<T, arrow::UInt64Array>, std::uint64_t, std::int64_t>;
  return as_int64(static_cast<Wide>(typed.Value(i)), place, offset);
}

void append_scores(Gathered& column, const arrow::Array& values) {
  const auto all = [&](const auto& typed) {
    for (Index i = 0; i < typed.length(); ++i)
      column.floats.push_back(static_cast<float>(value_at(typed, i)));
  };
  MASKBENCH_CHECK(visit_floats(values, all) || visit_integers(values, all), "the type fits a score");
  column.rows += values.length();
}

void append_strings(Gathered& column, const arrow::Array& values, const ReadPlace& place) {
  if (values.type_id() != Type::DICTIONARY) {
    visit_strings(values, [&](const auto& typed) {
      for (Index i = 0; i < typed.length(); ++i) column.append_string(typed.GetView(i), place, i);
    });
    return;
  }
  const auto& coded = static_cast<const arrow::DictionaryArray&>(values);
  visit_strings(*coded.dictionary(), [&](const auto& typed) {
    for (Index i = 0; i < coded.length(); ++i) {
      const Index code = coded.GetValueIndex(i);
      if (code < 0 || code >= typed.length() || typed.IsNull(code))
        place.fail(i, "null; every row needs a value");
      column.append_string(typed.GetView(code), place, i);
    }
  });
}

// Rows of one length; their values lie end to end, so that float32 is copied as it lies.
void append_lists(Gathered& column, const arrow::Array& lists, const ReadPlace& place) {
  visit_lists(lists, [&](const auto& typed, const arrow::Array& values) {
    for (Index i = 0; i < typed.length(); ++i)
      column.set_cols(static_cast<Index>(typed.value_length(i)), place, i);
    if (typed.length() == 0) return;
    const Index first = static_cast<Index>(typed.value_offset(0));
    const Index count = typed.length() * column.cols;
    MASKBENCH_CHECK(static_cast<Index>(typed.value_offset(typed.length() - 1)) == first + count - column.cols,
                    "lists of one length lie end to end");
    if (values.null_count() > 0) {
      for (Index i = 0; i < count; ++i) {
        if (values.IsNull(first + i)) place.fail(i / column.cols, "a null inside the list");
      }
    }
    const auto copy = [&](const auto& numbers) {
      if constexpr (std::is_same_v<std::decay_t<decltype(numbers)>, arrow::FloatArray>) {
        column.floats.insert(column.floats.end(), numbers.raw_values() + first,
                             numbers.raw_values() + first + count);
      } else {
        for (Index i = first; i < first + count; ++i)
          column.floats.push_back(static_cast<float>(value_at(numbers, i)));
      }
    };
    if (visit_floats(values, copy)) return;
    visit_integers(values, [&](const auto& numbers) {
      for (Index i = 0; i < count; ++i) {
        const std::int64_t value = read_integer(numbers, first + i, place, i / column.cols);
        if (value != static_cast<std::int32_t>(value)) {
          place.fail(i / column.cols, std::to_string(value) + " does not fit a 32-bit integer");
        }
        column.integers.push_back(static_cast<std::int32_t>(value));
      }
    });
  });
  column.rows += lists.length();
}

const arrow::DataType* list_values(const arrow::DataType& type) {
  const bool list =
      type.id() == Type::LIST || type.id() == Type::LARGE_LIST || type.id() == Type::FIXED_SIZE_LIST;
  return list ? static_cast<const arrow::BaseListType&>(type).value_type().get() : nullptr;
}

bool holds_floats(const arrow::DataType& type) {
  return type.id() == Type::HALF_FLOAT || type.id() == Type::FLOAT || type.id() == Type::DOUBLE;
}

bool holds_integers(const arrow::DataType& type) {
  return arrow::is_integer(type.id());
}

bool holds_strings(const arrow::DataType& type) {
  if (type.id() == Type::DICTIONARY)
    return holds_strings(*static_cast<const arrow::DictionaryType&>(type).value_type());
  return type.id() == Type::STRING || type.id() == Type::LARGE_STRING || type.id() == Type::STRING_VIEW;
}

}  // namespace

bool is_list_of_floats(const arrow::DataType& type) {
  const arrow::DataType* values = list_values(type);
  return values != nullptr && holds_floats(*values);
}

bool same_type(const arrow::DataType& left, const arrow::DataType& right) {
  const arrow::DataType* left_values = list_values(left);
  const arrow::DataType* right_values = list_values(right);
  if (left_values == nullptr || right_values == nullptr) return left.Equals(right);
  const bool fixed = left.id() == Type::FIXED_SIZE_LIST;
  return left.id() == right.id() && same_type(*left_values, *right_values) &&
         (!fixed || static_cast<const arrow::FixedSizeListType&>(left).list_size() ==
                        static_cast<const arrow::FixedSizeListType&>(right).list_size());
}

bool fits(Role role, const arrow::DataType& type) {
  switch (role) {
    case Role::features:
      return is_list_of_floats(type);
    case Role::score:
      return holds_floats(type) || holds_integers(type) || type.id() == Type::BOOL;
    case Role::label:
      return holds_integers(type) || type.id() == Type::BOOL || holds_strings(type);
    case Role::size:
      return holds_integers(type);
    case Role::matrix:
      return is_list_of_floats(type) || (list_values(type) != nullptr && holds_integers(*list_values(type)));
    case Role::id:
      return holds_integers(type) || holds_strings(type);
    case Role::text:
      return holds_strings(type);
  }
  return false;
}

const char* types_of(Role role) {
  switch (role) {
    case Role::features:
      return "features are lists of float16, float32 or float64";
    case Role::score:
      return "a score is a float, an integer or a bool";
    case Role::label:
      return "a label is an integer, a bool or a string";
    case Role::size:
      return "a length is an integer";
    case Role::matrix:
      return "a matrix is made of lists of floats or of integers";
    case Role::id:
      return "an id is a string or an integer";
    case Role::text:
      return "text is a string";
  }
  return "";
}

void append(Gathered& column, const arrow::Array& values, const ReadPlace& place) {
  refuse_nulls(values, place);
  switch (column.role) {
    case Role::features:
    case Role::matrix:
      append_lists(column, values, place);
      break;
    case Role::score:
      append_scores(column, values);
      break;
    case Role::label:
    case Role::size:
    case Role::id:
    case Role::text:
      if (visit_integers(values, [&](const auto& typed) {
            for (Index i = 0; i < typed.length(); ++i)
              column.append_integer(read_integer(typed, i, place, i), place, i);
          })) {
        break;
      }
      append_strings(column, values, place);
      break;
  }
}

void append_integers(std::vector<std::int64_t>& all, const arrow::Array& values, const ReadPlace& place) {
  refuse_nulls(values, place);
  visit_integers(values, [&](const auto& typed) {
    for (Index i = 0; i < typed.length(); ++i) all.push_back(read_integer(typed, i, place, i));
  });
}

}  // namespace maskbench
