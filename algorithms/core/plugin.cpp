#include "algorithms/core/plugin.hpp"

#include <dlfcn.h>

#include <cstring>
#include <filesystem>

#include "algorithms/core/plugin_abi.h"
#include "algorithms/core/plugin_host.hpp"
#include "algorithms/core/selector.hpp"
#include "algorithms/core/whole_elf.hpp"

namespace maskbench {
namespace {

constexpr std::size_t kMessage = 4096;  // bytes of a plug-in's message

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
    if (self_ == nullptr) throw UserError(message.c_str());
  }
  ~PluginSelector() override { table_.destroy(self_); }
  PluginSelector(const PluginSelector&) = delete;
  PluginSelector& operator=(const PluginSelector&) = delete;

  std::optional<std::string> refuses(const Problem& problem) const override {
    const HostProblem host(problem);
    std::string reason(kMessage, '\0');
    if (table_.refuses(self_, host.table(), reason.data(), reason.size()) == 0) return std::nullopt;
    return std::string(reason.c_str());
  }

  void prepare(const Problem& problem) override {
    const HostProblem host(problem);
    std::string message(kMessage, '\0');
    if (table_.prepare(self_, host.table(), message.data(), message.size()) != 0)
      throw UserError(message.c_str());
  }

  Selection select(const Problem& problem, RunContext& context) override {
    const HostProblem host(problem);
    const maskbench_host callbacks = host_callbacks(context);
    maskbench_answer answer{};
    answer.struct_size = sizeof answer;
    std::string message(kMessage, '\0');
    const std::int32_t status =
        table_.select(self_, host.table(), &callbacks, &answer, message.data(), message.size());
    if (status == 1) throw UserError(message.c_str());
    if (status != 0) throw std::runtime_error("selector " + std::string(table_.key) + ": " + message.c_str());
    if (answer.count < 0 || (answer.count > 0 && answer.items == nullptr)) {
      throw std::runtime_error("selector " + std::string(table_.key) + " answered " +
                               std::to_string(answer.count) + " rows without giving them");
    }
    Selection selection;
    selection.items.assign(answer.items, answer.items + answer.count);
    if (answer.repeats != nullptr) selection.repeats.assign(answer.repeats, answer.repeats + answer.count);
    if (answer.score != nullptr) selection.score.assign(answer.score, answer.score + answer.count);
    selection.why = static_cast<Stop>(answer.why);
    return selection;
  }

  std::int64_t scratch_bytes(const Problem& problem) const override {
    const HostProblem host(problem);
    return table_.scratch_bytes(self_, host.table());
  }

 private:
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
      throw UserError(text.c_str());
    }
    return parse_spec(std::string(table.key) + "[" + text.c_str() + "]").arguments;
  };
  return entry;
}

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
  const maskbench_plugin* table = std::bit_cast<decltype(&maskbench_plugin_table)>(symbol)();
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
  for (std::int64_t i = 0; i < table->selector_count; ++i) {
    const maskbench_selector& selector = table->selectors[i];
    if (selector.struct_size < sizeof(maskbench_selector)) {
      throw UserError("--plugin " + path + ": selector " + selector.key +
                      " has a shorter table than version " + std::to_string(table->abi_minor) + " asks for");
    }
    if (const std::string other = selectors().taken_by_another(selector.key, path); !other.empty())
      throw UserError("--plugin " + path + ": selector \"" + selector.key + "\" exists already, in " + other);
  }
  for (std::int64_t i = 0; i < table->selector_count; ++i)
    selectors().replace(entry_of(table->selectors[i], path));
}

}  // namespace maskbench
