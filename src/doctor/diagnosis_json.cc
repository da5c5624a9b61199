#include <cctype>

#include "doctor/doctor.h"
#include "evaluate/results.h"

namespace amsel {
namespace {

Json ToJson(const HeadroomRow& row) {
  Json json{{"accuracy", row.accuracy.value},
            {"accuracy_ci95", IntervalToJson(row.accuracy.interval)},
            {"mean_ms", row.cost_ms}};
  if (!row.name.empty()) json["candidate"] = row.name;
  return json;
}

Json ToJson(const DerivedAlone& derived) {
  Json json = ToJson(derived.row);
  json["accuracy_gain_pp"] = 100 * derived.over_best.value;
  json["accuracy_gain_ci95_pp"] = IntervalToJson(derived.over_best.interval, 100);
  json["speedup"] = derived.speedup;
  return json;
}

Json ToJson(const Headroom& headroom) {
  return {{"single_best", ToJson(headroom.single_best)},
          {"efficient_single", ToJson(headroom.efficient_single)},
          {"derived_single", headroom.derived ? ToJson(*headroom.derived) : Json()},
          {"cheapest", ToJson(headroom.cheapest)},
          {"oracle", ToJson(headroom.oracle)},
          {"random_mix_of_oracle", ToJson(headroom.oracle_mix)},
          {"pooled_oracle", headroom.pooled_oracle ? ToJson(*headroom.pooled_oracle) : Json()},
          {"ceiling", headroom.ceiling},
          {"skill_needed", headroom.skill_needed ? Json(*headroom.skill_needed) : Json()}};
}

Json ToJson(const std::vector<std::optional<Auc>>& by_candidate, const std::vector<HeadroomRow>& candidates) {
  Json json = Json::object();
  for (std::size_t c = 0; c < by_candidate.size(); ++c) {
    if (!by_candidate[c]) continue;
    json[candidates[c].name] = {{"auc", by_candidate[c]->value},
                                {"auc_ci95", IntervalToJson(by_candidate[c]->interval)}};
  }
  return json;
}

Json ToJson(const std::vector<Signal>& signals, const std::vector<HeadroomRow>& candidates) {
  Json json = Json::array();
  for (const Signal& signal : signals) {
    json.push_back({{"name", signal.name},
                    {"right", ToJson(signal.right, candidates)},
                    {"wrong_while_best_right", ToJson(signal.pays, candidates)}});
  }
  return json;
}

Json ToJson(const Finding& answer) {
  static const char* const kNames[] = {"go", "unclear", "no-go", "unknown"};
  Json gains = Json::array();
  for (const Gain& gain : answer.gains) {
    gains.push_back(
        {{"policy", gain.policy},
         {"point", gain.point},
         {"go", gain.go},
         {"perhaps", gain.perhaps},
         {"accuracy", gain.accuracy},
         {"mean_ms", gain.cost_ms},
         {"accuracy_gain_pp", 100 * gain.over_best.value},
         {"accuracy_gain_ci_pp", IntervalToJson(gain.over_best.interval, 100)},
         {"accuracy_gain_error_pp", 100 * gain.best_error},
         {"over_null_pp", 100 * gain.over_null.value},
         {"over_null_ci_pp", IntervalToJson(gain.over_null.interval, 100)},
         {"over_singles_pp", 100 * gain.over_singles.value},
         {"over_singles_ci_pp", IntervalToJson(gain.over_singles.interval, 100)},
         {"over_derived_pp", gain.over_derived ? Json(100 * gain.over_derived->value) : Json()},
         {"over_derived_ci_pp", gain.over_derived ? IntervalToJson(gain.over_derived->interval, 100) : Json()},
         {"speedup", gain.speedup.value},
         {"speedup_ci", IntervalToJson(gain.speedup.interval)},
         {"shares", gain.shares}});
  }
  const auto& nearest = answer.nearest;
  return {{"verdict", kNames[static_cast<int>(answer.verdict)]},
          {"reason", answer.reason.empty() ? Json() : Json(answer.reason)},
          {"ci_level", answer.level},
          {"nearest", nearest ? Json{{"path", nearest->stages},
                                     {"accuracy_gain_pp", 100 * nearest->gain},
                                     {"accuracy_gain_error_pp", 100 * nearest->gain_error},
                                     {"speedup", nearest->speed}}
                              : Json()},
          {"gains", std::move(gains)}};
}

}  // namespace

Json DiagnosisToJson(const Diagnosis& diagnosis) {
  Json candidates = Json::array();
  for (const HeadroomRow& row : diagnosis.candidates) candidates.push_back(ToJson(row));
  return {{"schema", "amsel.doctor/1"},
          {"source", diagnosis.source},
          {"images", diagnosis.images},
          {"summary", diagnosis.summary},
          {"candidates", std::move(candidates)},
          {"headroom", ToJson(diagnosis.headroom)},
          {"signal",
           {{"features", ToJson(diagnosis.features, diagnosis.candidates)},
            {"premodels", ToJson(diagnosis.premodels, diagnosis.candidates)},
            {"after_running", ToJson(diagnosis.confidences, diagnosis.candidates)},
            {"premodel_features_ms", diagnosis.premodel_features_ms}}},
          {"selection", ToJson(diagnosis.selection)},
          {"stopping", ToJson(diagnosis.stopping)}};
}

}  // namespace amsel
