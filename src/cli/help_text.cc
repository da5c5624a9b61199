#include "cli/help_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <vector>

#include "base/text_table.h"

namespace amsel {
namespace {

/// What CLI11 calls types that were given no name of ours.
std::string ValueName(const std::string& type) {
  static const std::map<std::string, std::string> kNames{{"INT", "N"}, {"UINT", "N"}, {"FLOAT", "X"}};
  const auto known = kNames.find(type);
  return known == kNames.end() ? type : known->second;
}

/// "[a,b]" → "a,b".
std::string WithoutBrackets(const std::string& text) {
  return text.starts_with('[') && text.ends_with(']') ? text.substr(1, text.size() - 2) : text;
}

/// "INT in [1 - 1024]" → "1 to 1024"; empty for what is no range.
std::string RangeText(const std::string& check) {
  const auto open = check.find(" in [");
  const auto dash = check.find(" - ", open);
  if (open == std::string::npos || dash == std::string::npos || !check.ends_with(']')) return "";
  const auto from = open + std::string(" in [").size();
  return check.substr(from, dash - from) + " to " + check.substr(dash + 3, check.size() - dash - 4);
}

}  // namespace

std::vector<std::string> TypeAndChecks(const CLI::Option& option) {
  std::istringstream text(option.get_type_name());
  std::vector<std::string> parts(1);
  std::getline(text, parts.front(), ':');
  for (std::string check; std::getline(text, check, ':');) parts.push_back(check);
  return parts;
}

std::vector<std::string> ChoicesIn(const std::string& check) {
  if (!check.starts_with('{')) return {};
  std::istringstream names(check.substr(1, check.size() - 2));
  std::vector<std::string> choices;
  for (std::string name; std::getline(names, name, ',');) choices.push_back(name);
  return choices;
}

std::string HelpText::make_option_name(const CLI::Option* option, bool is_positional) const {
  std::string name = CLI::Formatter::make_option_name(option, is_positional);
  const auto value = name.find('{');  // what a flag that switches off sets
  return value == std::string::npos ? name : name.substr(0, value);
}

std::string HelpText::make_option_opts(const CLI::Option* option) const {
  if (option->get_type_size() == 0) return "";
  const std::vector<std::string> parts = TypeAndChecks(*option);
  std::string name = ValueName(parts.front());
  std::vector<std::string> notes;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::string& check = parts[i];
    const std::vector<std::string> choices = ChoicesIn(check);
    if (!choices.empty()) name = fmt::format("{}", fmt::join(choices, "|"));
    if (check == "NAME") name = check;
    if (const std::string range = RangeText(check); !range.empty()) notes.push_back(range);
  }
  if (!option->get_default_str().empty()) notes.push_back("default " + WithoutBrackets(option->get_default_str()));
  if (option->get_required()) notes.emplace_back("required");
  std::string text = name.empty() ? "" : " " + name;
  if (option->get_expected_max() == CLI::detail::expected_max_vector_size) text += " ...";
  return text + (notes.empty() ? "" : fmt::format(" ({})", fmt::join(notes, "; ")));
}

std::string HelpText::make_option_desc(const CLI::Option* option) const {
  constexpr std::size_t kWidth = kTableColumns - 30;  // of a line, behind the names of options
  std::istringstream words(option->get_description());
  std::string text;
  std::size_t line = 0;
  for (std::string word; words >> word;) {
    const bool fits = line + 1 + word.size() <= kWidth;
    text += line == 0 ? word : (fits ? " " : "\n") + word;
    line = line > 0 && fits ? line + 1 + word.size() : word.size();
  }
  return text;
}

}  // namespace amsel
