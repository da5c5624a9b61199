// Energy of each row, in blocks that alternate, after the clocking.
#include <numeric>

#include "base/status_macros.h"
#include "evaluate/bundle_clock.h"
#include "evaluate/clock_conditions.h"

namespace amsel {
namespace {

constexpr std::size_t kLargestSample = 1024;
constexpr std::size_t kMaxSampleBytes = std::size_t{256} << 20;  // of decoded pixels

}  // namespace

/// Images drawn from the whole set, the same for all contenders, on which none of them failed, as many as fit into
/// memory.
Result<std::vector<Image>> BundleClock::DecodeSample() {
  std::vector<std::size_t> order(images_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  Random random(options_.seed);
  random.Shuffle(order);
  std::set<std::size_t> failed;
  for (const auto& [at, row] : failed_) failed.insert(at);
  std::erase_if(order, [&](std::size_t i) { return failed.contains(i); });
  std::vector<Image> sample;
  std::size_t bytes = 0;
  for (const std::size_t i : order) {
    if (sample.size() == kLargestSample || bytes > kMaxSampleBytes) break;
    AMSEL_ASSIGN_OR_RETURN(std::vector<Image> one, DecodeBlock(i, i + 1));
    bytes += one.front().pixels.size();
    sample.push_back(std::move(one.front()));
  }
  return sample;
}

Status BundleClock::MeasureEnergyOfAll() {
  constexpr double kMillijoules = 1000;
  AMSEL_ASSIGN_OR_RETURN(const std::vector<Image> sample, DecodeSample());
  if (sample.empty()) {
    for (const Contender& contender : contenders_) {
      result_.without_energy.emplace_back(contender.row.name, "there is no image for which all candidates answered");
    }
    return {};
  }
  std::vector<EnergyTask> tasks;
  for (Contender& contender : contenders_) {
    tasks.push_back({contender.row.name, [&, next = std::size_t{0}]() mutable -> Result<std::int64_t> {
                       const Image& image = sample[next++ % sample.size()];
                       AMSEL_ASSIGN_OR_RETURN(const Answer answer,
                                              Call(workspace_, *contender.policy, *contender.episode, image).Run());
                       if (answer.degraded) return RuntimeFailure(contender.row.name + ": " + answer.problems.front());
                       return std::int64_t{1};
                     }});
  }
  AMSEL_ASSIGN_OR_RETURN(const EnergyReport report, MeasureEnergy(options_.energy, clock_, tasks));
  for (std::size_t i = 0; i < contenders_.size(); ++i) {
    const EnergyOutcome& outcome = report.outcomes[i];
    if (!outcome.figure) {
      result_.without_energy.emplace_back(contenders_[i].row.name, outcome.why_not);
      continue;
    }
    const auto milli = [](const std::optional<double>& joules) {
      return joules ? std::optional(*joules * kMillijoules) : std::nullopt;
    };
    contenders_[i].row.energy = {outcome.figure->joules * kMillijoules, report.source,
                                 milli(outcome.figure->joules_above_idle), milli(outcome.figure->joules_half_width)};
  }
  energy_ = EnergyConditions(report, sample.size());
  return {};
}

}  // namespace amsel
