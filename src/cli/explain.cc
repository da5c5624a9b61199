#include "cli/explain.h"

#include <fmt/core.h>

#include "base/clock.h"
#include "runtime/answer_json.h"

namespace amsel {
namespace {

constexpr double kNotable = 0.001;  // milliseconds: less is the clock itself

std::string Names(const std::vector<CandidateId>& candidates, const Engine& engine, const char* separator) {
  std::string text;
  for (const CandidateId id : candidates) text += (text.empty() ? "" : separator) + engine.CandidateName(id);
  return text;
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
  if (!step.left_out.empty())
    text += "  weigh    did not fit the time left, or the memory budget: " + Names(step.left_out, engine, ", ") + "\n";
  text += "  decide   " + DecisionText(step.step, engine) + "\n";
  if (step.step.kind != Step::Kind::kExtract) return text;
  const std::vector<float>& features = answer.feature_values;
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
  return text + PlanText(PointThatAnswered(answer, engine)) + TimesText(answer, engine);
}

}  // namespace amsel
