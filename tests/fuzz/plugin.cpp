// The table of a plug-in, made of the input's bytes: versions, sizes, counts, texts of any length or none,
// functions that are missing; what is taken is described, made and asked.
#include "algorithms/core/plugin.hpp"

#include <fuzzer/FuzzedDataProvider.h>

#include <cstring>
#include <deque>
#include <vector>

#include "algorithms/core/problem.hpp"
#include "algorithms/core/selector.hpp"
#include "tests/fuzz/harness.hpp"

namespace {

using namespace maskbench;

// What the functions answer with: nothing of it can be passed to those that have no `self` yet.
struct Answers {
  bool creates = true;
  std::int32_t status = 0;
  maskbench_answer answer{};
  std::vector<std::int64_t> items;
  std::string text;
};
Answers answers;

void say(char* message, std::size_t size) {
  if (size > 0) message[answers.text.copy(message, size - 1)] = '\0';
}

class Maker {
 public:
  explicit Maker(std::string_view input)
      : bytes_(reinterpret_cast<const std::uint8_t*>(input.data()), input.size()) {}

  const maskbench_plugin* table() {
    if (one_in(50)) return nullptr;
    plugin_.abi_major = one_in(20) ? bytes_.ConsumeIntegral<std::uint32_t>() : MASKBENCH_ABI_MAJOR;
    plugin_.abi_minor = one_in(20) ? bytes_.ConsumeIntegral<std::uint32_t>() : MASKBENCH_ABI_MINOR;
    plugin_.struct_size = one_in(20) ? bytes_.ConsumeIntegral<std::uint32_t>() : sizeof plugin_;
    const int count = bytes_.ConsumeIntegralInRange(0, 3);
    selectors_.resize(count);
    for (maskbench_selector& selector : selectors_) fill(selector);
    plugin_.selectors = one_in(30) ? nullptr : selectors_.data();
    plugin_.selector_count = one_in(30) ? -1 : count;
    if (plugin_.selectors == nullptr) plugin_.selector_count = one_in(2) ? 1 : 0;
    answers.creates = !one_in(8);
    answers.status = one_in(4) ? bytes_.ConsumeIntegralInRange(-1, 3) : 0;
    answers.text = bytes_.ConsumeRandomLengthString(6000);
    answers.items.clear();
    for (int left = bytes_.ConsumeIntegralInRange(0, 8); left > 0; --left)
      answers.items.push_back(bytes_.ConsumeIntegral<std::int8_t>());
    answers.answer = {.struct_size = sizeof(maskbench_answer),
                      .items = one_in(10) ? nullptr : answers.items.data(),
                      .repeats = nullptr,
                      .score = nullptr,
                      .count = one_in(10) ? -1 : static_cast<std::int64_t>(answers.items.size()),
                      .why = bytes_.ConsumeIntegral<std::int8_t>()};
    return &plugin_;
  }

 private:
  bool one_in(int many) { return bytes_.ConsumeIntegralInRange(0, many - 1) == many - 1; }
  const char* text() {
    if (one_in(20)) return nullptr;
    if (one_in(20)) return texts_.emplace_back(5000, 'n').c_str();
    return texts_.emplace_back(bytes_.ConsumeRandomLengthString(40)).c_str();
  }
  const char* name() { return one_in(4) ? text() : "a_plugin"; }
  template <class Function>
  Function maybe(Function function) {
    return one_in(30) ? nullptr : function;
  }

  void fill(maskbench_selector& s) {
    s.struct_size = one_in(20) ? bytes_.ConsumeIntegral<std::uint32_t>() : sizeof s;
    s.key = name();
    s.summary = text();
    s.citation = text();
    s.traits = bytes_.ConsumeIntegral<std::uint32_t>();
    auto& fields = fields_.emplace_back(bytes_.ConsumeIntegralInRange(0, 3));
    for (maskbench_field& field : fields)
      field = {
          one_in(20) ? 0U : static_cast<std::uint32_t>(sizeof field), name(), text(), text(), text(), text()};
    s.fields = one_in(30) ? nullptr : fields.data();
    s.field_count =
        one_in(30) ? bytes_.ConsumeIntegralInRange(-3, 0) : static_cast<std::int64_t>(fields.size());
    s.create = maybe<decltype(s.create)>(
        [](const char* const*, const char* const*, std::int64_t, char* message, std::size_t size) -> void* {
          if (answers.creates) return &answers;
          say(message, size);
          return nullptr;
        });
    s.canonical = maybe<decltype(s.canonical)>([](const char* const*, const char* const*, std::int64_t,
                                                  char* text, std::size_t size) -> std::int32_t {
      say(text, size);
      return answers.status;
    });
    s.refuses = maybe<decltype(s.refuses)>(
        [](void*, const maskbench_problem*, char* reason, std::size_t size) -> std::int32_t {
          say(reason, size);
          return answers.status;
        });
    s.prepare = maybe<decltype(s.prepare)>(
        [](void*, const maskbench_problem*, char* message, std::size_t size) -> std::int32_t {
          say(message, size);
          return answers.status;
        });
    s.select = maybe<decltype(s.select)>([](void*, const maskbench_problem*, const maskbench_host*,
                                            maskbench_answer* answer, char* message,
                                            std::size_t size) -> std::int32_t {
      *answer = answers.answer;
      say(message, size);
      return answers.status;
    });
    s.scratch_bytes = maybe<decltype(s.scratch_bytes)>(
        [](void*, const maskbench_problem*) -> std::int64_t { return answers.status; });
    s.destroy = maybe<decltype(s.destroy)>([](void*) {});
  }

  FuzzedDataProvider bytes_;
  maskbench_plugin plugin_{};
  std::vector<maskbench_selector> selectors_;
  std::deque<std::vector<maskbench_field>> fields_;
  std::deque<std::string> texts_;
};

}  // namespace

MASKBENCH_FUZZ {
  Maker maker(input);
  SelectorRegistry registry("selector");
  registry.replace({.key = "taken", .file = "another.so"});
  register_plugin(registry, maker.table(), "fuzz.so");
  const auto data = fuzz::six_rows();
  const std::vector<Index> candidates{0, 1, 2, 3, 4};
  const Problem problem{*data, candidates, {}, {}, nullptr, {Unit::rows, 2, Fill::at_most}, {}};
  for (const auto& entry : registry.entries()) {
    if (entry.first == "taken") continue;
    MASKBENCH_CHECK(entry.first.size() <= 64 && entry.second.summary.size() <= 1000, "names fit into tables");
    fuzz::tried(input, [&] {
      const NamedSelector selector = registry.make(entry.first);
      selector->refuses(problem);
      selector->scratch_bytes(problem);
      selector->prepare(problem);
      RunContext context(0);
      try {
        const Selection selection = selector->select(problem, context);
        MASKBENCH_CHECK(static_cast<Index>(selection.items.size()) <= data->size(), "rows are counted");
      } catch (const std::runtime_error& error) {  // the method's fault: its cell fails
        fuzz::check_message(error.what(), input);
      }
    });
  }
}
