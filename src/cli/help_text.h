// How `--help` names options: what a value is, its limits and its default, in words.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace amsel {

/// What CLI11 has of an option's value: its type, then what checks it, each in CLI11's words ("INT in [1 - 9]",
/// "{a,b}").
std::vector<std::string> TypeAndChecks(const CLI::Option& option);

/// Whether such a check lists what may be given: the choices of "{a,b}"; empty where it is another check.
std::vector<std::string> ChoicesIn(const std::string& check);

class HelpText : public CLI::Formatter {
 public:
  std::string make_option_name(const CLI::Option* option, bool is_positional) const override;
  std::string make_option_opts(const CLI::Option* option) const override;
  std::string make_option_desc(const CLI::Option* option) const override;
};

}  // namespace amsel
