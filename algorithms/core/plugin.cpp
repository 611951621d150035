#include "algorithms/core/plugin.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <bit>
#include <filesystem>
#include <set>
#include <string_view>

#include "algorithms/core/plugin_host.hpp"
#include "algorithms/core/selector.hpp"
#include "algorithms/core/whole_elf.hpp"

namespace maskbench {
namespace {

constexpr std::size_t kMessage = 4096;  // bytes of a plug-in's message
// What a table may bring: enough for any, and little enough for a line of a listing.
constexpr std::int64_t kMostSelectors = 1000, kMostFields = 100;
constexpr std::size_t kLongestName = 64, kLongestText = 1000;  // bytes

struct Texts {  // arguments as the C interface takes them
  std::vector<const char*> names, values;
  explicit Texts(const Arguments& arguments) {
    for (const auto& [name, value] : arguments) {
      names.push_back(name.c_str());
      values.push_back(value.c_str());
    }
  }
  auto count() const { return static_cast<std::int64_t>(names.size()); }
};

class PluginSelector final : public Selector {
 public:
  PluginSelector(const maskbench_selector& table, const Arguments& arguments) : table_(table) {
    const Texts texts(arguments);
    std::string message(kMessage, '\0');
    self_ =
        table_.create(texts.names.data(), texts.values.data(), texts.count(), message.data(), message.size());
    if (self_ == nullptr) throw UserError(said(message));
  }
  ~PluginSelector() override { table_.destroy(self_); }
  PluginSelector(const PluginSelector&) = delete;
  PluginSelector& operator=(const PluginSelector&) = delete;

  std::optional<std::string> refuses(const Problem& problem) const override {
    const HostProblem host(problem);
    std::string reason(kMessage, '\0');
    if (table_.refuses(self_, host.table(), reason.data(), reason.size()) == 0) return std::nullopt;
    return said(reason);
  }

  void prepare(const Problem& problem) override {
    const HostProblem host(problem);
    std::string message(kMessage, '\0');
    if (table_.prepare(self_, host.table(), message.data(), message.size()) != 0)
      throw UserError(said(message));
  }

  Selection select(const Problem& problem, RunContext& context) override {
    const HostProblem host(problem);
    const maskbench_host callbacks = host_callbacks(context);
    maskbench_answer answer{};
    answer.struct_size = sizeof answer;
    std::string message(kMessage, '\0');
    const std::int32_t status =
        table_.select(self_, host.table(), &callbacks, &answer, message.data(), message.size());
    if (status == 1) throw UserError(said(message));
    const auto failed = [&](const std::string& what) {
      return std::runtime_error("selector " + std::string(table_.key) + what);
    };
    if (status != 0) throw failed(": " + said(message));
    if (answer.count < 0 || answer.count > problem.data.size())  // before they are read
      throw failed(" answered " + std::to_string(answer.count) + " rows of " +
                   std::to_string(problem.data.size()));
    if (answer.count > 0 && answer.items == nullptr)
      throw failed(" answered " + std::to_string(answer.count) + " rows without giving them");
    if (answer.why < 0 || answer.why > static_cast<std::int32_t>(Stop::interrupted))
      throw failed(" says it stopped for reason " + std::to_string(answer.why) + "; allowed: 0 to 3");
    Selection selection;
    selection.items.assign(answer.items, answer.items + answer.count);
    if (answer.repeats != nullptr) selection.repeats.assign(answer.repeats, answer.repeats + answer.count);
    if (answer.score != nullptr) selection.score.assign(answer.score, answer.score + answer.count);
    selection.why = static_cast<Stop>(answer.why);
    return selection;
  }

  std::int64_t scratch_bytes(const Problem& problem) const override {
    const HostProblem host(problem);
    return std::max<std::int64_t>(0, table_.scratch_bytes(self_, host.table()));
  }

 private:
  std::string said(const std::string& message) const {
    const std::string text = message.c_str();  // up to its 0
    return text.empty() ? "selector " + std::string(table_.key) + " gave no reason" : text;
  }

