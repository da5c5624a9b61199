#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "backend/candidate_runner.h"
#include "base/status_macros.h"
#include "bundle/bundle.h"
#include "card/zoo.h"
#include "cli/describe_bundle.h"
#include "cli/energy_options.h"
#include "cli/inspect.h"
#include "cli/verb.h"
#include "runtime/placement.h"
#include "runtime/verify.h"

namespace amsel {
namespace {

struct Options {
  std::string path;
  std::string card_defaults;
  BackendOptions backend;
  std::string sysfs;
  bool verify = false;
  bool meters = false;
  bool json = false;
};

Result<int> InspectBundle(const Options& options) {
  AMSEL_ASSIGN_OR_RETURN(const Bundle bundle, Bundle::Open(options.path));
  if (!options.verify) {
    return Print(options.json ? ManifestToJson(bundle.manifest()).dump(2) + "\n" : DescribeBundle(bundle));
  }
  AMSEL_RETURN_IF_ERROR(bundle.VerifyAllFiles());
  Backends backends(options.backend.choice.onnxruntime);
  AMSEL_ASSIGN_OR_RETURN(const std::vector<Placement> placements,
                         PlaceCandidates(bundle.manifest(), options.backend.choice, backends));
  AMSEL_ASSIGN_OR_RETURN(const auto results, VerifyConformance(bundle, placements));
  const bool holds =
      std::all_of(results.begin(), results.end(), [](const ConformanceResult& result) { return result.check.holds; });
  const std::vector<std::string> not_covered = VoidHere(bundle.manifest(), bundle.policy(), placements);
  if (options.json) {
    Json list = Json::array();
    for (const ConformanceResult& result : results) {
      list.push_back(ConformanceToJson(result.check));
      list.back().update({{"candidate", result.candidate},
                          {"backend", result.at.backend},
                          {"provider", result.at.provider},
                          {"precision", PrecisionName(result.at.precision)}});
    }
    return Print(
        Json{{"schema", "amsel.verify/1"}, {"holds", holds}, {"not_certified", not_covered}, {"candidates", list}}.dump(
            2) +
            "\n",
        holds ? kExitOk : kExitCheckFailed);
  }
  std::string text = fmt::format("{}: checksums hold\n", options.path);
  for (const ConformanceResult& result : results) {
    text += fmt::format("  {} by {}: {} of {} answers the same, probabilities differ by {:.2g} at most: {}\n",
                        result.candidate, IdentityText(result.at), result.check.same_answers, result.check.tensors,
                        result.check.largest_difference, result.check.holds ? "conforms" : "does NOT conform");
  }
  if (!holds) text += "Certificates are void here for the operating points that run what does not conform.\n";
  if (!not_covered.empty()) {
    text += fmt::format("Not certified as the bundle stands: {}{}\n", fmt::join(not_covered, ", "),
                        holds ? "; amsel retarget puts what was found here into a bundle" : "");
  }
  return Print(text, holds ? kExitOk : kExitCheckFailed);
}

Result<int> InspectZoo(const Options& options) {
  AMSEL_ASSIGN_OR_RETURN(const Zoo zoo, LoadZoo(options.path, {options.card_defaults}));
  std::string text =
      fmt::format("{}: a zoo of {} candidates, {} classes\n", options.path, zoo.entries.size(), zoo.labels.size());
  Json list = Json::array();
  Backends backends(options.backend.choice.onnxruntime);
  ZooPlacement at;
  if (options.verify) {
    AMSEL_ASSIGN_OR_RETURN(at, PlaceZoo(zoo, options.backend.choice, backends));
  }
  for (const ZooEntry& entry : zoo.entries) {
    const Preprocess& p = entry.card.preprocess;
    if (options.verify) {
      const Placement here = PlacementIn(at.elsewhere, entry.card.name, at.rest);
      AMSEL_RETURN_IF_ERROR(CandidateRunner::Open(*here.backend, here.options, entry.model_file, entry.card,
                                                  static_cast<int>(zoo.labels.size())));
    }
    list.push_back(CardToJson(entry.card));
    text += fmt::format("  {}: {}x{}, {}{}\n", entry.card.name, p.width, p.height, entry.model_file,
                        options.verify ? ", matches its card" : "");
  }
  return Print(options.json ? Json{{"schema", "amsel.zoo/1"}, {"labels", zoo.labels}, {"cards", list}}.dump(2) + "\n"
                            : text);
}

/// The energy meters of this device.
int InspectMeters(const Options& options) {
  const Discovery discovery = FindMeters(std::make_shared<const Sysfs>(options.sysfs));
  Json found = Json::array();
  Json missing = Json::array();
  std::string text = discovery.found.empty() ? "no energy meter\n" : "energy meters:\n";
  for (const FoundMeter& meter : discovery.found) {
    found.push_back({{"name", meter.info.name}, {"source", meter.info.source}, {"how", meter.info.how}});
    text += fmt::format("  {}: {}; {}\n", meter.info.name, meter.info.source, meter.info.how);
  }
  text += discovery.missing.empty() ? "" : "\nnot usable:\n";
  for (const MissingMeter& meter : discovery.missing) {
    missing.push_back({{"name", meter.name}, {"why", meter.why}});
    text += fmt::format("  {}: {}\n", meter.name, meter.why);
  }
  if (!options.json) return Print(text);
  return Print(Json{{"schema", "amsel.meters/1"}, {"meters", found}, {"missing", missing}}.dump(2) + "\n");
}

Result<int> Run(const Options& options) {
  if (options.meters != options.path.empty()) {
    return UsageError("inspect needs either a PATH or --meters (see amsel inspect --help)");
  }
  if (options.meters) return InspectMeters(options);
  std::error_code failure;
  if (std::filesystem::exists(options.path + "/manifest.json", failure)) return InspectBundle(options);
  if (std::filesystem::is_directory(options.path, failure)) return InspectZoo(options);
  if (options.verify) return UsageError("--verify is for zoos and bundles");
  AMSEL_ASSIGN_OR_RETURN(const std::string text, DescribeProfile(options.path, options.json));
  return Print(text);
}

}  // namespace

Verb AddInspectVerb(CLI::App& amsel) {
  CLI::App* verb = amsel.add_subcommand(
      "inspect", "Say what a zoo, a profile or a bundle holds; verify zoos and bundles; list energy meters");
  auto options = std::make_shared<Options>();
  verb->add_option("PATH", options->path, "Zoo or bundle (folders), or profile (a file)");
  verb->add_flag("--verify", options->verify,
                 "Bundle: checksums, and the conformance tensors on this device. Zoo: load "
                 "every DNN and match it with its card");
  verb->add_option("--card-defaults", options->card_defaults, "Card for candidates that have none")->type_name("FILE");
  verb->add_flag("--meters", options->meters,
                 "Instead: list the energy meters of this device, and why others cannot be used");
  AddSysfsOption(*verb, options->sysfs);
  verb->add_flag("--json", options->json, "Print JSON");
  AddBackendOptions(*verb, options->backend);
  verb->footer(
      "Exit code 1 when a bundle's candidates answer otherwise here than where it was profiled: certificates are void "
      "then.");
  return {verb, [options] { return Run(*options); }};
}

}  // namespace amsel
