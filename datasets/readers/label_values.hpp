// The values of a label column. Integers that fit 32 bits are their own numbers; all others are numbered from
// 0 by value: integers and reals ascending, texts bytewise.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "datasets/core/types.hpp"
#include "datasets/readers/scalar.hpp"

namespace maskbench {

class LabelValues {
 public:
  // "" or what is wrong with it beside the values before.
  std::string add(const Scalar& value);
  void add_missing();  // a row to be filled or dropped
  std::string fill(const std::vector<Index>& rows, const std::string& value);
  void keep(const std::vector<bool>& stays);
  void reserve(Index rows) { codes_.reserve(static_cast<std::size_t>(rows)); }

  // Gives values their numbers and returns what each stands for; empty: the numbers are the values.
  std::vector<std::string> settle();
  std::vector<std::int32_t> take() { return std::move(codes_); }

 private:
  __extension__ using Wide = __int128;  // any 64-bit integer
  enum class Kind { none, integers, reals, texts };

  void add_code(std::int32_t code);
  void add_integer(Wide value);
  void add_real(double value);
  void number_integers();
  void to_reals();

  Kind kind_ = Kind::none;
  bool numbered_ = false;            // integers: one did not fit
  std::size_t leading_ = 0;          // missing rows before the first value
  std::vector<std::int32_t> codes_;  // the value, or its number in the order of appearance
  std::map<std::string, std::int32_t, std::less<>> texts_;
  std::map<Wide, std::int32_t> integers_;
  std::map<double, std::int32_t> reals_;
};

}  // namespace maskbench
