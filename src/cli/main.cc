// The command line. Only this file picks exit codes and talks to the process as a whole.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <sstream>

#include "amsel/version.h"
#include "base/output.h"
#include "cli/help_text.h"
#include "cli/nearest_name.h"
#include "cli/options_json.h"
#include "cli/verb.h"
#include "image/threads.h"

namespace amsel {
namespace {

constexpr const char* kDescription =
    R"(amsel learns which of your pretrained DNNs each image needs.

The usual path:
  amsel init     a.onnx b.onnx --images images.csv --out zoo      a zoo from your DNNs
  amsel check    --zoo zoo --images images.csv                    are the cards right?
  amsel profile  --zoo zoo --images images.csv --out profile.db   run every candidate on every image
  amsel doctor   --profile profile.db                             go or no-go: would selection help here?
  amsel evaluate --profile profile.db                             what would selection gain? (cross-validation)
  amsel study    --profile profile.db --out study                 the paper's whole study, as one page with figures
  amsel train    --profile profile.db --out bundle                learn a policy, write what is deployed
  amsel evaluate --bundle bundle --images unseen.csv              run it and clock it on images it never saw
  amsel report   results.json --out report.html                   one page with figures, from evaluate --out
  amsel retarget --bundle bundle --out here                       on another device: tune it and plan anew, no images
  amsel run      --bundle bundle photo.jpg                        answer

In the Python package:
  amsel derive   --zoo zoo --images images.csv --out zoo2         a zoo with int8 twins beside the DNNs, to profile
  amsel app      bundle                                           a page to see why)";

constexpr const char* kFooter =
    R"(Exit codes: 0 ok, 1 a check did not hold, 2 wrong usage, 3 bad input file, 4 runtime failure (also when results
cannot be written), 141 nobody reads the results any more, as in amsel run ... | head.
Results go to stdout, progress and warnings to stderr. `amsel VERB --help` explains a verb.)";

int ExitCodeOf(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kUsage:
      return kExitUsage;
    case ErrorKind::kBadInput:
      return kExitBadInput;
    case ErrorKind::kRuntime:
      return kExitRuntime;
  }
  return kExitRuntime;
}

std::string NoVerb(const std::string& typed, const std::vector<Verb>& verbs) {
  if (typed == "app" || typed == "derive") {
    return fmt::format(
        "`{}` is a verb of the Python package, which this program is not (`make wheel` builds it, docs/python.md)",
        typed);
  }
  std::vector<std::string> names;
  for (const Verb& verb : verbs) names.push_back(verb.app->get_name());
  const std::string meant = NearestName(typed, names);
  return fmt::format("there is no verb `{}`;{} there are: {}", typed,
                     meant.empty() ? "" : " did you mean `" + meant + "`?", fmt::join(names, " "));
}

/// `code`, unless the results did not get out.
int ExitCodeOnceWritten(int code) {
  const int fault = ResultsFault();
  if (fault == 0) return code;
  if (fault == EPIPE) return kExitNobodyReads;
  Complain(std::string("the results could not be written: ") + std::strerror(fault));
  return kExitRuntime;
}

/// Of options that there are not, those of the verb that may have been meant.
std::string MeantOptions(const CLI::App& app) {
  const CLI::App* verb = &app;
  while (!verb->get_subcommands().empty()) verb = verb->get_subcommands().back();
  std::vector<std::string> names;
  for (const CLI::Option* option : verb->get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  std::string text;
  for (const std::string& extra : app.remaining(/*recurse=*/true)) {
    const std::string typed = extra.substr(0, extra.find('='));
    const std::string meant = typed.starts_with("--") ? NearestName(typed, names) : "";
    if (!meant.empty()) text += "Did you mean " + meant + "?\n";
  }
  return text;
}

/// Prints help, version or the complaint.
int ExitCodeOf(const CLI::App& app, const CLI::ParseError& fault) {
  std::ostringstream results;
  std::ostringstream complaint;
  const int code = app.exit(fault, results, complaint);
  if (code != 0) complaint << MeantOptions(app);  // also where one is missing because it is mistyped
  WriteResults(results.str());
  const std::string text = complaint.str();
  WriteToStderr(VisibleLines((text.empty() ? "" : "amsel: ") + text));
  return ExitCodeOnceWritten(code == 0 ? kExitOk : kExitUsage);
}

int Main(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // a file-size limit is an error to report, not a death
  SetImageThreads(1);
  CLI::App app(kDescription, "amsel");
  app.set_version_flag("--version", kVersion);
  app.require_subcommand(1);
  const auto print_options = [&app] {
    Print(PrettyText(OptionsToJson(app)));
    throw CLI::Success();
  };
  app.add_flag_callback("--options", print_options, "Print every verb and its options as JSON, for programs");
  app.footer(kFooter);
  app.formatter(std::make_shared<HelpText>());
  const std::vector<Verb> verbs = AddVerbs(app);
  const auto named = [&](const Verb& verb) { return verb.app->get_name() == argv[1]; };
  if (argc > 1 && argv[1][0] != '-' && std::none_of(verbs.begin(), verbs.end(), named)) {
    Complain(NoVerb(argv[1], verbs));
    return kExitUsage;
  }
  if (argc <= 1) return Print(app.help(), kExitUsage);  // the way in; a verb is still wanted
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& fault) {
    return ExitCodeOf(app, fault);
  }
  for (const Verb& verb : verbs) {
    if (!verb.app->parsed()) continue;
    const Result<int> code = verb.run();
    if (code.ok()) return ExitCodeOnceWritten(*code);
    Complain(code.error().message);
    return ExitCodeOf(code.error().kind);
  }
  return kExitUsage;
}

}  // namespace
}  // namespace amsel

int main(int argc, char** argv) {
  amsel::PrepareOutput();
  try {
    return amsel::Main(argc, argv);
  } catch (const std::exception& fault) {  // memory, or a third party's surprise
    amsel::Complain(fault.what());
    return amsel::kExitRuntime;
  }
}
