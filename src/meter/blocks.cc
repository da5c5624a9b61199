// Work of one kind fills a block long enough for slow meters; tasks alternate in random order, so that warming up and
// drift hit all alike, as in paired designs; the power of an idle device, before and after, is subtracted. Blocks
// during which others used the processors are repeated: whether one counts is decided by that load, never by its
// energy.
#include "meter/blocks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <thread>

#include "base/random.h"
#include "base/status_macros.h"

namespace amsel {
namespace {

constexpr int kTriesPerBlock = 2;
constexpr int kIdleTries = 3;

double Seconds(Nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

/// Half of 95 % of Student's t, by degrees of freedom.
double StudentT(std::size_t freedom) {
  constexpr std::array kTable{12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
                              2.201,  2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086};
  return kTable[std::min(freedom, kTable.size()) - 1];  // beyond the table a little too wide
}

/// What came of one block: it counts, it was disturbed, or the meter failed.
struct Tried {
  EnergyBlock block;
  std::optional<Error> meter_fault;
  bool disturbed = false;
};

class Measurement {
 public:
  Measurement(EnergyInstruments& instruments, const Clock& clock, const std::vector<EnergyTask>& tasks)
      : instruments_(instruments), clock_(clock), tasks_(tasks), blocks_(tasks.size()) {}

  Result<EnergyReport> Run();

 private:
  using Work = std::function<Result<std::int64_t>()>;
  Result<Tried> TryBlock(const Work& work);
  Status RunRounds();
  std::optional<double> RestingWatts();
  EnergyOutcome OutcomeOf(std::size_t task, std::optional<double> idle_w) const;
  std::size_t Wanted() const { return static_cast<std::size_t>(instruments_.blocks.repetitions); }

  EnergyInstruments& instruments_;
  const Clock& clock_;
  const std::vector<EnergyTask>& tasks_;
  std::vector<std::vector<EnergyBlock>> blocks_;  ///< a task each
  std::size_t counted_ = 0;
  double worst_load_ = 0;
  std::optional<Error> fault_;  ///< of the meter
};

/// An error here is one of the work.
Result<Tried> Measurement::TryBlock(const Work& work) {
  Tried tried;
  const auto note = [&](const auto& result) {
    if (!result.ok() && !tried.meter_fault) tried.meter_fault = result.error();
    return result.ok();
  };
  note(instruments_.load->Start());
  const Result<double> before = instruments_.meter->Joules();
  if (!note(before) || tried.meter_fault) return tried;
  const Nanoseconds start = clock_.Now();
  Nanoseconds now = start;
  while (now - start < instruments_.blocks.length) {
    AMSEL_ASSIGN_OR_RETURN(const std::int64_t runs, work());
    tried.block.runs += runs;
    now = clock_.Now();
  }
  const Result<double> after = instruments_.meter->Joules();
  const Result<double> load = instruments_.load->OtherLoad();
  if (!note(after) || !note(load)) return tried;
  tried.block.joules = *after - *before;
  tried.block.seconds = Seconds(now - start);
  tried.block.other_load = *load;
  tried.disturbed = *load > instruments_.blocks.most_other_load;
  if (tried.disturbed) worst_load_ = std::max(worst_load_, *load);
  return tried;
}

/// Absent where every try was disturbed or the meter failed, which is then on record.
std::optional<double> Measurement::RestingWatts() {
  const Work idle = [&]() -> Result<std::int64_t> {
    const BlockOptions& options = instruments_.blocks;
    if (options.wait) {
      options.wait(options.length);
    } else {
      std::this_thread::sleep_for(options.length);
    }
    return std::int64_t{1};
  };
  for (int i = 0; i < kIdleTries && !fault_; ++i) {
    const Result<Tried> tried = TryBlock(idle);
    if (!tried.ok()) return {};
    fault_ = tried->meter_fault;
    if (!fault_ && !tried->disturbed) return tried->block.joules / tried->block.seconds;
  }
  return {};
}

Status Measurement::RunRounds() {
  Random random(instruments_.blocks.seed);
  std::vector<std::size_t> order(tasks_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t round = 0; round < kTriesPerBlock * Wanted(); ++round) {
    random.Shuffle(order);
    for (const std::size_t task : order) {
      if (blocks_[task].size() == Wanted() || fault_) continue;
      AMSEL_ASSIGN_OR_RETURN(const Tried tried, TryBlock(tasks_[task].run));
      fault_ = tried.meter_fault;
      if (fault_ || tried.disturbed) continue;
      blocks_[task].push_back(tried.block);
      ++counted_;
      if (instruments_.blocks.progress) instruments_.blocks.progress(counted_, Wanted() * tasks_.size());
    }
  }
  return {};
}

EnergyOutcome Measurement::OutcomeOf(std::size_t task, std::optional<double> idle_w) const {
  const std::vector<EnergyBlock>& blocks = blocks_[task];
  if (blocks.size() < Wanted()) {
    if (fault_) return {{}, fault_->message};
    const auto percent = std::to_string(std::lround(100 * worst_load_));
    const auto most = std::to_string(std::lround(100 * instruments_.blocks.most_other_load));
    return {{}, "other programs used up to " + percent + " % of a processor (at most " + most + " % is allowed)"};
  }
  if (std::any_of(blocks.begin(), blocks.end(), [](const EnergyBlock& block) { return block.joules <= 0; })) {
    return {{}, "the meter did not move during a block: it is stuck, or too coarse"};
  }
  return {FigureOf(blocks, idle_w), ""};
}

Result<EnergyReport> Measurement::Run() {
  EnergyReport report;
  report.source = instruments_.meter->info().source;
  report.how = instruments_.meter->info().how;
  report.block_s = Seconds(instruments_.blocks.length);
  report.repetitions = instruments_.blocks.repetitions;
  if (instruments_.blocks.length < kBlockLength) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "; blocks of only %g s", report.block_s);
    report.source += text.data();
  }
  report.idle_before_w = RestingWatts();
  AMSEL_RETURN_IF_ERROR(RunRounds());
  report.idle_after_w = RestingWatts();
  const std::optional<double> idle_w = IdleWatts(report);
  for (std::size_t task = 0; task < tasks_.size(); ++task) report.outcomes.push_back(OutcomeOf(task, idle_w));
  report.sampling_overhead = instruments_.meter->SamplingOverhead();
  return report;
}

}  // namespace

