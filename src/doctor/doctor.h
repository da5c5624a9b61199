// Go or no-go: would adaptive selection help with these candidates and these images? (docs/doctor.md)
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "learn/learned_policy.h"
#include "stats/auc.h"
#include "stats/bootstrap.h"

namespace amsel {

struct DoctorOptions {
  int top = 1;  ///< an answer is right when the label is among its first `top` classes
  int folds = 5;
  std::uint64_t seed = 1;
  /// Told after each piece of work: pieces done, of how many.
  std::function<void(std::size_t done, std::size_t total)> progress;
};

/// A figure with its interval.
struct Estimate {
  double value = 0;
  Interval interval;
};

/// A way to answer without any signal, or with a perfect one.
struct HeadroomRow {
  std::string name;  ///< of the candidate; empty where it is none
  Estimate accuracy;
  double cost_ms = 0;
};

/// The best derived candidate alone, whatever the image: what a twin or a view brings without any selection.
struct DerivedAlone {
  HeadroomRow row;
  Estimate over_best;  ///< accuracy less the single best's
  double speedup = 1;  ///< time of the single best by its time
};

struct Headroom {
  HeadroomRow single_best;
  HeadroomRow efficient_single;
  HeadroomRow cheapest;    ///< the most accurate within a twentieth of the least cost
  HeadroomRow oracle;      ///< the cheapest candidate that is right
  HeadroomRow oracle_mix;  ///< the null: the oracle's shares, whatever the image
  std::optional<DerivedAlone> derived;
  std::optional<HeadroomRow> pooled_oracle;  ///< the cheapest set of candidates whose pooled answer is right
  double ceiling = 1;                        ///< time of the single best by that of the cheapest candidate
  /// How much of the way from `oracle_mix` to `oracle` a selector must go to be as accurate as the single best; absent
  /// where the two are alike.
  std::optional<double> skill_needed;
};

/// How well a score tells, by candidate; absent where it cannot be said.
struct Signal {
  std::string name;
  std::vector<std::optional<Auc>> right;  ///< "this candidate is right"
  std::vector<std::optional<Auc>> pays;   ///< "this candidate is wrong while the single best is right"
};

/// What one way of deciding gains, on images that it has not seen.
struct Gain {
  std::string policy;
  std::string point;
  double accuracy = 0;
  double cost_ms = 0;
  Estimate over_best;                    ///< accuracy less the single best's
  double best_error = 0;                 ///< one standard error of that
  Estimate over_null;                    ///< less that of its null: the same shares, blindly
  Estimate over_singles;                 ///< less that of the best random mix of singles in the same mean time
  std::optional<Estimate> over_derived;  ///< less that of the best derived candidate alone
  Estimate speedup;                      ///< time of the single best by its time
  std::map<std::string, double> shares;  ///< candidate → share of images on which it ran
  bool go = false;                       ///< by the rules of docs/doctor.md
  bool perhaps = false;                  ///< not so, but its estimates keep the rules
};

enum class Verdict {
  kGo,
  kUnclear,  ///< the figures would be a go, but chance may have made them: more images would tell
  kNoGo,
  kUnknown
};

/// One of the two questions, with its answer.
struct Finding {
  Verdict verdict = Verdict::kUnknown;
  std::string reason{};               ///< why it is unknown; else empty
  std::vector<Gain> gains;            ///< empty where it is unknown
  std::optional<NearMiss> nearest{};  ///< of stopping, where anything is faster
  double level = 0.95;                ///< of each interval in `gains`, so that all of them hold at once with 95 %
};

struct Diagnosis {
  Json source;  ///< {"profile" or "csv": file, "images": of which so many are there}
  std::size_t images = 0;
  std::vector<HeadroomRow> candidates;
  Headroom headroom;
  std::vector<Signal> features;
  std::vector<Signal> premodels;
  std::vector<Signal> confidences;  ///< "confidence", "margin": known once the candidate has run
  double premodel_features_ms = 0;
  Finding selection;  ///< before any candidate runs
  Finding stopping;   ///< on what those that ran say
  std::string summary;
};

/// Looks at `rows`, of which at least one is of positive weight. Leaves `source` open. Deterministic.
Diagnosis Diagnose(const Outcomes& table, std::vector<std::size_t> rows, const DoctorOptions& options);

/// The document, schema amsel.doctor/1 (docs/formats/doctor.md).
Json DiagnosisToJson(const Diagnosis& diagnosis);

}  // namespace amsel