  const maskbench_selector& table_;
  void* self_ = nullptr;
};

SelectorTraits traits_of(std::uint32_t bits) {
  const auto has = [bits](std::uint32_t bit) { return (bits & bit) != 0; };
  return {.stochastic = has(maskbench_stochastic),
          .may_stop_early = has(maskbench_may_stop_early),
          .repeats = has(maskbench_repeats),
          .rows_only = has(maskbench_rows_only),
          .no_quotas = has(maskbench_no_quotas),
          .no_kept = has(maskbench_no_kept),
          .host_arithmetic = has(maskbench_host_arithmetic),
          .needs_features = has(maskbench_needs_features),
          .needs_quality = has(maskbench_needs_quality),
          .needs_objective = has(maskbench_needs_objective)};
}

SelectorRegistry::Entry entry_of(const maskbench_selector& table, const std::string& path) {
  SelectorRegistry::Entry entry;
  entry.key = table.key;
  entry.summary = table.summary;
  entry.citation = table.citation;
  entry.file = path;
  entry.traits = traits_of(table.traits);
  for (std::int64_t i = 0; i < table.field_count; ++i) {
    const maskbench_field& field = table.fields[i];
    entry.fields.push_back({field.name,
                            field.type,
                            field.standard,
                            {},
                            std::string(field.meaning) + " (" + field.allowed + ")"});
  }
  entry.make = [&table](const Arguments& arguments) {
    return std::make_unique<PluginSelector>(table, arguments);
  };
  entry.canonical = [&table](const Arguments& arguments) {
    const Texts texts(arguments);
    std::string text(kMessage, '\0');
    if (table.canonical(texts.names.data(), texts.values.data(), texts.count(), text.data(), text.size()) !=
        0) {
      throw UserError(*text.c_str() != 0 ? text.c_str()
                                         : "selector " + std::string(table.key) + " gave no reason");
    }
    return parse_spec(std::string(table.key) + "[" + text.c_str() + "]").arguments;
  };
  return entry;
}

bool is_short_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && text.front() >= 'a' && text.front() <= 'z' &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

// Looks at every text and function of a table before any of it is kept.
class TableCheck {
 public:
  TableCheck(const maskbench_plugin& table, const std::string& path) : table_(table), path_(path) {}

  void check() const {
    const std::int64_t count = table_.selector_count;
    if (count < 0 || count > kMostSelectors)
      fail("it brings " + std::to_string(count) + " selectors; allowed: 0 to " +
           std::to_string(kMostSelectors));
    if (count > 0 && table_.selectors == nullptr)
      fail("it counts " + std::to_string(count) + " selectors and has no table of them");
    std::set<std::string> keys;
    for (std::int64_t i = 0; i < count; ++i) {
      check_selector(table_.selectors[i], "selector " + std::to_string(i));
      if (!keys.insert(table_.selectors[i].key).second)
        fail("selector \"" + std::string(table_.selectors[i].key) + "\" stands twice in its table");
    }
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw UserError("--plugin " + path_ + ": " + what);
  }

