#include "experiments/tables/table.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include <fmt/core.h>
#include <fmt/ranges.h>

namespace maskbench {
namespace {

// A unit, and the amount (in the base unit) from which on it is used.
struct Scale {
  double from, size;
  const char* name;
};

constexpr Scale kSeconds[] = {{0, 1e-6, "us"},       {1e-3, 1e-3, "ms"}, {1, 1, "s"},
                              {120, 60, "min"},      {7200, 3600, "h"},  {172800, 86400, "d"},
                              {6.3e7, 31557600, "y"}};
constexpr Scale kBytes[] = {{0, 1, "B"},
                            {1024, 1024, "KiB"},
                            {0x1p20, 0x1p20, "MiB"},
                            {0x1p30, 0x1p30, "GiB"},
                            {0x1p40, 0x1p40, "TiB"}};

// The last unit of `units` (which go up) that fits.
template <std::size_t N>
Scale scale_of(double amount, const Scale (&units)[N]) {
  Scale best = units[0];
  for (const Scale& unit : units) {
    if (std::abs(amount) >= unit.from) best = unit;
  }
  return best;
}

std::string digits(double value, int significant) {
  if (value == 0) return "0";  // also -0
  const double size = std::floor(std::log10(std::abs(value)));
  if (size < -4 || size > 9) return fmt::format("{:.{}e}", value, significant - 1);
  return fmt::format("{:.{}f}", value, std::max(0, significant - 1 - static_cast<int>(size)));
}

std::string spread(const Quantity& quantity, const TableColumn& column, double size) {
  if (!column.show_sd || !quantity.sd) return "";
  return " (" + digits(*quantity.sd / size, 2) + ")";
}

std::string interval(const Quantity& quantity, double size) {
  if (!quantity.low || !quantity.high) return "";
  return " [" + digits(*quantity.low / size, 3) + ", " + digits(*quantity.high / size, 3) + "]";
}

// Numbers the notes of a table in the order in which a reader meets them.
class Notes {
 public:
  std::vector<std::size_t> numbers(const std::vector<std::string>& notes) {
    std::vector<std::size_t> found;
    for (const std::string& note : notes) {
      const auto known = std::find(all_.begin(), all_.end(), note);
      found.push_back(static_cast<std::size_t>(known - all_.begin()) + 1);
      if (known == all_.end()) all_.push_back(note);
    }
    return found;
  }
  const std::vector<std::string>& all() const { return all_; }

 private:
  std::vector<std::string> all_;
};

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

}  // namespace

void name_columns(Table& table) {
  const bool one_measure =
      std::all_of(table.columns.begin(), table.columns.end(),
                  [&](const TableColumn& column) { return column.measure == table.columns.front().measure; });
  for (TableColumn& column : table.columns) {
    if (column.group.empty())
      column.heading = column.title;
    else
      column.heading = one_measure ? column.group : column.group + ": " + column.title;
  }
}

std::string md_text(std::string_view text) {
  std::string safe;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool tag = text[i] == '<' && i + 1 < text.size() && text[i + 1] != ' ' && text[i + 1] != '=';
    if (tag || std::string_view("|*`\\").find(text[i]) != std::string_view::npos) safe += '\\';
    safe += text[i];
  }
  return one_line(std::move(safe));
}

std::string tex_text(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (std::string_view("&%$#_{}").find(c) != std::string_view::npos)
      safe += std::string("\\") + c;
    else if (c == '\\')
      safe += "\\textbackslash{}";
    else if (c == '~')
      safe += "\\textasciitilde{}";
    else if (c == '^')
      safe += "\\textasciicircum{}";
    else if (c == '<' || c == '>' || c == '|')
      safe += std::string("$") + (c == '|' ? "\\vert" : std::string(1, c)) + "$";
    else
      safe += c;
  }
  return one_line(std::move(safe));
}

