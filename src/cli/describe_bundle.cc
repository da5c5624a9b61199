#include "cli/describe_bundle.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "backend/caller_backend.h"
#include "bundle/point_names.h"
#include "policy/policy.h"
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
                            : hundredths < 0 ? fmt::format("{:.2f} points above or more", std::floor(-hundredths) / 100)
                                             : fmt::format("at most {:.2f} points below", std::ceil(hundredths) / 100);
  if (!certificate.claim) {
    return fmt::format("    certificate: {}, for all points at once: {} ({} images: {})\n", ClaimText(certificate),
                       bound, certificate.images, certificate.note);
  }
  return fmt::format("    certificate: {}: {}; for all points at once: {} ({} images: {})\n", ClaimText(certificate),
                     ClaimOutcomeName(certificate.outcome), bound, certificate.images, certificate.note);
}

/// "balanced = fast": all names of what decides alike.
std::string NamesOf(const Manifest& manifest, const ManifestPoint& point) {
  std::string names = point.name;
  for (const ManifestPoint& other : manifest.operating_points) {
    if (other.same_as == point.name) names += " = " + other.name;
  }
  return names;
}

std::string CertifiedCell(const ManifestPoint& point) {
  return point.certificates.empty() ? "-" : point.certified() ? "yes" : "no";
}

std::vector<std::string> PointRow(const Manifest& manifest, const ManifestPoint& point, bool full) {
  const double best_ms = SingleBestMs(manifest);
  std::vector<std::string> row{"  " + NamesOf(manifest, point), fmt::format("{:.2f}", 100 * point.top1),
                               fmt::format("{:.2f}-{:.2f}", 100 * point.top1_low, 100 * point.top1_high),
                               MsText(point.latency_ms)};
  if (full) row.push_back(MsText(point.latency_p50_ms));
  const bool known = point.latency_ms > 0 && best_ms > 0;
  row.insert(row.end(), {MsText(point.latency_p99_ms), MsText(point.worst_path_ms),
                         known ? fmt::format("{:.2f}x", best_ms / point.latency_ms) : "-", CertifiedCell(point)});
  return row;
}

/// The device and what runs the candidates, where that is one for all.
std::string RunsBy(const DnnCost& cost) {
  if (cost.backend == kCallerBackend) return "whoever opens the bundle";
  return fmt::format("{} {}, {}, {}", IdentityText(IdentityOf(cost)), cost.backend_version,
                     Counted(cost.threads, "thread"), cost.device);
}

/// A line a candidate: its planned costs, by what runs it.
std::string CandidateTable(const Manifest& manifest) {
  std::vector<std::vector<std::string>> rows;
  std::map<std::string, std::vector<std::string>> by;
  const bool has_energy =
      std::any_of(manifest.candidates.begin(), manifest.candidates.end(), [](const auto& candidate) {
        const DnnCost* cost = PlanningCost(candidate);
        return cost != nullptr && cost->energy_mj;
      });
  for (const ManifestCandidate& candidate : manifest.candidates) {
    rows.push_back({"  " + candidate.name + (candidate.name == manifest.single_best ? " (single best)" : ""),
                    fmt::format("{:.2f}", 100 * candidate.training_top1)});
    const DnnCost* cost = PlanningCost(candidate);
    if (cost == nullptr) continue;
    by[RunsBy(*cost)].push_back(candidate.name);
    rows.back().insert(rows.back().end(), {MsText(cost->inference_ms), MsText(cost->inference_p99_ms),
                                           MsText(cost->preprocess_ms), MsText(cost->load_ms)});
    if (has_energy) rows.back().push_back(cost->energy_mj ? fmt::format("{:.4g}", *cost->energy_mj) : "-");
  }
  std::vector<std::string> head{"  candidate", "training top-1 %", "inference ms", "p99", "preprocess ms", "load ms"};
  if (has_energy) head.emplace_back("energy mJ");
  std::string text = FormatTable(head, rows);
  for (const auto& [how, names] : by) {
    text += fmt::format("  {} by {}\n", by.size() == 1 ? "run" : fmt::format("{}", fmt::join(names, ", ")), how);
  }
  return text;
}

std::string CandidatesInFull(const Manifest& manifest) {
  std::string text;
  for (const ManifestCandidate& candidate : manifest.candidates) {
    text += fmt::format("  candidate {}{}: top-1 {:.2f} % in training{}\n", candidate.name,
                        candidate.name == manifest.single_best ? " (single best)" : "", 100 * candidate.training_top1,
                        candidate.license.empty() ? "" : ", " + candidate.license);
    for (const DnnCost& cost : candidate.costs) {
      text += fmt::format("    {}: inference {} ms (p99 {}), preprocessing {} ms\n", RunsBy(cost),
                          MsText(cost.inference_ms), MsText(cost.inference_p99_ms), MsText(cost.preprocess_ms));
      if (cost.inference_after_ms) {
        text += fmt::format("      after another candidate {} ms\n", MsText(*cost.inference_after_ms));
      }
      if (!cost.int8.empty()) text += fmt::format("      8-bit products: {}\n", cost.int8);
      if (!cost.energy_mj) continue;
      text += fmt::format("      energy {:.4g} mJ a run ({})\n", *cost.energy_mj,
                          cost.energy_source.empty() ? "source not told" : cost.energy_source);
    }
  }
  return text;
}

