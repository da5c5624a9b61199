#include "doctor/doctor.h"

#include <algorithm>
#include <set>

#include "doctor/gains.h"
#include "doctor/headroom.h"
#include "doctor/policies.h"
#include "doctor/premodels.h"
#include "doctor/signals.h"
#include "learn/cross_validate.h"

namespace amsel {
namespace {

/// Empty where there are too few groups.
std::vector<int> FoldsFor(const Subject& subject, const DoctorOptions& options) {
  const std::set<int> groups(subject.images.groups.begin(), subject.images.groups.end());
  if (groups.size() < static_cast<std::size_t>(options.folds)) return {};
  return FoldsOf(subject.table, subject.rows, options.folds, options.seed);
}

/// Why neither question can be asked; empty where they can.
std::string Impossible(const Subject& subject, const std::vector<int>& fold_of) {
  if (subject.singles.size() < 2) return "there is one candidate: nothing to choose among";
  if (fold_of.empty()) return "there are too few images (or groups of images) to learn from some and try on others";
  return "";
}

std::string WhyNoSelection(const Subject& subject) {
  if (subject.table.feature_names.empty()) return "the table has no image features";
  if (subject.features.empty()) return "no image feature is cheap beside the single best";
  return "";
}

/// Tells what the premodels know into `premodels`.
Finding Select(const Subject& subject, const std::vector<int>& fold_of, std::uint64_t seed,
               const std::function<void()>& tell, std::vector<Signal>& premodels) {
  std::vector<PlayedPoint> points;
  for (const std::string& premodel : QuickPremodels()) {
    PlayedSelection played = PlaySelection(premodel, subject, fold_of, seed);
    premodels.push_back(DescribePremodel(subject, premodel, played.p_right));
    std::move(played.points.begin(), played.points.end(), std::back_inserter(points));
    tell();
  }
  Finding finding = Judge(subject, points, seed);
  tell();
  return finding;
}

Finding Stop(const Subject& subject, const std::vector<int>& fold_of, std::uint64_t seed,
             const std::function<void()>& tell, std::optional<HeadroomRow>& pooled_oracle) {
  PlayedStopping played = PlayStopping(subject, fold_of, tell);
  if (const auto& oracle = played.pooled_oracle) {
    pooled_oracle = DescribeHeadroomRow(subject, "", oracle->right, oracle->latency_ms, seed);
  }
  Finding stopping = Judge(subject, played.points, seed);
  stopping.nearest = std::move(played.nearest);
  constexpr double kClearly = 2;  // standard errors; heads that are learned may make up for less
  const bool near = stopping.nearest && stopping.nearest->gain >= -kClearly * stopping.nearest->gain_error;
  if (near && stopping.verdict == Verdict::kNoGo) stopping.verdict = Verdict::kUnclear;
  tell();
  return stopping;
}

std::string InWords(const std::string& question, const Finding& answer) {
  const std::string lowered = std::string(1, static_cast<char>(std::tolower(question[0]))) + question.substr(1);
  switch (answer.verdict) {
    case Verdict::kGo:
      return question + " will help here, by about " + GainInWords(answer) + ".";
    case Verdict::kUnclear:
      return "So few images do not tell whether " + lowered + " helps: " + GainInWords(answer) + ".";
    case Verdict::kNoGo:
      return question + " will not help here.";
    case Verdict::kUnknown:
      break;
  }
  return "Whether " + lowered + " helps cannot be told: " + answer.reason + ".";
}

std::string Summarise(const Diagnosis& diagnosis) {
  std::string summary = InWords("Selection before running", diagnosis.selection) + " " +
                        InWords("Stopping on confidence", diagnosis.stopping);
  const Headroom& headroom = diagnosis.headroom;
  if (headroom.derived) summary += " " + DerivedInWords(*headroom.derived);
  if (headroom.efficient_single.name != headroom.single_best.name && diagnosis.selection.verdict != Verdict::kGo &&
      diagnosis.stopping.verdict != Verdict::kGo) {
    summary += " `" + headroom.efficient_single.name + "` alone is as accurate as `" + headroom.single_best.name +
               "` to within chance, and cheaper.";
  }
  return summary;
}

}  // namespace

Diagnosis Diagnose(const Outcomes& table, std::vector<std::size_t> rows, const DoctorOptions& options) {
  Subject subject = SubjectOf(table, std::move(rows), options.top);
  const std::vector<int> fold_of = FoldsFor(subject, options);
  ChooseDerived(fold_of, subject);
  Diagnosis diagnosis;
  diagnosis.images = subject.rows.size();
  diagnosis.candidates = DescribeCandidates(subject, options.seed);
  diagnosis.headroom = DescribeHeadroom(subject, diagnosis.candidates, options.seed);
  diagnosis.features = DescribeFeatures(subject);
  diagnosis.confidences = DescribeConfidences(subject);
  std::size_t done = 0;
  const std::size_t total = QuickPremodels().size() + static_cast<std::size_t>(options.folds) + 3;
  const auto tell = [&] {
    if (options.progress) options.progress(++done, total);
  };
  tell();
  Finding& selection = diagnosis.selection;
  Finding& stopping = diagnosis.stopping;
  if (const std::string why = Impossible(subject, fold_of); !why.empty()) {
    selection.reason = stopping.reason = why;
    diagnosis.summary = "Nothing can be told: " + why + ".";
    return diagnosis;
  }
  selection.reason = WhyNoSelection(subject);
  if (selection.reason.empty()) {
    selection = Select(subject, fold_of, options.seed, tell, diagnosis.premodels);
    diagnosis.premodel_features_ms = subject.features_ms;
  }
  if (diagnosis.confidences.empty()) {
    stopping.reason = "the table does not say how sure the candidates were";
  } else {
    stopping = Stop(subject, fold_of, options.seed, tell, diagnosis.headroom.pooled_oracle);
  }
  diagnosis.summary = Summarise(diagnosis);
  return diagnosis;
}

}  // namespace amsel