namespace {
// Minus signs of "-0.1 [-0.2, 0.3]", but not of "1e-05".
std::string tex_signs(std::string_view text) {
  std::string safe;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool sign = text[i] == '-' && (i == 0 || text[i - 1] == ' ' || text[i - 1] == '[');
    safe += sign ? std::string("$-$") : std::string(1, text[i]);
  }
  return safe;
}

// A text that a spreadsheet would take for a formula gets an apostrophe.
std::string csv_text(std::string_view text) {
  const bool formula =
      !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos;
  if (!formula && text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string safe = formula ? "\"'" : "\"";
  for (const char c : text) safe += c == '"' ? std::string("\"\"") : std::string(1, c);
  return safe + "\"";
}

std::string md_marks(const std::vector<std::size_t>& numbers) {
  return numbers.empty() ? "" : fmt::format(" [{}]", fmt::join(numbers, ", "));
}

std::string tex_marks(const std::vector<std::size_t>& numbers) {
  return numbers.empty() ? "" : fmt::format("$^{{{}}}$", fmt::join(numbers, ","));
}

std::string markdown(const Table& table) {
  std::string text = fmt::format("## {}\n\n|", md_text(table.block));
  std::string rule = "|";
  for (const std::string& title : table.row_titles) {
    text += " " + md_text(title) + " |";
    rule += " --- |";
  }
  for (const TableColumn& column : table.columns) {
    text += " " + md_text(column.heading) + " |";
    rule += " ---: |";
  }
  text += "\n" + rule + "\n";
  Notes notes;
  for (const TableRow& row : table.rows) {
    text += "|";
    for (std::size_t i = 0; i < row.labels.size(); ++i) {
      const bool last = i + 1 == row.labels.size();
      text += " " + md_text(row.labels[i]) + (last ? md_marks(notes.numbers(row.notes)) : "") + " |";
    }
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      const Quantity& cell = row.cells[i];
      const std::string number = md_text(text_of(cell, table.columns[i]));
      text += " " + (cell.best ? "**" + number + "**" : number) + md_marks(notes.numbers(cell.notes)) + " |";
    }
    text += "\n";
  }
  text += "\n";
  for (const Remark& remark : table.remarks) text += "- " + md_text(remark.text) + "\n";
  for (std::size_t i = 0; i < notes.all().size(); ++i)
    text += fmt::format("- [{}] {}\n", i + 1, md_text(notes.all()[i]));
  return text + "\n";
}

std::string latex(const Table& table, const Report& report) {
  std::string text = "\\begin{table}[tb]\n\\centering\\small\n";
  text += "\\caption{" + tex_text(report.id) + ": " + tex_text(table.block) + "}\n";
  text += "\\begin{tabular}{" + std::string(table.row_titles.size(), 'l') +
          std::string(table.columns.size(), 'r') + "}\n";
  std::vector<std::string> line;
  for (const std::string& title : table.row_titles) line.push_back(tex_text(title));
  for (const TableColumn& column : table.columns) line.push_back(tex_text(column.heading));
  text += fmt::format("\\toprule\n{} \\\\\n\\midrule\n", fmt::join(line, " & "));
  Notes notes;
  for (const TableRow& row : table.rows) {
    line.clear();
    for (const std::string& label : row.labels) line.push_back(tex_text(label));
    line.back() += tex_marks(notes.numbers(row.notes));
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      const Quantity& cell = row.cells[i];
      std::string number = tex_text(text_of(cell, table.columns[i]));
      if (cell.mean) number = tex_signs(number);
      line.push_back((cell.best ? "\\textbf{" + number + "}" : number) +
                     tex_marks(notes.numbers(cell.notes)));
    }
    text += fmt::format("{} \\\\\n", fmt::join(line, " & "));
  }
  text += "\\bottomrule\n\\end{tabular}\n";
  for (const Remark& remark : table.remarks) text += "\n\\par\\footnotesize " + tex_text(remark.text);
  for (std::size_t i = 0; i < notes.all().size(); ++i) {
    text += fmt::format("\n\\par\\footnotesize $^{{{}}}$ {}", i + 1, tex_text(notes.all()[i]));
  }
  return text + "\n\\end{table}\n\n";
}

}  // namespace

