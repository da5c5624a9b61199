#include "evaluate/contender.h"

#include <algorithm>

#include "backend/canonical.h"
#include "base/status_macros.h"
#include "bundle/point_names.h"
#include "evaluate/rows.h"
#include "policy/premodel.h"

namespace amsel {
namespace {

constexpr int kNotAsked = -2;  // as a prediction; an abstention is −1

Contender Begin(std::shared_ptr<const Policy> policy, int point, std::size_t images, RowSamples row) {
  Contender contender{.policy = std::move(policy), .row = std::move(row)};
  contender.episode.emplace(*contender.policy, point);
  contender.row.right.assign(images, 0);
  contender.row.right_top5.assign(images, 0);
  contender.row.latency_ms.assign(images, 0);
  contender.row.predicted.assign(images, kNotAsked);
  return contender;
}

Contender BeginSingle(const Bundle& bundle, CandidateId id, std::size_t images) {
  const Manifest& manifest = bundle.manifest();
  PolicyCommon common;
  common.classes = manifest.classes;
  common.costs_ms.assign(manifest.candidates.size(), 0);  // no fallback: a single stands for itself
  RowSamples row{.name = manifest.candidates[static_cast<std::size_t>(id)].name,
                 .kind = "single",
                 .derived = bundle.IsDerived(id)};
  return Begin(std::make_shared<SinglePolicy>(std::move(common), id), 0, images, std::move(row));
}

void NoteFailure(const ClockBench& bench, std::size_t at, const std::string& reason, Contender& contender,
                 std::vector<FailedRun>& failed) {
  if (!contender.failed.insert(at).second) return;
  failed.push_back({contender.row.name, bench.images.listed[at].key, reason});
}

/// Once without an answer is without one: the others of this image count no more.
void RecordFailure(const ClockBench& bench, std::size_t at, Contender& contender) {
  RowSamples& row = contender.row;
  row.predicted[at] = -1;
  row.right[at] = row.right_top5[at] = 0;
  if (!contender.answers.empty()) contender.answers[at] = {bench.images.listed[at].key, -1, {}, row.operating_point};
}

/// What the first answer for an image says; later ones are the same.
void RecordFirst(const ClockBench& bench, const Answer& answer, std::size_t at, Contender& contender) {
  RowSamples& row = contender.row;
  row.predicted[at] = answer.label;
  if (!answer.abstained) {  // an abstention is never right
    const int rank = RankOf(answer.log_probs, bench.images.listed[at].label);
    row.right[at] = rank == 0 ? 1 : 0;
    row.right_top5[at] = rank < kTopFive ? 1 : 0;
  }
  if (!answer.runs.empty()) contender.first = answer.runs.front().candidate;
  std::vector<std::string> names;
  for (const CandidateRun& run : answer.runs) {
    names.push_back(bench.bundle.manifest().candidates[static_cast<std::size_t>(run.candidate)].name);
    row.shares[names.back()] += bench.images.shares[at];
  }
  contender.paths.insert(names);
  if (!contender.answers.empty()) {
    contender.answers[at] = {bench.images.listed[at].key, answer.label, std::move(names), row.operating_point};
  }
}

Status Record(const ClockBench& bench, const Answer& answer, std::size_t at, Contender& contender) {
  RowSamples& row = contender.row;
  const bool first = row.predicted[at] == kNotAsked;
  if (!first && !contender.failed.contains(at) && row.predicted[at] != answer.label) {
    return RuntimeFailure(bench.images.listed[at].key + ": " + row.name + " answered differently when asked again");
  }
  row.latency_ms[at] += Milliseconds(answer.total) / bench.repetitions;
  contender.overhead_ms += Milliseconds(answer.features + answer.Decision()) / bench.repetitions;
  for (const CandidateRun& run : answer.runs) {
    contender.preprocess_ms += Milliseconds(run.preprocess) / bench.repetitions;
  }
  if (first) RecordFirst(bench, answer, at, contender);
  return {};
}

}  // namespace

std::vector<Contender> ContendersOf(const Bundle& bundle, std::size_t images) {
  std::vector<Contender> contenders;
  for (std::size_t id = 0; id < bundle.manifest().candidates.size(); ++id) {
    contenders.push_back(BeginSingle(bundle, static_cast<CandidateId>(id), images));
  }
  const auto& points = bundle.policy().operating_points();
  const std::string& kind = bundle.manifest().policy_kind;
  const std::shared_ptr<const Policy> policy(std::shared_ptr<void>(), &bundle.policy());  // the bundle owns it
  for (std::size_t point = 0; point < points.size(); ++point) {
    if (IsNumbered(points[point])) continue;
    const std::string name = points.size() == 1 ? kind : kind + " " + points[point];
    contenders.push_back(Begin(policy, static_cast<int>(point), images,
                               {.name = name, .kind = PolicyRowKind(kind), .operating_point = points[point]}));
    contenders.back().answers.resize(images);
  }
  return contenders;
}

std::size_t HeadlineAmong(const std::vector<Contender>& contenders) {
  const auto at = [&](auto&& is) {
    return static_cast<std::size_t>(std::find_if(contenders.begin(), contenders.end(), is) - contenders.begin());
  };
  const std::size_t balanced = at([](const Contender& one) { return one.row.operating_point == "balanced"; });
  if (balanced < contenders.size()) return balanced;
  const std::size_t first = at([](const Contender& one) { return !one.is_single(); });
  return first < contenders.size() ? first : 0;
}

Result<Answer> Ask(ClockBench& bench, Contender& contender, const Image& image) {
  return Call(bench.workspace, *contender.policy, *contender.episode, image).Run();
}

Status ClockTurn(ClockBench& bench, const ImageBlock& block, Contender& contender, std::vector<FailedRun>& failed) {
  (void)Ask(bench, contender, block.images.front());
  for (std::size_t i = 0; i < block.images.size(); ++i) {
    const std::size_t at = block.begin + i;
    const RunTimer timer(bench.clock, bench.on_cpu);
    const Result<Answer> answer = Ask(bench, contender, block.images[i]);
    contender.runs.push_back(timer.Stop());
    if (!answer.ok()) {
      contender.row.latency_ms[at] += Milliseconds(contender.runs.back().wall) / bench.repetitions;
      NoteFailure(bench, at, answer.error().message, contender, failed);
      RecordFailure(bench, at, contender);
      continue;
    }
    if (answer->degraded) NoteFailure(bench, at, answer->problems.front(), contender, failed);
    AMSEL_RETURN_IF_ERROR(Record(bench, *answer, at, contender));
  }
  return {};
}

void RunCold(ClockBench& bench, const ImageBlock& block, Random& random, std::vector<Contender>& contenders) {
  const auto& candidates = bench.bundle.manifest().candidates;
  const std::size_t headline = HeadlineAmong(contenders);
  for (std::size_t at = 0; at < contenders.size(); ++at) {
    Contender& contender = contenders[at];
    if (!contender.is_single() && at != headline) continue;
    std::vector<std::size_t> others;  // contenders begin with the singles
    for (std::size_t c = 0; c < candidates.size(); ++c) {
      if (candidates[c].folder != candidates[static_cast<std::size_t>(contender.first)].folder) others.push_back(c);
    }
    if (others.empty()) continue;
    contender.row.cold_ms.resize(bench.images.listed.size(), 0);
    for (std::size_t i = 0; i < block.images.size(); ++i) {
      (void)Ask(bench, contenders[others[random.Below(others.size())]], block.images[i]);
      const Nanoseconds start = bench.clock.Now();
      (void)Ask(bench, contender, block.images[i]);  // its answer is known
      contender.row.cold_ms[block.begin + i] = Milliseconds(bench.clock.Now() - start);
    }
  }
}

}  // namespace amsel
