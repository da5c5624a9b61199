// The study of Taylor et al., LCTES 2018 (§ "Evaluation"), on any profile, with nulls and bounds beside every figure.
#include "study/study.h"

#include <algorithm>
#include <numeric>

#include "base/status_macros.h"
#include "evaluate/rows.h"
#include "fit/fit_classifier.h"
#include "learn/labels.h"
#include "study/records.h"

namespace amsel {
namespace {

constexpr std::size_t kStudyParts = 3;

/// Keeps what the evaluation shows of each policy.
void Keep(const std::string& policy, const CrossValidation& validation, std::vector<PolicyRecord>& records) {
  if (PolicyRowKind(policy) == "adapted-single") return;
  const bool only = validation.points.size() == 1;
  for (const PointValidation& point : validation.points) {
    records.push_back({policy, only ? policy : policy + " " + point.name, !point.forced.empty(), point.runs});
  }
}

Status CrossValidateAll(StudyRecord& record, const Clock& clock) {
  CrossValidateOptions options = record.options->evaluate;
  if (options.policies.empty()) {
    options.policies = StudiedPolicies(record.options->all_chains, !record.table->DnnFeatures().empty());
  }
  const std::size_t learners = options.policies.size() + (options.adapted ? record.table->candidate_count() : 0);
  const std::size_t total = learners * static_cast<std::size_t>(options.folds);
  options.observe = [&](const std::string& policy, const CrossValidation& validation) {
    Keep(policy, validation, record.policies);
  };
  options.progress = [&](std::size_t done, std::size_t) {
    if (record.options->progress) record.options->progress("policies", done, total);
  };
  AMSEL_ASSIGN_OR_RETURN(record.evaluation, CrossValidatePolicies(*record.table, options, clock));
  return {};
}

}  // namespace

const RowSamples& StudyRecord::Row(const std::string& name) const {
  return *std::find_if(evaluation.rows.begin(), evaluation.rows.end(),
                       [&](const RowSamples& row) { return row.name == name; });
}

const PolicyRecord* StudyRecord::Headline() const {
  const auto found = std::find_if(policies.begin(), policies.end(),
                                  [&](const PolicyRecord& one) { return one.row == evaluation.headline_policy; });
  return found == policies.end() ? nullptr : &*found;
}

const PolicyRecord* StudyRecord::BestPremodel() const {
  const PolicyRecord* best = nullptr;
  const auto accuracy = [&](const PolicyRecord& one) { return WeightedMean(Row(one.row).right, weights()); };
  for (const PolicyRecord& one : policies) {
    if (PolicyRowKind(one.policy) != "premodel") continue;
    if (best == nullptr || accuracy(one) > accuracy(*best)) best = &one;
  }
  return best;
}

std::vector<const PolicyRecord*> StudyRecord::Leading() const {
  std::vector<const PolicyRecord*> leading;
  for (const PolicyRecord* one : {Headline(), BestPremodel()}) {
    if (one != nullptr && std::find(leading.begin(), leading.end(), one) == leading.end()) leading.push_back(one);
  }
  return leading;
}

std::vector<std::string> StudiedPolicies(bool all_chains, bool dnn_features) {
  std::vector<std::string> names{"staged", "single", "p-right"};
  const std::vector<std::string> gates{"knn", "tree", "svm"};
  for (const std::string& first : gates) {
    for (const std::string& second : gates) {
      for (const std::string& third : gates) {
        const bool pure = first == second && second == third;
        if (pure) {
          names.push_back("chain:" + first);
        } else if (all_chains) {
          names.push_back("chain:" + first + "-" + second + "-" + third);
        }
      }
    }
  }
  for (const std::string& classifier : ClassifierNames()) names.push_back("multiclass:" + classifier);
  if (dnn_features) names.insert(names.end(), {"multiclass:logistic@dnn", "p-right@dnn"});
  return names;
}

Result<Json> Study(const ProfileTable& table, const StudyOptions& options, const Clock& clock) {
  StudyRecord record;
  record.table = &table;
  record.options = &options;
  record.rows = JudgedRows(table);
  AMSEL_RETURN_IF_ERROR(CrossValidateAll(record, clock));
  const LearnOptions& learn = options.evaluate.learn;
  record.single_best = SingleBest(table, record.rows, learn.top);
  std::vector<std::size_t> all(table.candidate_count());
  std::iota(all.begin(), all.end(), std::size_t{0});
  record.cheapest_right = CheapestRight(table, record.rows, all, learn);
  const auto tell = [&](const std::string& part) {
    return [&options, part](std::size_t done, std::size_t total) {
      if (options.progress) options.progress(part, done, total);
    };
  };
  Json sections = Json::array({PoliciesSection(record), PortfolioSection(record)});
  sections.push_back(SensitivitySection(record, tell("sensitivity")));
  tell("features")(0, kStudyParts);
  sections.push_back(FeaturesSection(record));
  tell("features")(1, kStudyParts);
  for (const auto& make : {OverheadSection, AnswersSection, WorstSection}) sections.push_back(make(record));
  if (sections.back()["figures"].empty()) sections.erase(sections.size() - 1);  // nothing was avoidably wrong
  tell("figures")(2, kStudyParts);
  Json results = EvaluationToJson(record.evaluation, tell("resample"));
  results["study"] = {{"sections", std::move(sections)}};
  tell("figures")(kStudyParts, kStudyParts);
  return results;
}

}  // namespace amsel
