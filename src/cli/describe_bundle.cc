#include "cli/describe_bundle.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/text_table.h"
#include "runtime/operating_point.h"

namespace amsel {
namespace {

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

/// Bounds are rounded to the side on which they still hold.
std::string DescribeCertificate(const ManifestCertificate& certificate) {
  const double hundredths = 1e4 * certificate.bound;
  const std::string bound = certificate.kind == CertificateKind::kAccuracy
                                ? fmt::format("{:.2f} % or more", std::floor(hundredths) / 100)
                                : fmt::format("at most {:.2f} points below", std::ceil(hundredths) / 100);
  return fmt::format("    certificate: {}: {}; with all points, {} ({} images: {})\n", ClaimText(certificate),
                     ClaimOutcomeName(certificate.outcome), bound, certificate.images, certificate.note);
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
    paths += fmt::format("  {}: {}\n", point.name, DescribePaths(point));
    for (const ManifestCertificate& certificate : point.certificates) paths += DescribeCertificate(certificate);
  }
  return FormatTable({"  operating point", "top-1 %", "95 % interval", "mean ms", "p50", "p99", "worst path",
                      "speed against the single best"},
                     rows) +
         "\n" + paths;
}

}  // namespace

std::string CertifiedText(const Manifest& manifest) {
  const auto& points = manifest.operating_points;
  const auto certified =
      std::count_if(points.begin(), points.end(), [](const auto& point) { return point.certified(); });
  const bool tested =
      std::any_of(points.begin(), points.end(), [](const auto& point) { return !point.certificates.empty(); });
  if (!tested)
    return "certified: no operating point; no images were kept from learning for that (--certify-fraction)\n";
  return fmt::format("certified: {} of {} operating points\n", certified == 0 ? "none" : std::to_string(certified),
                     points.size());
}

std::string DescribeBundle(const Bundle& bundle) {
  const Manifest& manifest = bundle.manifest();
  std::string text =
      fmt::format("{}: a bundle by amsel {}\n  policy {}, {} classes, trained on {} images\n\n", bundle.path(),
                  manifest.amsel_version, manifest.policy_kind, manifest.classes, manifest.training_images);
  text += DescribePoints(manifest) + "\n  " + CertifiedText(manifest) + "\n";
  for (const ManifestCandidate& candidate : manifest.candidates) {
    text += fmt::format("  candidate {}{}: top-1 {:.2f} % in training{}\n", candidate.name,
                        candidate.name == manifest.single_best ? " (single best)" : "", 100 * candidate.training_top1,
                        candidate.license.empty() ? "" : ", " + candidate.license);
    for (const CandidateCost& cost : candidate.costs) {
      text += fmt::format("    {} {}, {}, {} thread(s): inference {:.4f} ms (p99 {:.4f}), preprocessing {:.4f} ms\n",
                          IdentityText(IdentityOf(cost)), cost.backend_version, cost.device, cost.threads,
                          cost.inference_ms, cost.inference_p99_ms, cost.preprocess_ms);
      if (!cost.energy_mj) continue;
      text += fmt::format("      energy {:.4g} mJ a run ({})\n", *cost.energy_mj,
                          cost.energy_source.empty() ? "source not told" : cost.energy_source);
    }
  }
  if (const auto& premodel = manifest.premodel) {
    text += fmt::format("  premodel: {} values an image{}\n    {} {}, {}, {} thread(s): {:.4f} ms with preprocessing\n",
                        premodel->values, premodel->license.empty() ? "" : ", " + premodel->license,
                        IdentityText(IdentityOf(*premodel)), premodel->backend_version, premodel->device,
                        premodel->threads, premodel->cost_ms);
  }
  return text;
}

}  // namespace amsel
