#include "datasets/readers/missing.hpp"

namespace maskbench {

std::string MissingRule::print() const {
  switch (how) {
    case How::error:
      return "error";
    case How::drop:
      return "drop";
    case How::lowest:
      return "lowest";
    case How::value:
      break;
  }
  return value;
}

MissingRule missing_rule(const std::string& text) {
  const std::size_t equals = text.rfind('=');
  MissingRule rule;
  if (equals != std::string::npos) rule.column = text.substr(0, equals);
  rule.value = equals == std::string::npos ? text : text.substr(equals + 1);
  if (rule.value.empty() || equals == 0)
    throw UserError("--missing " + text + ": give it as [COLUMN=]error, drop, lowest or a value");
  if (rule.value == "drop")
    rule.how = MissingRule::How::drop;
  else if (rule.value == "lowest")
    rule.how = MissingRule::How::lowest;
  else if (rule.value != "error")
    rule.how = MissingRule::How::value;
  return rule;
}

}  // namespace maskbench
