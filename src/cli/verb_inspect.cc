#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>

#include "backend/candidate_runner.h"
#include "base/output.h"
#include "base/status_macros.h"
#include "bundle/bundle.h"
#include "card/dnn_files.h"
#include "card/feature_dnn_card.h"
#include "card/zoo.h"
#include "cli/describe_bundle.h"
#include "cli/energy_options.h"
#include "cli/inspect.h"
#include "cli/inspect_dnn.h"
#include "cli/verb.h"
#include "runtime/placement.h"
#include "runtime/verify.h"

namespace amsel {
namespace {

struct Options {
  std::string path;
  std::optional<std::string> key;
  std::string card_defaults;
  BackendOptions backend;
  std::string sysfs;
  bool verify = false;
  bool meters = false;
  bool json = false;
  TableDetail detail = TableDetail::kShort;
};

Result<int> InspectBundle(const Options& options) {
  AMSEL_ASSIGN_OR_RETURN(const Bundle bundle, Bundle::Open(options.path, options.key));
  const std::string signature = bundle.signed_comment() ? fmt::format("{}: signed by the key given: {}\n", options.path,
                                                                      Visible(*bundle.signed_comment()))
                                                        : "";
  if (!options.verify) {
    if (!options.json) return Print(DescribeBundle(bundle, options.detail) + signature);
    Json json = ManifestToJson(bundle.manifest());
    if (bundle.signed_comment()) json["signed_comment"] = Utf8(*bundle.signed_comment());
    return Print(PrettyText(json));
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
      list.back().update({{"candidate", result.dnn},
                          {"backend", result.at.backend},
                          {"provider", result.at.provider},
                          {"precision", PrecisionName(result.at.precision)}});
    }
    const Json json{
        {"schema", "amsel.verify/1"}, {"holds", holds}, {"not_certified", not_covered}, {"candidates", list}};
    return Print(PrettyText(json), holds ? kExitOk : kExitCheckFailed);
  }
  std::string text = signature + fmt::format("{}: checksums hold\n", options.path);
  for (const ConformanceResult& result : results) {
    text += fmt::format("  {} by {}: {} of {} answers the same, {} differ by {:.2g} at most: {}\n", result.dnn,
                        IdentityText(result.at), result.check.same_answers, result.check.tensors,
                        result.dnn == kFeatureDnnName ? "values" : "probabilities", result.check.largest_difference,
                        result.check.holds ? "conforms" : "does NOT conform");
  }
  if (!holds) text += "Certificates are void here for the operating points that run what does not conform.\n";
  if (!not_covered.empty()) {
    text += fmt::format("Not certified as the bundle stands: {}{}\n", fmt::join(not_covered, ", "),
                        holds ? "; amsel retarget puts what was found here into a bundle" : "");
  }
  return Print(text, holds ? kExitOk : kExitCheckFailed);
}

/// What is wrong goes to stderr, a line each, after all else has been said.
int PrintWithFaults(const std::string& text, const std::vector<std::string>& faults) {
  Print(text);
  std::set<std::string> said;
  for (const std::string& fault : faults) {
    if (said.insert(fault).second) Complain(fault);
  }
  return faults.empty() ? kExitOk : kExitBadInput;
}

/// Loads every DNN that its card and files are right of; those that do not match are faults.
Status LoadAll(const Options& options, ZooReading& reading) {
  Backends backends(options.backend.choice.onnxruntime);
  AMSEL_ASSIGN_OR_RETURN(const ZooPlacement at, PlaceZoo(reading.zoo, options.backend.choice, backends));
  for (const ZooEntry& entry : reading.zoo.entries) {
    const Placement here = PlacementIn(at.elsewhere, entry.card.name, at.rest);
    const auto runner = CandidateRunner::Open(*here.backend, here.options, entry.model_file, entry.card,
                                              static_cast<int>(entry.labels.size()));
    if (runner.ok()) continue;
    if (runner.error().kind != ErrorKind::kBadInput) return runner.error();
    reading.faults.push_back({entry.card.name, runner.error().message});
  }
  return {};
}

Result<int> InspectZoo(const Options& options) {
  ZooReading reading = ReadZoo(options.path, {options.card_defaults});
  const Zoo& zoo = reading.zoo;
  if (options.verify && !zoo.entries.empty()) AMSEL_RETURN_IF_ERROR(LoadAll(options, reading));
  std::vector<std::string> faults;
  std::set<std::string> faulty;
  Json fault_list = Json::array();
  for (const ZooFault& fault : reading.faults) {
    faults.push_back(fault.message);
    faulty.insert(fault.candidate);
    fault_list.push_back({{"candidate", fault.candidate}, {"fault", fault.message}});
  }
  std::string text =
      fmt::format("{}: a zoo of {}, {} classes\n", options.path,
                  Counted(static_cast<std::int64_t>(zoo.entries.size()), "candidate"), zoo.labels.size());
  Json cards = Json::array();
  Json dnns = Json::array();
  for (const ZooEntry& entry : zoo.entries) {
    const Preprocess& p = entry.card.preprocess;
    cards.push_back(CardToJson(entry.card));
    dnns.push_back({{"name", entry.card.name}, {"file", entry.model_file}, {"data_files", entry.data_files}});
    text += fmt::format("  {}: {}x{}, {}", entry.card.name, p.width, p.height, entry.model_file);
    if (!entry.data_files.empty()) text += fmt::format(" with {}", fmt::join(entry.data_files, ", "));
    text += options.verify && !faulty.contains(entry.card.name) ? ", fits its card (how pixels go in: amsel check)\n"
                                                                : "\n";
  }
  if (!reading.passed_over.empty()) {
    text += fmt::format("Passed over, having neither card nor DNN: {}\n", fmt::join(reading.passed_over, ", "));
  }
  if (options.json) {
    text = PrettyText({{"schema", "amsel.zoo/1"},
                       {"labels", zoo.labels},
                       {"cards", cards},
                       {"dnns", dnns},
                       {"passed_over", reading.passed_over},
                       {"faults", fault_list}});
  } else if (zoo.entries.empty()) {
    text.clear();
  }
  return PrintWithFaults(text, faults);
}

bool IsDnn(const std::string& path) {
  return path.ends_with(".onnx") || IsOrtFile(path);
}

Result<int> InspectDnn(const Options& options) {
  AMSEL_ASSIGN_OR_RETURN(const DnnDescription dnn, DescribeDnn(options.path, options.backend.choice, options.verify));
  return PrintWithFaults(options.json ? dnn.json : dnn.text, dnn.faults);
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
  return Print(PrettyText({{"schema", "amsel.meters/1"}, {"meters", found}, {"missing", missing}}));
}

Result<int> Run(const Options& options) {
  if (options.meters != options.path.empty()) {
    return UsageError("inspect needs either a PATH or --meters (see amsel inspect --help)");
  }
  if (options.meters) return InspectMeters(options);
  std::error_code failure;
  if (std::filesystem::exists(options.path + "/manifest.json", failure)) return InspectBundle(options);
  if (options.key) return UsageError("inspect --key is for bundles, and " + options.path + " is none");
  if (std::filesystem::is_directory(options.path, failure)) return InspectZoo(options);
  if (IsDnn(options.path)) return InspectDnn(options);
  if (options.verify) return UsageError("--verify is for zoos, bundles and DNNs (.onnx, .ort)");
  AMSEL_ASSIGN_OR_RETURN(const std::string text, DescribeProfile(options.path, options.json));
  return Print(text);
}

}  // namespace

