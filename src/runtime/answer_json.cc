#include "runtime/answer_json.h"

#include "base/clock.h"

namespace amsel {
namespace {

Json NamesToJson(const std::vector<CandidateId>& candidates, const Engine& engine) {
  Json names = Json::array();
  for (const CandidateId id : candidates) names.push_back(engine.CandidateName(id));
  return names;
}

/// The feature values, unless the step is another one than their extraction.
std::vector<float> FeaturesAt(const ExplainedStep& step, const Answer& answer) {
  return step.step.kind == Step::Kind::kExtract ? answer.feature_values : std::vector<float>();
}

}  // namespace

const char* DecisionName(Step::Kind kind) {
  switch (kind) {
    case Step::Kind::kExtract:
      return "extract";
    case Step::Kind::kRun:
      return "run";
    case Step::Kind::kAnswer:
      return "answer";
    case Step::Kind::kAbstain:
      return "abstain";
  }
  return "";
}

const OperatingPoint& PointThatAnswered(const Answer& answer, const Engine& engine) {
  for (const OperatingPoint& point : engine.operating_points()) {
    if (point.name == answer.operating_point) return point;
  }
  return engine.operating_point();
}

Json AnswerToJson(const Answer& answer, const Engine& engine) {
  Json candidates = Json::array();
  std::chrono::nanoseconds load{0};
  for (const CandidateRun& run : answer.runs) {
    candidates.push_back(engine.CandidateName(run.candidate));
    load += run.load;
  }
  const auto unless_abstained = [&](Json value) { return answer.abstained ? Json() : std::move(value); };
  const bool has_class = answer.label >= 0;
  Json json = {{"class", has_class ? Json(answer.label) : Json()},
               {"label", has_class ? Json(engine.labels()[static_cast<std::size_t>(answer.label)]) : Json()},
               {"probability", unless_abstained(answer.probability)},
               {"candidates", candidates},
               {"operating_point", answer.operating_point},
               {"abstained", answer.abstained},
               {"degraded", answer.degraded},
               {"late", answer.late},
               {"certified", answer.certified},
               {"decode_ms", Milliseconds(answer.decode)},
               {"load_ms", Milliseconds(load)},
               {"latency_ms", Milliseconds(answer.total)}};
  if (answer.whose != kNoCandidate) json["whose"] = engine.CandidateName(answer.whose);
  if (answer.degraded) json["problems"] = answer.problems;
  return json;
}

Json ExplainedToJson(const Answer& answer, const std::vector<ExplainedStep>& steps, const Engine& engine) {
  Json json = AnswerToJson(answer, engine);
  json["steps"] = StepsToJson(answer, steps, engine);
  json["planned"] = PlanToJson(PointThatAnswered(answer, engine));
  return json;
}

Json StepsToJson(const Answer& answer, const std::vector<ExplainedStep>& steps, const Engine& engine) {
  Json list = Json::array();
  for (const ExplainedStep& step : steps) {
    const bool runs = step.step.kind == Step::Kind::kRun;
    Json notes = Json::array();
    for (const ExplanationNote& note : step.notes) {
      notes.push_back(
          {{"candidate", note.candidate == kNoCandidate ? Json() : Json(engine.CandidateName(note.candidate))},
           {"subject", note.subject},
           {"figure", note.figure},
           {"outcome", note.outcome}});
    }
    Json features = Json::object();
    const std::vector<float> values = FeaturesAt(step, answer);
    for (std::size_t f = 0; f < values.size(); ++f) features[engine.feature_names()[f]] = values[f];
    list.push_back({{"ran", NamesToJson(step.path, engine)},
                    {"notes", notes},
                    {"left_out", NamesToJson(step.left_out, engine)},
                    {"decision", DecisionName(step.step.kind)},
                    {"candidate", runs ? Json(engine.CandidateName(step.step.candidate)) : Json()},
                    {"price_ms", runs ? Json(step.step.price) : Json()},
                    {"confidence", step.step.value > 0 ? Json(step.step.value) : Json()}});
    if (!values.empty()) list.back()["features"] = features;
  }
  return list;
}

Json PlanToJson(const OperatingPoint& point) {
  return {{"top1", point.top1},
          {"top1_ci95", {point.top1_low, point.top1_high}},
          {"over_single_best", point.over_single_best ? Json(*point.over_single_best) : Json()},
          {"latency_ms",
           {{"mean", point.mean_latency.count()},
            {"p50", point.p50_latency.count()},
            {"p99", point.p99_latency.count()},
            {"worst_path", point.worst_path.count()}}},
          {"energy_mj", point.energy_mj ? Json(*point.energy_mj) : Json()},
          {"energy_source", point.energy_source.empty() ? Json() : Json(point.energy_source)},
          {"certificates", point.certificates}};
}

std::string JsonLine(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace amsel