std::string text_of(const Quantity& quantity, const TableColumn& column) {
  if (!quantity.mean || column.kind == Kind::given) return quantity.words;
  const double mean = *quantity.mean;
  const bool difference = !column.paired.empty();
  const std::string plus = difference && mean > 0 ? "+" : "";
  switch (column.kind) {
    case Kind::given:
      break;
    case Kind::seconds:
    case Kind::bytes: {
      const Scale unit = column.kind == Kind::seconds ? scale_of(std::abs(mean), kSeconds)
                                                      : scale_of(std::abs(mean), kBytes);
      return plus + digits(mean / unit.size, 3) + " " + unit.name + spread(quantity, column, unit.size) +
             interval(quantity, unit.size);
    }
    case Kind::rate:
      return (mean < 1e5 ? digits(mean, 3) : fmt::format("{:.2e}", mean)) + " /s";
    case Kind::ratio:
      return (mean < 1e5 ? digits(mean, 3) : fmt::format("{:.2e}", mean)) + " x";
    case Kind::count:
      return plus + fmt::format("{:.15g}", mean) + spread(quantity, column, 1) + interval(quantity, 1);
    case Kind::value:
      return plus + digits(mean, difference ? 3 : 5) + spread(quantity, column, 1) + interval(quantity, 1);
  }
  return "";
}

std::string markdown(const std::vector<Report>& reports) {
  std::string text;
  for (const Report& report : reports) {
    text += fmt::format("# {} ({})\n\n{}\n\n", md_text(report.id), report.group, md_text(report.question));
    for (const Table& table : report.tables) text += markdown(table);
    if (report.notes.empty() && report.made_with.empty()) continue;
    text += "## Notes\n\n";
    for (const std::vector<std::string>* notes : {&report.notes, &report.made_with}) {
      for (const std::string& note : *notes) text += "- " + md_text(note) + "\n";
    }
    text += "\n";
  }
  while (text.ends_with("\n\n")) text.pop_back();
  return text;
}

std::string latex(const std::vector<Report>& reports) {
  std::string text;
  for (const Report& report : reports) {
    text += fmt::format("% {} ({}): {}\n", report.id, report.group, one_line(report.question));
    for (const std::string& line : report.made_with) text += "% " + one_line(line) + "\n";
    for (const Table& table : report.tables) text += latex(table, report);
  }
  return text;
}

std::string csv(const std::vector<Report>& reports) {
  bool intervals = false;
  for (const Report& report : reports) {
    for (const Table& table : report.tables) {
      for (const TableColumn& column : table.columns) intervals = intervals || !column.paired.empty();
    }
  }
  std::string text = fmt::format("run,group,table,row,column,measure,mean,sd,n,state,notes{},title\n",
                                 intervals ? ",low,high" : "");
  const auto number = [](const std::optional<double>& value) {
    return value ? fmt::format("{}", *value) : std::string();
  };
  for (const Report& report : reports) {
    for (const Table& table : report.tables) {
      for (const TableRow& row : table.rows) {
        for (std::size_t i = 0; i < row.cells.size(); ++i) {
          const Quantity& cell = row.cells[i];
          const TableColumn& column = table.columns[i];
          std::vector<std::string> notes = row.notes;
          notes.insert(notes.end(), cell.notes.begin(), cell.notes.end());
          text += fmt::format(
              "{},{},{},{},{},{},{},{},{},{},{}{},{}\n", csv_text(report.id), report.group,
              csv_text(table.block), csv_text(fmt::format("{}", fmt::join(row.labels, ", "))),
              csv_text(column.group), csv_text(column.measure), number(cell.mean), number(cell.sd), cell.n,
              csv_text(cell.state), csv_text(fmt::format("{}", fmt::join(notes, "; "))),
              intervals ? "," + number(cell.low) + "," + number(cell.high) : "", csv_text(column.title));
        }
      }
    }
  }
  return text;
}

}  // namespace maskbench