Verb AddInspectVerb(CLI::App& amsel) {
  CLI::App* verb = amsel.add_subcommand(
      "inspect",
      "Say what a zoo, a profile, a bundle or an ONNX file holds; verify zoos, bundles and DNNs; list energy meters");
  auto options = std::make_shared<Options>();
  verb->add_option("PATH", options->path, "Zoo or bundle (folders), profile, or DNN (.onnx, .ort)");
  AddKeyOption(*verb, options->key);
  verb->add_flag("--verify", options->verify,
                 "Bundle: checksums, and the conformance tensors on this device. Zoo: load "
                 "every DNN and match it with its card. DNN: load it");
  verb->add_option("--card-defaults", options->card_defaults, "Card for candidates that have none")->type_name("FILE");
  verb->add_flag("--meters", options->meters,
                 "Instead: list the energy meters of this device, and why others cannot be used");
  AddSysfsOption(*verb, options->sysfs);
  AddWideOption(*verb, options->detail, "all points of a bundle, and its paths, certificates and licences");
  verb->add_flag("--json", options->json, "Print JSON");
  AddBackendOptions(*verb, options->backend);
  AddRunLimitOption(*verb, options->backend.choice);
  verb->footer(
      "Of a zoo all faults are listed, on stderr, and of a DNN's data files; the exit code is 3 if there are any.\n"
      "Exit code 1 when a bundle's candidates answer otherwise here than where it was profiled: certificates are void "
      "then.");
  return {verb, [options] { return Run(*options); }};
}

}  // namespace amsel
