#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "capi/guard.h"
#include "capi/handles.h"
#include "runtime/answer_json.h"

namespace amsel {
namespace {

// Of version 1 of the API: what the first structs ended with.
constexpr std::size_t kRunSize =
    offsetof(amsel_candidate_run, inference_ms) + sizeof(amsel_candidate_run::inference_ms);
constexpr std::size_t kTimesSize = offsetof(amsel_times, decision_ms) + sizeof(amsel_times::decision_ms);

}  // namespace

std::unique_ptr<amsel_answer> HandleOf(Answer answer, const std::vector<ExplainedStep>* steps, const Engine& engine) {
  auto result = std::make_unique<amsel_answer>();
  for (const CandidateRun& run : answer.runs) result->candidates.push_back(engine.CandidateName(run.candidate));
  if (answer.label >= 0) result->label = engine.labels()[static_cast<std::size_t>(answer.label)];
  if (steps != nullptr) result->explanation = JsonLine(ExplainedToJson(answer, *steps, engine));
  result->answer = std::move(answer);
  return result;
}

}  // namespace amsel

using amsel::Guarded;
using amsel::Milliseconds;
using amsel::MissingArgument;
using amsel::Status;

void amsel_answer_free(amsel_answer* answer) {
  delete answer;
}

int amsel_answer_class(const amsel_answer* answer) {
  return answer == nullptr ? -1 : answer->answer.label;
}

const char* amsel_answer_label(const amsel_answer* answer) {
  return answer == nullptr || answer->answer.label < 0 ? nullptr : answer->label.c_str();
}

double amsel_answer_probability(const amsel_answer* answer) {
  return answer == nullptr || answer->answer.abstained ? 0 : answer->answer.probability;
}

int amsel_answer_whose(const amsel_answer* answer) {
  return answer == nullptr ? -1 : answer->answer.whose;
}

const float* amsel_answer_log_probs(const amsel_answer* answer, int* count) {
  const bool none = answer == nullptr || answer->answer.log_probs.empty();
  if (count != nullptr) *count = none ? 0 : static_cast<int>(answer->answer.log_probs.size());
  return none ? nullptr : answer->answer.log_probs.data();
}

const char* amsel_answer_point(const amsel_answer* answer) {
  return answer == nullptr ? nullptr : answer->answer.operating_point.c_str();
}

int amsel_answer_abstained(const amsel_answer* answer) {
  return answer != nullptr && answer->answer.abstained ? 1 : 0;
}

int amsel_answer_degraded(const amsel_answer* answer) {
  return answer != nullptr && answer->answer.degraded ? 1 : 0;
}

int amsel_answer_late(const amsel_answer* answer) {
  return answer != nullptr && answer->answer.late ? 1 : 0;
}

const float* amsel_answer_features(const amsel_answer* answer, int* count) {
  const bool none = answer == nullptr || answer->answer.feature_values.empty();
  if (count != nullptr) *count = none ? 0 : static_cast<int>(answer->answer.feature_values.size());
  return none ? nullptr : answer->answer.feature_values.data();
}

int amsel_answer_certified(const amsel_answer* answer) {
  return answer != nullptr && answer->answer.certified ? 1 : 0;
}

int amsel_answer_problem_count(const amsel_answer* answer) {
  return answer == nullptr ? 0 : static_cast<int>(answer->answer.problems.size());
}

const char* amsel_answer_problem(const amsel_answer* answer, int index) {
  if (index < 0 || index >= amsel_answer_problem_count(answer)) return nullptr;
  return answer->answer.problems[static_cast<std::size_t>(index)].c_str();
}

int amsel_answer_run_count(const amsel_answer* answer) {
  return answer == nullptr ? 0 : static_cast<int>(answer->answer.runs.size());
}

amsel_status amsel_answer_run(const amsel_answer* answer, int index, amsel_candidate_run* run) {
  return Guarded([&]() -> Status {
    if (answer == nullptr) return MissingArgument("answer");
    if (index < 0 || index >= amsel_answer_run_count(answer)) {
      return amsel::UsageError("there is no run " + std::to_string(index) + ": the answer has " +
                               std::to_string(amsel_answer_run_count(answer)));
    }
    const auto at = static_cast<std::size_t>(index);
    const amsel::CandidateRun& ran = answer->answer.runs[at];
    return amsel::CopyOut(
        "run",
        amsel_candidate_run{sizeof(amsel_candidate_run), answer->candidates[at].c_str(), Milliseconds(ran.load),
                            Milliseconds(ran.preprocess), Milliseconds(ran.inference)},
        amsel::kRunSize, run);
  });
}

amsel_status amsel_answer_times(const amsel_answer* answer, amsel_times* times) {
  return Guarded([&]() -> Status {
    if (answer == nullptr) return MissingArgument("answer");
    const amsel::Answer& from = answer->answer;
    return amsel::CopyOut("times",
                          amsel_times{sizeof(amsel_times), Milliseconds(from.total), Milliseconds(from.decode),
                                      Milliseconds(from.features), Milliseconds(from.Decision())},
                          amsel::kTimesSize, times);
  });
}

const char* amsel_answer_explanation(const amsel_answer* answer) {
  return answer == nullptr || answer->explanation.empty() ? nullptr : answer->explanation.c_str();
}

void amsel_batch_free(amsel_batch* batch) {
  delete batch;
}

size_t amsel_batch_count(const amsel_batch* batch) {
  return batch == nullptr ? 0 : batch->results.size();
}

const amsel_answer* amsel_batch_answer(const amsel_batch* batch, size_t index) {
  return index < amsel_batch_count(batch) ? batch->results[index].answer.get() : nullptr;
}

amsel_status amsel_batch_status(const amsel_batch* batch, size_t index) {
  return index < amsel_batch_count(batch) ? batch->results[index].status : AMSEL_ERROR_USAGE;
}

const char* amsel_batch_error(const amsel_batch* batch, size_t index) {
  return index < amsel_batch_count(batch) ? batch->results[index].error.c_str() : nullptr;
}
