// Energy per run, by blocks of work that alternate (docs/energy.md).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "meter/energy_meter.h"
#include "meter/load_watch.h"
#include "meter/power_model.h"

namespace amsel {

/// What a block takes at least; figures from shorter ones say so in their source.
inline constexpr Nanoseconds kBlockLength = std::chrono::seconds(5);

struct BlockOptions {
  Nanoseconds length = kBlockLength;      ///< at least: a block ends with the run that passes it
  int repetitions = 5;                    ///< blocks a task
  double most_other_load = 0.05;          ///< of one processor; a block with more does not count
  std::uint64_t seed = 1;                 ///< of the order within a round
  std::function<void(Nanoseconds)> wait;  ///< passes idle time; absent: sleeps
  std::function<void(std::size_t done, std::size_t total)> progress;  ///< in blocks, disturbed ones not counted
};

/// What energy is measured with in one run of the program, if with anything.
struct EnergyInstruments {
  std::shared_ptr<EnergyMeter> meter;  ///< null: nothing measures
  std::optional<LoadWatch> load;       ///< there when `meter` is
  BlockOptions blocks;
  std::optional<PowerModel> model;  ///< estimates where nothing was measured
};

/// Something whose energy is asked for. `run` does a little of it and gives the number of runs done, at least 1.
struct EnergyTask {
  std::string name;
  std::function<Result<std::int64_t>()> run;
};

/// One block that counts.
struct EnergyBlock {
  double joules = 0;
  double seconds = 0;
  std::int64_t runs = 0;
  double other_load = 0;
};

/// Per run, in J.
struct EnergyFigure {
  double joules = 0;                        ///< all that the meter counted, idle power included
  std::optional<double> joules_half_width;  ///< of the 95 % interval of `joules`; absent for a single block
  std::optional<double> joules_above_idle;  ///< less what the device takes anyway; absent where that is not known
  std::vector<EnergyBlock> blocks{};
};

/// A figure, or why there is none.
struct EnergyOutcome {
  std::optional<EnergyFigure> figure;
  std::string why_not;
};

struct EnergyReport {
  std::string source;
  std::string how;  ///< how the meter is read
  double block_s = 0;
  int repetitions = 0;
  std::optional<double> idle_before_w;  ///< power of an idle block before the work; absent where all were disturbed
  std::optional<double> idle_after_w;   ///< and after it
  double sampling_overhead = 0;         ///< share of the time spent reading sensors
  std::vector<EnergyOutcome> outcomes;  ///< a task each
};

/// Power at rest: the mean of before and after; absent unless both are known.
std::optional<double> IdleWatts(const EnergyReport& report);

/// Measures the energy of each task with `instruments.meter`. In each round every task has one block, in random order;
/// rounds go on until all have enough blocks that count, or twice as many were tried. A meter that fails or does not
/// move leaves tasks without a figure; only a task that fails is an error.
Result<EnergyReport> MeasureEnergy(EnergyInstruments& instruments, const Clock& clock,
                                   const std::vector<EnergyTask>& tasks);

/// Mean over blocks and its 95 % interval (Student's t); `idle_w` is subtracted where it is given.
EnergyFigure FigureOf(const std::vector<EnergyBlock>& blocks, std::optional<double> idle_w);

}  // namespace amsel
