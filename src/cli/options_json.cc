#include "cli/options_json.h"

#include <cassert>
#include <set>
#include <string>
#include <vector>

#include "amsel/version.h"
#include "cli/help_text.h"

namespace amsel {
namespace {

std::string TypeOf(const std::string& name) {
  static const std::set<std::string> kIntegers{"INT", "UINT", "N"};
  static const std::set<std::string> kNumbers{"FLOAT", "X", "MS", "MJ", "SECONDS", "A"};
  static const std::set<std::string> kPaths{"FILE", "DIR", "PATH", "ROOT"};
  if (kIntegers.contains(name)) return "integer";
  if (kNumbers.contains(name)) return "number";
  return kPaths.contains(name) ? "path" : "text";
}

Json OptionToJson(const CLI::Option& option) {
  const std::vector<std::string> parts = TypeAndChecks(option);
  std::vector<std::string> choices;
  for (const std::string& part : parts) {
    if (choices.empty()) choices = ChoicesIn(part);
  }
  const bool flag = option.get_items_expected_max() == 0;
  assert(option.get_positional() || !option.get_lnames().empty());
  const std::string name = option.get_positional() ? option.get_name(true) : "--" + option.get_lnames().front();
  return {{"name", name},
          {"kind", option.get_positional() ? "positional"
                   : flag                  ? "flag"
                                           : "option"},
          {"value", HelpText().make_option_opts(&option)},
          {"type", TypeOf(parts.front())},
          {"choices", choices},
          {"many", !flag && option.get_expected_max() == CLI::detail::expected_max_vector_size},
          {"required", option.get_required()},
          {"help", option.get_description()}};
}

/// `common` is the program's own footer, which verbs below others have too where they have none.
void AddVerb(const CLI::App& verb, const std::string& name, const std::string& common, Json& verbs) {
  Json options = Json::array();
  for (const CLI::Option* option : verb.get_options()) {
    if (option != verb.get_help_ptr()) options.push_back(OptionToJson(*option));
  }
  verbs.push_back({{"name", name},
                   {"about", verb.get_description()},
                   {"footer", verb.get_footer() == common ? "" : verb.get_footer()},
                   {"options", options}});
  for (const CLI::App* below : verb.get_subcommands({})) AddVerb(*below, name + " " + below->get_name(), common, verbs);
}

}  // namespace

Json OptionsToJson(const CLI::App& amsel) {
  Json verbs = Json::array();
  for (const CLI::App* verb : amsel.get_subcommands({})) AddVerb(*verb, verb->get_name(), amsel.get_footer(), verbs);
  return {{"schema", "amsel.options/1"}, {"version", kVersion}, {"verbs", verbs}};
}

}  // namespace amsel
