// A selection method. It keeps nothing between select() calls but what prepare() built.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "algorithms/core/objective.hpp"
#include "algorithms/core/problem.hpp"
#include "algorithms/core/registry.hpp"
#include "algorithms/core/run_context.hpp"

namespace maskbench {

class Selector {
 public:
  virtual ~Selector() = default;

  // Why it cannot do this problem, asked before the clock starts; nothing: it can.
  virtual std::optional<std::string> refuses(const Problem& problem) const {
    (void)problem;
    return std::nullopt;
  }

  // Narrows the registered traits, which say what any parameters may do, to what these parameters do.
  virtual void refine(SelectorTraits& traits) const { (void)traits; }

  // Untimed: buffers, uploads. May be called again, for another problem too.
  virtual void prepare(const Problem& problem) { (void)problem; }

  // Timed: the method and nothing else.
  virtual Selection select(const Problem& problem, RunContext& context) = 0;

  // Bytes that prepare() and select() will hold at their peak, beside the data set. As it is here: of a
  // method that scores every candidate and leaves the rest to take_highest().
  virtual std::int64_t scratch_bytes(const Problem& problem) const {
    const Index scores = 8 * problem.candidates.size();
    return scores + highest_bytes(problem);
  }

  // Numbers by name about the method's own steps on this problem that no answer tells; asked for apart from
  // any answer, untimed.
  virtual std::map<std::string, double> diagnostics(const Problem& problem) const {
    (void)problem;
    return {};
  }
};

// A selector as a text names it: parsed, checked and made once.
struct NamedSelector {
  std::string text;       // as given
  std::string canonical;  // as a record prints it: names sorted, defaults left out
  Spec spec;
  SelectorTraits traits;  // of these parameters
  std::unique_ptr<Selector> selector;

  Selector* operator->() const { return selector.get(); }
  Selector& operator*() const { return *selector; }

  // Why it does not take this problem: what follows from the traits, then the selector's own word. "": it
  // does.
  std::string refusal(const Problem& problem) const;
};

}  // namespace maskbench
