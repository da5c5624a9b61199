#include "cli/explain.h"

#include <fmt/core.h>

#include "base/clock.h"

namespace amsel {
namespace {

constexpr double kNotable = 0.001;  // milliseconds: less is the clock itself

std::string Names(const std::vector<CandidateId>& candidates, const Engine& engine, const char* separator) {
  std::string text;
  for (const CandidateId id : candidates) text += (text.empty() ? "" : separator) + engine.CandidateName(id);
  return text;
}

Json NamesToJson(const std::vector<CandidateId>& candidates, const Engine& engine) {
  Json names = Json::array();
  for (const CandidateId id : candidates) names.push_back(engine.CandidateName(id));
  return names;
}

/// The feature values, unless the step is another one than their extraction.
std::vector<float> FeaturesAt(const ExplainedStep& step, const Answer& answer) {
  return step.step.kind == Step::Kind::kExtract ? answer.feature_values : std::vector<float>();
}

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

std::string DecisionText(const Step& step, const Engine& engine) {
  std::string text = DecisionName(step.kind);
  if (step.kind == Step::Kind::kExtract) text += " the image features";
  if (step.kind == Step::Kind::kRun) {
    text += fmt::format(" {} at a planned {:.3f} ms", engine.CandidateName(step.candidate), step.price);
  }
  return step.value > 0 ? fmt::format("{}, confidence {:.3f}", text, step.value) : text;
}

std::string StepText(const ExplainedStep& step, const Answer& answer, const Engine& engine) {
  const std::string ran = Names(step.path, engine, " > ");
  std::string text = fmt::format("  state    {} run\n", ran.empty() ? "nothing has" : ran + " has");
  for (const ExplanationNote& note : step.notes) {
    const std::string who = note.candidate == kNoCandidate ? "" : engine.CandidateName(note.candidate) + ": ";
    text += fmt::format("  weigh    {}{} {:.3f}: {}\n", who, note.subject, note.figure, note.outcome);
  }
  if (!step.too_slow.empty())
    text += "  weigh    too slow for the time left: " + Names(step.too_slow, engine, ", ") + "\n";
  text += "  decide   " + DecisionText(step.step, engine) + "\n";
  const std::vector<float> features = FeaturesAt(step, answer);
  for (std::size_t f = 0; f < features.size(); ++f) {
    text += fmt::format("  feature  {} = {:.4g}\n", engine.feature_names()[f], features[f]);
  }
  return text;
}

std::string PlanText(const OperatingPoint& point) {
  std::string text = fmt::format(
      "  point    {}: planned top-1 {:.2f} % [{:.2f}, {:.2f}], {:.3f} ms mean, {:.3f} ms p99, {:.3f} ms worst path\n",
      point.name, 100 * point.top1, 100 * point.top1_low, 100 * point.top1_high, point.mean_latency.count(),
      point.p99_latency.count(), point.worst_path.count());
  for (const std::string& certificate : point.certificates) text += "  point    certified: " + certificate + "\n";
  return text;
}

std::string TimesText(const Answer& answer, const Engine& engine) {
  std::string text =
      fmt::format("  time     decode {:.3f} ms, features {:.3f} ms, deciding {:.3f} ms\n", Milliseconds(answer.decode),
                  Milliseconds(answer.features), Milliseconds(answer.Decision()));
  for (const CandidateRun& run : answer.runs) {
    if (Milliseconds(run.load) >= kNotable) {
      text += fmt::format("  time     {}: loading {:.3f} ms (the first time only)\n",
                          engine.CandidateName(run.candidate), Milliseconds(run.load));
    }
    text += fmt::format("  time     {}: preprocessing {:.3f} ms, inference {:.3f} ms\n",
                        engine.CandidateName(run.candidate), Milliseconds(run.preprocess), Milliseconds(run.inference));
  }
  return text;
}

}  // namespace

std::string ExplanationText(const Answer& answer, const std::vector<ExplainedStep>& steps, const Engine& engine) {
  std::string text;
  for (const ExplainedStep& step : steps) text += StepText(step, answer, engine);
  for (const std::string& problem : answer.problems) text += "  problem  " + problem + "\n";
  return text + PlanText(engine.operating_point()) + TimesText(answer, engine);
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
                    {"too_slow", NamesToJson(step.too_slow, engine)},
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
          {"latency_ms",
           {{"mean", point.mean_latency.count()},
            {"p50", point.p50_latency.count()},
            {"p99", point.p99_latency.count()},
            {"worst_path", point.worst_path.count()}}},
          {"energy_mj", point.energy_mj ? Json(*point.energy_mj) : Json()},
          {"energy_source", point.energy_source.empty() ? Json() : Json(point.energy_source)},
          {"certificates", point.certificates}};
}

}  // namespace amsel
