// A validator for the part of JSON Schema draft-07 that our schemas use: type, properties, required,
// additionalProperties, (false or a schema), items, enum, const, minimum, maximum, exclusiveMinimum,
// minItems, minLength, allOf, if/then, $ref into definitions; and maxWords, of a text between blanks, which
// is ours. Any other keyword in a schema is refused, so that no rule is silently ignored.
#pragma once

#include <optional>
#include <string>

#include "experiments/records/json.hpp"

namespace maskbench {

struct Fault {
  std::string path;     // dotted, as in Document
  std::string message;  // what is there, what is allowed
};

class Schema {
 public:
  explicit Schema(Document document);  // UserError: a keyword that this validator does not know

  std::optional<Fault> fault(const Json& json) const;  // the first in the order of the text
  void check(const Document& document) const;          // UserError with file, line, path

 private:
  Document document_;
};

}  // namespace maskbench