 private:
  void name(const char* text, const std::string& where) const {
    if (text == nullptr) fail(where + " is missing");
    const std::string_view given = text;
    if (!is_short_name(given))
      fail(where + " is \"" + std::string(given.substr(0, kLongestName)) +
           (given.size() > kLongestName ? "...\" of " + std::to_string(given.size()) + " letters" : "\"") +
           "; allowed: at most " + std::to_string(kLongestName) + " of a-z, 0-9 and _, the first a letter");
  }
  void text(const char* text, const std::string& where) const {
    if (text == nullptr) fail(where + " is missing");
    if (const std::size_t length = std::string_view(text).size(); length > kLongestText)
      fail(where + " has " + std::to_string(length) + " bytes; allowed: at most " +
           std::to_string(kLongestText));
  }
  void check_selector(const maskbench_selector& selector, std::string where) const {
    // The size first: what lies behind it is none of the table.
    if (selector.struct_size < sizeof(maskbench_selector))
      fail(where + " has a shorter table than version " + std::to_string(table_.abi_minor) + " asks for");
    name(selector.key, where + ": its key");
    where = "selector " + std::string(selector.key) + ": ";
    text(selector.summary, where + "its summary");
    text(selector.citation, where + "its citation");
    if (selector.create == nullptr || selector.canonical == nullptr || selector.refuses == nullptr ||
        selector.prepare == nullptr || selector.select == nullptr || selector.scratch_bytes == nullptr ||
        selector.destroy == nullptr)
      fail(where + "one of its functions is missing");
    if (selector.field_count < 0 || selector.field_count > kMostFields)
      fail(where + std::to_string(selector.field_count) + " parameters; allowed: 0 to " +
           std::to_string(kMostFields));
    if (selector.field_count > 0 && selector.fields == nullptr)
      fail(where + "it counts parameters and has no table of them");
    for (std::int64_t i = 0; i < selector.field_count; ++i)
      check_field(selector.fields[i], where + "parameter " + std::to_string(i));
  }
  void check_field(const maskbench_field& field, const std::string& where) const {
    if (field.struct_size < sizeof(maskbench_field))
      fail(where + " has a shorter table than version " + std::to_string(table_.abi_minor) + " asks for");
    name(field.name, where + ": its name");
    text(field.type, where + ": its type");
    text(field.standard, where + ": its default");
    text(field.allowed, where + ": what it allows");
    text(field.meaning, where + ": its meaning");
  }

  const maskbench_plugin& table_;
  const std::string& path_;
};

}  // namespace

void load_plugin(const std::string& path) {
  if (!std::filesystem::is_regular_file(path)) throw UserError("--plugin " + path + ": no such file");
  if (const std::string fault = elf_fault(path); !fault.empty())
    throw UserError("--plugin " + path + ": it " + fault);
  const std::string absolute =
      std::filesystem::absolute(path).string();  // else the loader searches its own folders
  void* library = dlopen(absolute.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw UserError("--plugin " + path + ": " + dlerror());
  void* symbol = dlsym(library, MASKBENCH_PLUGIN_SYMBOL);
  if (symbol == nullptr) throw UserError("--plugin " + path + ": it exports no " MASKBENCH_PLUGIN_SYMBOL);
  register_plugin(selectors(), std::bit_cast<decltype(&maskbench_plugin_table)>(symbol)(), path);
}

void register_plugin(SelectorRegistry& registry, const maskbench_plugin* table, const std::string& path) {
  if (table == nullptr || table->abi_major != MASKBENCH_ABI_MAJOR ||
      table->struct_size < sizeof(maskbench_plugin)) {
    throw UserError("--plugin " + path + ": it speaks interface version " +
                    (table == nullptr
                         ? "none"
                         : std::to_string(table->abi_major) + "." + std::to_string(table->abi_minor)) +
                    "; this program speaks " + std::to_string(MASKBENCH_ABI_MAJOR) + "." +
                    std::to_string(MASKBENCH_ABI_MINOR) + ", and the first number must match");
  }
  if (table->abi_minor > MASKBENCH_ABI_MINOR) {
    throw UserError("--plugin " + path + ": it was made for interface version " +
                    std::to_string(table->abi_major) + "." + std::to_string(table->abi_minor) +
                    "; this program speaks " + std::to_string(MASKBENCH_ABI_MAJOR) + "." +
                    std::to_string(MASKBENCH_ABI_MINOR) + ", an older one");
  }
  const TableCheck checked(*table, path);
  checked.check();
  for (std::int64_t i = 0; i < table->selector_count; ++i) {
    const std::string key = table->selectors[i].key;
    if (const std::string other = registry.taken_by_another(key, path); !other.empty())
      checked.fail("selector \"" + key + "\" exists already, in " + other);
  }
  for (std::int64_t i = 0; i < table->selector_count; ++i)
    registry.replace(entry_of(table->selectors[i], path));
}

}  // namespace maskbench
