// A variant is judged against the fastest so far by medians over rounds in which the two take turns, so that a load
// that comes and goes, or a clock that falls as the device warms, meets both alike, and no more than two are in memory.
#include "runtime/tune.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "base/random.h"
#include "base/resident_memory.h"
#include "base/status_macros.h"
#include "image/preprocess.h"
#include "meter/after_pair.h"
#include "stats/metrics.h"

namespace amsel {
namespace {

constexpr int kFewestTuningRounds = 3;
constexpr int kMostTuningRounds = 25;
constexpr int kFewestCostRounds = 5;
constexpr int kMostCostRounds = 200;
constexpr std::uint64_t kTurnSeed = 1;
constexpr double kWorthIt = 1.03;  // the slowest, against the fastest, that is still taken for being simpler

/// A candidate's record, and as many tensors of the size that it sees, for measuring what it takes: those of the
/// record, or noise where its view is of another size than the record, which is the DNN's own.
struct TuningInputs {
  RecordedAnswers record;
  std::vector<std::vector<std::byte>> seen;
};

Result<TuningInputs> ReadTuningInputs(const Bundle& bundle, CandidateId id) {
  TuningInputs inputs;
  AMSEL_ASSIGN_OR_RETURN(inputs.record, ReadRecordedAnswers(bundle, bundle.candidate(id)));
  inputs.seen = inputs.record.tensors;
  if (!bundle.candidate(id).view.is_size()) return inputs;
  for (std::size_t n = 0; n < inputs.seen.size(); ++n) {
    inputs.seen[n] = NoiseTensor(bundle.card(id).preprocess, static_cast<unsigned>(n));
  }
  return inputs;
}

/// A candidate that is loaded, and what it is measured with.
struct Loaded {
  CandidateRunner runner;
  const TuningInputs* inputs;
  bool on_cpu;
};

/// One inference that warms caches, then one for each tensor.
Result<std::vector<TimedRun>> TakeTurn(Loaded& loaded, const Clock& clock) {
  AMSEL_RETURN_IF_ERROR(loaded.runner.Infer(loaded.inputs->seen.front()));
  std::vector<TimedRun> timed;
  for (const std::vector<std::byte>& tensor : loaded.inputs->seen) {
    const RunTimer timer(clock, loaded.on_cpu);
    AMSEL_RETURN_IF_ERROR(loaded.runner.Infer(tensor));
    timed.push_back(timer.Stop());
  }
  return timed;
}

/// Of one that has just run: as profile/after_runs.h has it.
Result<AfterPair> TimeAfter(Loaded& loaded, Loaded& other, const Clock& clock) {
  const std::vector<std::byte>& tensor = loaded.inputs->seen.front();
  AMSEL_RETURN_IF_ERROR(other.runner.Infer(other.inputs->seen.front()));
  return TimeAfterAnother(clock, loaded.on_cpu, [&] { return loaded.runner.Infer(tensor); });
}

double MeanOf(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

Result<Loaded> LoadVariant(const Bundle& bundle, CandidateId id, const Placement& at, const TuningInputs& inputs,
                           ConformanceCheck& check) {
  const int classes = bundle.manifest().classes;
  AMSEL_ASSIGN_OR_RETURN(CandidateRunner runner,
                         CandidateRunner::Open(*at.backend, at.options, bundle.Files(bundle.candidate(id)).model,
                                               bundle.card(id), classes));
  AMSEL_ASSIGN_OR_RETURN(check, CheckConformance(inputs.record, AnswersOf(runner, classes)));
  return Loaded{std::move(runner), &inputs, RunsOnCpu(*at.backend, at.options)};
}

/// Times two variants in turns, `champion` only where there is one; who fails says so. Medians over rounds, in ms.
std::pair<double, double> Duel(Loaded& challenger, Variant& challenged, Loaded* champion, Variant& held,
                               const Clock& clock, Nanoseconds until) {
  std::vector<double> own;
  std::vector<double> other;
  const auto turn = [&](Loaded& loaded, Variant& variant, std::vector<double>& rounds) {
    const auto taken = TakeTurn(loaded, clock);
    if (!taken.ok()) {
      variant.failure = taken.error().message;
      return;
    }
    std::vector<double> times;
    for (const TimedRun& one : *taken) times.push_back(Milliseconds(one.wall));
    rounds.push_back(MeanOf(times));
  };
  for (int round = 0; round < kMostTuningRounds && challenged.failure.empty(); ++round) {
    if (round >= kFewestTuningRounds && clock.Now() >= until) break;
    turn(challenger, challenged, own);
    if (champion != nullptr && held.failure.empty()) turn(*champion, held, other);
  }
  return {own.empty() ? 0 : Quantile(own, 0.5), other.empty() ? 0 : Quantile(other, 0.5)};
}

/// What the turns of one candidate came to.
struct TurnsTaken {
  std::vector<TimedRun> runs;
  std::vector<std::size_t> round_of;  ///< per run
  std::vector<TimedRun> after;        ///< right after another DNN, and
  std::vector<TimedRun> again;        ///< and, for each, a few runs in a row later
};

void Summarize(const TurnsTaken& taken, int threads, MeasuredCost& cost) {
  const UndisturbedTimes times = Undisturbed(taken.runs, threads);
  std::map<std::size_t, std::vector<double>> rounds;
  std::vector<double> all;
  for (std::size_t i = 0; i < taken.runs.size(); ++i) {
    if (!times.Counts(i)) continue;
    rounds[taken.round_of[i]].push_back(times.ms[i]);
    all.push_back(times.ms[i]);
  }
  std::vector<double> means;
  for (const auto& [round, ms] : rounds) means.push_back(MeanOf(ms));
  cost.inference_ms = Quantile(means, 0.5);
  cost.p50_ms = Quantile(all, 0.5);
  cost.p99_ms = Quantile(all, 0.99);
  if (!taken.after.empty()) cost.after_ms = cost.inference_ms * AfterFactor(taken.after, taken.again, threads);
  cost.runs = taken.runs.size();
  cost.disturbed = times.disturbed_count();
  cost.by_cpu_time = times.by_cpu_time;
}

}  // namespace

std::vector<Placement> VariantsOf(const TuneOptions& options) {
  std::vector<Placement> variants;
  for (Backend* backend : options.backends) {
    const std::vector<std::string> has = backend->providers();
    for (const std::string& provider : options.providers.empty() ? std::vector{has.front()} : options.providers) {
      if (std::find(has.begin(), has.end(), provider) == has.end()) continue;
      for (const int threads : options.threads) {
        // An accelerator does its work without them.
        if (provider != BackendIdentity().provider && threads != options.threads.front()) continue;
        for (const GraphOptimization graph : options.graphs) {
          variants.push_back({backend, {threads, graph, provider, options.precision, options.cache}});
        }
      }
    }
  }
  return variants;
}

std::vector<Variant> MeasureVariants(const Bundle& bundle, CandidateId id, const std::vector<Placement>& variants,
                                     const Clock& clock, Nanoseconds time) {
  std::vector<Variant> measured;
  for (const Placement& at : variants) measured.push_back({at, 0, {}, ""});
  const Result<TuningInputs> inputs = ReadTuningInputs(bundle, id);
  std::optional<Loaded> champion;
  std::size_t held_by = 0;
  for (std::size_t v = 0; v < variants.size(); ++v) {
    Variant& challenger = measured[v];
    auto loaded =
        inputs.ok() ? LoadVariant(bundle, id, variants[v], *inputs, challenger.check) : Result<Loaded>(inputs.error());
    if (!loaded.ok()) {
      challenger.failure = loaded.error().message;
      continue;
    }
    const Nanoseconds until = clock.Now() + time / static_cast<std::int64_t>(variants.size());
    const auto [own_ms, champion_ms] =
        Duel(*loaded, challenger, champion ? &*champion : nullptr, measured[held_by], clock, until);
    if (!challenger.failure.empty()) continue;
    challenger.median_ms = champion_ms > 0 ? own_ms / champion_ms * measured[held_by].median_ms : own_ms;
    const Variant& held = measured[held_by];
    if (!held.failure.empty()) champion.reset();
    const bool wins = !champion || (challenger.check.holds != held.check.holds ? challenger.check.holds
                                                                               : challenger.median_ms < held.median_ms);
    if (!wins) continue;
    champion = std::move(*loaded);
    held_by = v;
  }
  return measured;
}

int BestVariant(const std::vector<Variant>& variants) {
  for (const bool conforming : {true, false}) {
    const auto eligible = [&](const Variant& variant) {
      return variant.failure.empty() && (variant.check.holds || !conforming);
    };
    double least = -1;
    for (const Variant& variant : variants) {
      if (eligible(variant) && (least < 0 || variant.median_ms < least)) least = variant.median_ms;
    }
    for (std::size_t v = 0; v < variants.size(); ++v) {
      if (eligible(variants[v]) && variants[v].median_ms <= kWorthIt * least) return static_cast<int>(v);
    }
  }
  return -1;
}

Result<std::vector<MeasuredCost>> MeasureCosts(const Bundle& bundle, const std::vector<Placement>& placements,
                                               const Clock& clock, Nanoseconds time,
                                               const std::function<void(double share)>& progress) {
  const auto& candidates = bundle.manifest().candidates;
  const Nanoseconds begin = clock.Now();
  std::vector<MeasuredCost> costs(candidates.size());
  std::vector<TuningInputs> inputs(candidates.size());
  std::vector<Loaded> loaded;
  std::map<std::string, std::size_t> by_folder;  // views share a session, what it took to load is that of each
  std::vector<std::shared_ptr<Session>> sessions(candidates.size());
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    const auto id = static_cast<CandidateId>(c);
    const std::size_t first = by_folder.emplace(candidates[c].folder, c).first->second;
    AMSEL_ASSIGN_OR_RETURN(inputs[c], ReadTuningInputs(bundle, id));
    AMSEL_ASSIGN_OR_RETURN(const std::string file, bundle.VerifiedFile(candidates[c]));
    const std::int64_t resident = ResidentBytes();
    const Nanoseconds start = clock.Now();
    if (first == c) {
      AMSEL_ASSIGN_OR_RETURN(sessions[c], placements[c].backend->Open(file, placements[c].options));
    }
    costs[c].load_ms = first == c ? Milliseconds(clock.Now() - start) : costs[first].load_ms;
    AMSEL_ASSIGN_OR_RETURN(CandidateRunner runner,
                           CandidateRunner::Over(sessions[first], file, bundle.card(id), bundle.manifest().classes));
    costs[c].int8 = runner.int8();
    AMSEL_ASSIGN_OR_RETURN(costs[c].check,
                           CheckConformance(inputs[c].record, AnswersOf(runner, bundle.manifest().classes)));
    costs[c].resident_bytes =
        first == c ? std::max<std::int64_t>(0, ResidentBytes() - resident) : costs[first].resident_bytes;
    loaded.push_back({std::move(runner), &inputs[c], RunsOnCpu(*placements[c].backend, placements[c].options)});
  }
  std::vector<TurnsTaken> taken(candidates.size());
  std::vector<std::size_t> order(candidates.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  Random random(kTurnSeed);
  for (int round = 0; round < kMostCostRounds; ++round) {
    const double share = Milliseconds(clock.Now() - begin) / std::max(Milliseconds(time), 1e-6);
    if (round >= kFewestCostRounds && share >= 1) break;
    if (progress) progress(std::min(share, 1.0));
    random.Shuffle(order);
    for (const std::size_t c : order) {
      AMSEL_ASSIGN_OR_RETURN(const std::vector<TimedRun> timed, TakeTurn(loaded[c], clock));
      taken[c].runs.insert(taken[c].runs.end(), timed.begin(), timed.end());
      taken[c].round_of.resize(taken[c].runs.size(), static_cast<std::size_t>(round));
      std::vector<std::size_t> others = order;
      std::erase_if(others, [&](std::size_t other) { return candidates[other].folder == candidates[c].folder; });
      if (others.empty()) continue;
      AMSEL_ASSIGN_OR_RETURN(const AfterPair pair,
                             TimeAfter(loaded[c], loaded[others[random.Below(others.size())]], clock));
      taken[c].after.push_back(pair.after);
      taken[c].again.push_back(pair.again);
    }
  }
  if (progress) progress(1);
  for (std::size_t c = 0; c < candidates.size(); ++c) Summarize(taken[c], placements[c].options.threads, costs[c]);
  return costs;
}

}  // namespace amsel
