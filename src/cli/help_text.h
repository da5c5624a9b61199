// How `--help` names options: what a value is, its limits and its default, in words.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace amsel {

class HelpText : public CLI::Formatter {
 public:
  std::string make_option_name(const CLI::Option* option, bool is_positional) const override;
  std::string make_option_opts(const CLI::Option* option) const override;
  std::string make_option_desc(const CLI::Option* option) const override;
};

}  // namespace amsel
