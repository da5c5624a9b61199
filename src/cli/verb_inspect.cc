#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <memory>

#include "backend/candidate_runner.h"
#include "backend/onnxruntime_backend.h"
#include "base/status_macros.h"
#include "base/text_table.h"
#include "bundle/bundle.h"
#include "card/zoo.h"
#include "cli/inspect.h"
#include "cli/verb.h"
#include "runtime/operating_point.h"
#include "runtime/verify.h"

namespace amsel {
namespace {

struct Options {
  std::string path;
  std::string card_defaults;
  BackendOptions backend;
  bool verify = false;
  bool json = false;
};

/// Bounds are rounded to the side on which they still hold.
std::string DescribeCertificate(const ManifestCertificate& certificate) {
  const bool accuracy = certificate.kind == CertificateKind::kAccuracy;
  std::string text = "    certificate: ";
  if (accuracy) {
    text += certificate.claim ? fmt::format("accuracy of {:.6g} % or more", 100 * *certificate.claim) : "accuracy";
  } else {
    text += certificate.claim ? fmt::format("at most {:.6g} points below the single best", 100 * *certificate.claim)
                              : "against the single best";
  }
  const double hundredths = 1e4 * certificate.bound;
  text += fmt::format(": {}; ", ClaimOutcomeName(certificate.outcome));
  text += accuracy ? fmt::format("with all points, {:.2f} % or more", std::floor(hundredths) / 100)
                   : fmt::format("with all points, at most {:.2f} points below", std::ceil(hundredths) / 100);
  return text + fmt::format(" ({} images: {})\n", certificate.images, certificate.note);
}

/// "cnn_s 61.0 % (right on 93.1 %), cnn_s > cnn_m 38.2 % (right on 84.0 %)": paths that some images take.
std::string DescribePaths(const ManifestPoint& point) {
  constexpr double kLeastShare = 0.01;
  std::string text;
  for (const PathEntry& path : point.paths) {
    if (path.share < kLeastShare) continue;
    text += fmt::format("{}{} {:.1f} % (right on {:.1f} %)", text.empty() ? "" : ", ", fmt::join(path.sequence, " > "),
                        100 * path.share, 100 * path.accuracy);
  }
  return text;
}

/// Planned time of the single best, alone; 0 where the bundle does not say.
double SingleBestMs(const Manifest& manifest) {
  for (const ManifestCandidate& candidate : manifest.candidates) {
    const CandidateCost* cost = PlanningCost(candidate);
    if (candidate.name == manifest.single_best && cost != nullptr) return cost->preprocess_ms + cost->inference_ms;
  }
  return 0;
}

std::string DescribePoints(const Manifest& manifest) {
  const auto time = [](double ms) { return fmt::format("{:.4f}", ms); };
  const double best_ms = SingleBestMs(manifest);
  std::vector<std::vector<std::string>> rows;
  std::string paths;
  for (const ManifestPoint& point : manifest.operating_points) {
    rows.push_back({"  " + point.name, fmt::format("{:.2f}", 100 * point.top1),
                    fmt::format("{:.2f}-{:.2f}", 100 * point.top1_low, 100 * point.top1_high), time(point.latency_ms),
                    time(point.latency_p50_ms), time(point.latency_p99_ms), time(point.worst_path_ms),
                    point.latency_ms > 0 && best_ms > 0 ? fmt::format("{:.2f}x", best_ms / point.latency_ms) : "-"});
    paths += fmt::format("  paths of {}: {}\n", point.name, DescribePaths(point));
    for (const ManifestCertificate& certificate : point.certificates) paths += DescribeCertificate(certificate);
  }
  return FormatTable({"  operating point", "top-1 %", "95 % interval", "mean ms", "p50", "p99", "worst path",
                      "speed against the single best"},
                     rows) +
         paths;
}

std::string DescribeBundle(const Bundle& bundle) {
  const Manifest& manifest = bundle.manifest();
  std::string text =
      fmt::format("{}: a bundle by amsel {}\n  policy {}, {} classes, trained on {} images\n\n", bundle.path(),
                  manifest.amsel_version, manifest.policy_kind, manifest.classes, manifest.training_images);
  text += DescribePoints(manifest) + "\n";
  for (const ManifestCandidate& candidate : manifest.candidates) {
    text += fmt::format("  candidate {}{}: top-1 {:.2f} % in training{}\n", candidate.name,
                        candidate.name == manifest.single_best ? " (single best)" : "", 100 * candidate.training_top1,
                        candidate.license.empty() ? "" : ", " + candidate.license);
    for (const CandidateCost& cost : candidate.costs) {
      text += fmt::format("    {} {}, {}, {} thread(s): inference {:.4f} ms (p99 {:.4f}), preprocessing {:.4f} ms\n",
                          cost.backend, cost.backend_version, cost.device, cost.threads, cost.inference_ms,
                          cost.inference_p99_ms, cost.preprocess_ms);
    }
  }
  return text;
}

Result<int> InspectBundle(const Options& options) {
  AMSEL_ASSIGN_OR_RETURN(const Bundle bundle, Bundle::Open(options.path));
  if (!options.verify) {
    return Print(options.json ? ManifestToJson(bundle.manifest()).dump(2) + "\n" : DescribeBundle(bundle));
  }
  AMSEL_RETURN_IF_ERROR(bundle.VerifyAllFiles());
  AMSEL_ASSIGN_OR_RETURN(const auto backend, OpenOnnxRuntime(options.backend.onnxruntime));
  AMSEL_ASSIGN_OR_RETURN(const auto results, VerifyConformance(bundle, *backend, options.backend.session));
  bool holds = true;
  Json list = Json::array();
  std::string text = fmt::format("{}: checksums hold\n", options.path);
  for (const ConformanceResult& result : results) {
    holds = holds && result.holds;
    list.push_back({{"candidate", result.candidate},
                    {"tensors", result.tensors},
                    {"same_answers", result.same_answers},
                    {"largest_difference", result.largest_difference},
                    {"holds", result.holds}});
    text += fmt::format("  {}: {} of {} answers the same, probabilities differ by {:.2g} at most: {}\n",
                        result.candidate, result.same_answers, result.tensors, result.largest_difference,
                        result.holds ? "conforms" : "does NOT conform");
  }
  if (options.json) text = Json{{"schema", "amsel.verify/1"}, {"holds", holds}, {"candidates", list}}.dump(2) + "\n";
  return Print(text, holds ? kExitOk : kExitCheckFailed);
}

Result<int> InspectZoo(const Options& options) {
  AMSEL_ASSIGN_OR_RETURN(const Zoo zoo, LoadZoo(options.path, {options.card_defaults}));
  std::string text =
      fmt::format("{}: a zoo of {} candidates, {} classes\n", options.path, zoo.entries.size(), zoo.labels.size());
  Json list = Json::array();
  std::unique_ptr<Backend> backend;
  if (options.verify) {
    AMSEL_ASSIGN_OR_RETURN(backend, OpenOnnxRuntime(options.backend.onnxruntime));
  }
  for (const ZooEntry& entry : zoo.entries) {
    const Preprocess& p = entry.card.preprocess;
    if (backend) {
      AMSEL_RETURN_IF_ERROR(CandidateRunner::Open(*backend, options.backend.session, entry.model_file, entry.card,
                                                  static_cast<int>(zoo.labels.size())));
    }
    list.push_back(CardToJson(entry.card));
    text += fmt::format("  {}: {}x{}, {}{}\n", entry.card.name, p.width, p.height, entry.model_file,
                        backend ? ", matches its card" : "");
  }
  return Print(options.json ? Json{{"schema", "amsel.zoo/1"}, {"labels", zoo.labels}, {"cards", list}}.dump(2) + "\n"
                            : text);
}

Result<int> Run(const Options& options) {
  std::error_code failure;
  if (std::filesystem::exists(options.path + "/manifest.json", failure)) return InspectBundle(options);
  if (std::filesystem::is_directory(options.path, failure)) return InspectZoo(options);
  if (options.json || options.verify) return UsageError("--json and --verify are for zoos and bundles");
  AMSEL_ASSIGN_OR_RETURN(const std::string text, DescribeProfile(options.path));
  return Print(text);
}

}  // namespace

Verb AddInspectVerb(CLI::App& amsel) {
  CLI::App* verb =
      amsel.add_subcommand("inspect", "Say what a zoo, a profile or a bundle holds; verify zoos and bundles");
  auto options = std::make_shared<Options>();
  verb->add_option("PATH", options->path, "Zoo or bundle (folders), or profile (a file)")->required();
  verb->add_flag("--verify", options->verify,
                 "Bundle: checksums, and the conformance tensors on this device. Zoo: load "
                 "every DNN and match it with its card");
  verb->add_option("--card-defaults", options->card_defaults, "Card for candidates that have none")->type_name("FILE");
  verb->add_flag("--json", options->json, "Print JSON");
  AddBackendOptions(*verb, options->backend);
  verb->footer("Exit code 1 when a bundle's candidates answer otherwise here than where it was profiled.");
  return {verb, [options] { return Run(*options); }};
}

}  // namespace amsel