/// What would show a claim that does not hold.
std::string WhatItWouldTake(const ManifestCertificate& claim) {
  if (!claim.images_needed) return " (no number of images up to 100,000 would show it)";
  if (*claim.images_needed > claim.images) {
    return fmt::format(" (about {} images would have to be kept)", *claim.images_needed);
  }
  return fmt::format(" (the training images let expect that {} are enough, these showed less)", *claim.images_needed);
}

}  // namespace

std::string DescribePoints(const Manifest& manifest, TableDetail detail) {
  const bool full = detail == TableDetail::kFull;
  std::vector<std::vector<std::string>> rows;
  std::string paths;
  std::size_t others = 0;
  std::size_t savers = 0;
  for (const ManifestPoint& point : manifest.operating_points) {
    if (!point.same_as.empty()) continue;
    if (!full && IsNumbered(point.name)) {
      (IsSaver(point.name) ? savers : others) += 1;
      continue;
    }
    rows.push_back(PointRow(manifest, point, full));
    paths += fmt::format("  {}: {}\n", point.name, DescribePaths(point));
    for (const ManifestCertificate& certificate : point.certificates) paths += DescribeCertificate(certificate);
  }
  std::vector<std::string> head{"  operating point", "top-1 %", "95 % interval", "mean ms"};
  if (full) head.emplace_back("p50");
  head.insert(head.end(), {"p99", "worst path", "speed", "certified"});
  std::string table = FormatTable(head, rows, detail);
  if (full) return table + "\n" + paths;
  if (others + savers == 0) return table;
  std::string text;
  if (savers > 0) text += fmt::format("{} not surely as accurate as the single best (saver-1 ...)", savers);
  if (others > 0) text += fmt::format("{}{} further (pareto-1 ...)", text.empty() ? "" : " and ", others);
  return table + fmt::format("  and {}; --wide shows all, with paths and certificates\n", text);
}

std::string CertifiedText(const Manifest& manifest) {
  std::vector<std::string> certified;
  std::vector<std::string> open;
  const ManifestCertificate* any = nullptr;
  for (const ManifestPoint& point : manifest.operating_points) {
    const auto claim = std::find_if(point.certificates.begin(), point.certificates.end(), [](const auto& one) {
      return one.kind == CertificateKind::kNotWorseThanSingleBest && one.claim;
    });
    if (claim == point.certificates.end()) continue;
    any = &*claim;
    if (!point.same_as.empty()) continue;
    const std::string names = NamesOf(manifest, point);
    if (claim->outcome == ClaimOutcome::kHolds) {
      certified.push_back(names);
    } else if (!IsSaver(point.name)) {
      open.push_back(names + WhatItWouldTake(*claim));
    }
  }
  if (any == nullptr)
    return "certified: no operating point; no images were kept from learning for that (amsel train keeps a fifth of\n"
           "1,000 images or more, and with --certify-fraction a share of fewer). The accuracies above are those by\n"
           "which the points were chosen, which flatters them; amsel evaluate judges the choice, too\n";
  return fmt::format("certified on {} images, at most {:.6g} points below the single best: {}\n{}", any->images,
                     100 * *any->claim, certified.empty() ? "none" : fmt::format("{}", fmt::join(certified, ", ")),
                     open.empty() ? "" : fmt::format("  not certified: {}\n", fmt::join(open, ", ")));
}

std::string DescribeBundle(const Bundle& bundle, TableDetail detail) {
  const Manifest& manifest = bundle.manifest();
  std::string text =
      fmt::format("{}: a bundle by amsel {}\n  policy {}, {}, trained on {}\n\n", bundle.path(), manifest.amsel_version,
                  manifest.policy_kind,
                  manifest.classes == kOwnAnswers ? "confidences alone" : fmt::format("{} classes", manifest.classes),
                  Counted(manifest.training_images, "image"));
  text += DescribePoints(manifest, detail) + "\n  " + CertifiedText(manifest) + "\n";
  text += detail == TableDetail::kFull ? CandidatesInFull(manifest) : CandidateTable(manifest);
  if (const auto& feature_dnn = manifest.feature_dnn) {
    const DnnCost& cost = feature_dnn->costs.front();
    text += fmt::format("  feature DNN: {} values an image{}\n    {} {}, {}, {}: {} ms with preprocessing\n",
                        feature_dnn->feature_values, feature_dnn->license.empty() ? "" : ", " + feature_dnn->license,
                        IdentityText(IdentityOf(cost)), cost.backend_version, cost.device,
                        Counted(cost.threads, "thread"), MsText(cost.inference_ms));
  }
  return text;
}

}  // namespace amsel
