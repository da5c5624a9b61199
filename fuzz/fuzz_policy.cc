// A policy file; one that is accepted must also be able to decide, at every operating point and whatever fails.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "policy/drive.h"
#include "policy/policy_file.h"

namespace {

constexpr std::size_t kMostValues = std::size_t{1} << 20;  // larger states are slow, not otherwise interesting
constexpr std::size_t kMostPoints = 8;

void Decide(const amsel::Policy& policy, int point, float feature, bool fail_first) {
  amsel::Episode episode(policy, point);
  const std::vector<float> features(policy.feature_names().size(), feature);
  const std::vector<float> log_probs(static_cast<std::size_t>(policy.class_count()), -1.0F);
  const auto all = amsel::CandidateSet::All(policy.candidate_count());
  episode.Begin();
  (void)episode.Explain(all);
  bool fail = fail_first;
  const amsel::Step last = amsel::Drive(
      episode, all, [&] { episode.ObserveFeatures(features); },
      [&](amsel::CandidateId id) {
        (void)episode.Explain(all);
        if (id < 0 || id >= policy.candidate_count()) std::abort();
        if (fail) return fail = false;
        episode.Observe(id, log_probs);
        return true;
      });
  const bool answered = last.kind == amsel::Step::Kind::kAnswer;
  if (answered != (episode.Answer().label >= 0) && (answered || !policy.may_abstain())) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto content = amsel::ParseTensorFile(bytes, "policy.safetensors");
  if (!content.ok()) return 0;
  const auto read = amsel::PolicyFromTensorFile(*content, "policy.safetensors");
  if (!read.ok()) return 0;
  const amsel::Policy& policy = **read;
  const auto values = static_cast<std::size_t>(policy.candidate_count()) * policy.class_count() + policy.scratch_size();
  if (values > kMostValues) return 0;
  const std::size_t points = std::min(policy.operating_points().size(), kMostPoints);
  for (std::size_t point = 0; point < points; ++point) {
    for (const float feature : {0.0F, 0.5F, -3e38F}) Decide(policy, static_cast<int>(point), feature, feature > 0);
  }
  (void)amsel::SerializeTensorFile(amsel::PolicyToTensorFile(policy));
  return 0;
}