EnergyFigure FigureOf(const std::vector<EnergyBlock>& blocks, std::optional<double> idle_w) {
  const auto count = static_cast<double>(blocks.size());
  EnergyFigure figure;
  double above_idle = 0;
  for (const EnergyBlock& block : blocks) {
    const auto runs = static_cast<double>(block.runs);
    figure.joules += block.joules / runs / count;
    above_idle += (block.joules - idle_w.value_or(0) * block.seconds) / runs / count;
  }
  if (idle_w) figure.joules_above_idle = above_idle;
  if (blocks.size() > 1) {
    double squares = 0;
    for (const EnergyBlock& block : blocks) {
      const double deviation = block.joules / static_cast<double>(block.runs) - figure.joules;
      squares += deviation * deviation;
    }
    figure.joules_half_width = StudentT(blocks.size() - 1) * std::sqrt(squares / (count - 1) / count);
  }
  figure.blocks = blocks;
  return figure;
}

std::optional<double> IdleWatts(const EnergyReport& report) {
  if (!report.idle_before_w || !report.idle_after_w) return {};
  return (*report.idle_before_w + *report.idle_after_w) / 2;
}

Result<EnergyReport> MeasureEnergy(EnergyInstruments& instruments, const Clock& clock,
                                   const std::vector<EnergyTask>& tasks) {
  return Measurement(instruments, clock, tasks).Run();
}

}  // namespace amsel
