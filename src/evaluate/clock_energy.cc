#include "evaluate/clock_energy.h"

#include <numeric>

#include "base/status_macros.h"

namespace amsel {
namespace {

constexpr std::size_t kLargestSample = 1024;
constexpr std::size_t kMaxSampleBytes = std::size_t{256} << 20;  // of decoded pixels

/// Images drawn from the whole set, the same for all contenders, on which none of them failed, as many as fit into
/// memory.
Result<std::vector<Image>> DecodeSample(const ClockedImages& images, const std::vector<Contender>& contenders,
                                        std::uint64_t seed) {
  std::vector<std::size_t> order(images.listed.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  Random random(seed);
  random.Shuffle(order);
  for (const Contender& contender : contenders) {
    std::erase_if(order, [&](std::size_t i) { return contender.failed.contains(i); });
  }
  std::vector<Image> sample;
  std::size_t bytes = 0;
  for (const std::size_t i : order) {
    if (sample.size() == kLargestSample || bytes > kMaxSampleBytes) break;
    AMSEL_ASSIGN_OR_RETURN(ImageBlock one, DecodeBlock(images, i, i + 1));
    bytes += one.images.front().pixels.size();
    sample.push_back(std::move(one.images.front()));
  }
  return sample;
}

EnergyTask EnergyTaskOf(ClockBench& bench, const std::vector<Image>& sample, Contender& contender) {
  return {contender.row.name, [&, next = std::size_t{0}]() mutable -> Result<std::int64_t> {
            const Image& image = sample[next++ % sample.size()];
            AMSEL_ASSIGN_OR_RETURN(const Answer answer, Ask(bench, contender, image));
            if (answer.degraded) return RuntimeFailure(contender.row.name + ": " + answer.problems.front());
            return std::int64_t{1};
          }};
}

RowEnergy InMillijoules(const EnergyFigure& figure, const std::string& source) {
  constexpr double kMillijoules = 1000;
  const auto milli = [](const std::optional<double>& joules) {
    return joules ? std::optional(*joules * kMillijoules) : std::nullopt;
  };
  return {figure.joules * kMillijoules, source, milli(figure.joules_above_idle), milli(figure.joules_half_width)};
}

/// How energy was measured on so many images.
Json EnergyConditions(const EnergyReport& report, std::size_t images) {
  const auto number = [](const std::optional<double>& value) { return value ? Json(*value) : Json(); };
  return {{"source", report.source},
          {"how", report.how},
          {"block_s", report.block_s},
          {"repetitions", report.repetitions},
          {"images", images},
          {"idle_before_w", number(report.idle_before_w)},
          {"idle_after_w", number(report.idle_after_w)},
          {"sampling_overhead", report.sampling_overhead}};
}

}  // namespace

Result<ClockedEnergy> MeasureRowEnergy(ClockBench& bench, EnergyInstruments instruments, std::uint64_t seed,
                                       std::vector<Contender>& contenders) {
  ClockedEnergy energy;
  AMSEL_ASSIGN_OR_RETURN(const std::vector<Image> sample, DecodeSample(bench.images, contenders, seed));
  if (sample.empty()) {
    for (const Contender& contender : contenders) {
      energy.without.emplace_back(contender.row.name, "there is no image for which all candidates answered");
    }
    return energy;
  }
  std::vector<EnergyTask> tasks;
  for (Contender& contender : contenders) tasks.push_back(EnergyTaskOf(bench, sample, contender));
  AMSEL_ASSIGN_OR_RETURN(const EnergyReport report, MeasureEnergy(instruments, bench.clock, tasks));
  for (std::size_t i = 0; i < contenders.size(); ++i) {
    const EnergyOutcome& outcome = report.outcomes[i];
    if (outcome.figure) {
      contenders[i].row.energy = InMillijoules(*outcome.figure, report.source);
    } else {
      energy.without.emplace_back(contenders[i].row.name, outcome.why_not);
    }
  }
  energy.conditions = EnergyConditions(report, sample.size());
  return energy;
}

}  // namespace amsel
