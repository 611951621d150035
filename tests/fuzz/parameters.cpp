// The text of a selector, an objective or a data set with its parameters: read, printed, read again, made.
#include "algorithms/core/objective.hpp"
#include "algorithms/core/registry.hpp"
#include "algorithms/core/selector.hpp"
#include "datasets/core/source_registry.hpp"
#include "tests/fuzz/harness.hpp"

MASKBENCH_FUZZ {
  using namespace maskbench;
  const Spec spec = parse_spec(input);
  const Spec again = parse_spec(print_spec(spec));
  MASKBENCH_CHECK(again.key == spec.key && again.arguments == spec.arguments, "what is printed reads back");
  for (const auto& [name, value] : spec.arguments) {
    try {
      split_list(value);
    } catch (const UserError& error) {
      fuzz::check_message(error.what(), input);
    }
  }
  fuzz::tried(input, [&] { sources().canonical(spec); });
  fuzz::tried(input, [&] { objectives().named(input); });
  const std::string printed = selectors().make(spec).canonical;
  MASKBENCH_CHECK(selectors().make(printed).canonical == printed, "a printed selector is the same selector");
}
