// Rows as a device meets them where another candidate ran just before, and how far other programs disturbed the clock.
#include "evaluate/bundle_clock.h"
#include "evaluate/clock_conditions.h"

namespace amsel {

void BundleClock::RunCold(const std::vector<Image>& block, std::size_t begin, Random& random) {
  const auto& candidates = bundle_.manifest().candidates;
  for (std::size_t at = 0; at < contenders_.size(); ++at) {
    Contender& contender = contenders_[at];
    if (contender.row.kind != "single" && at != headline_) continue;
    std::vector<std::size_t> others;  // contenders begin with the singles
    for (std::size_t c = 0; c < candidates.size(); ++c) {
      if (candidates[c].folder != candidates[static_cast<std::size_t>(contender.first)].folder) others.push_back(c);
    }
    if (others.empty()) continue;
    contender.row.cold_ms.resize(images_.size(), 0);
    for (std::size_t i = 0; i < block.size(); ++i) {
      Contender& before = contenders_[others[random.Below(others.size())]];
      (void)Call(workspace_, *before.policy, *before.episode, block[i]).Run();
      const Nanoseconds start = clock_.Now();
      (void)Call(workspace_, *contender.policy, *contender.episode, block[i]).Run();  // its answer is known
      contender.row.cold_ms[begin + i] = Milliseconds(clock_.Now() - start);
    }
  }
}

Json BundleClock::DisturbedShare() const {
  std::size_t runs = 0;
  std::size_t disturbed = 0;
  bool known = false;
  for (const Contender& contender : contenders_) {
    runs += contender.runs.size();
    disturbed += Undisturbed(contender.runs, MostThreads(placements_)).disturbed_count();
    for (const TimedRun& run : contender.runs) known = known || run.cpu.has_value();
  }
  return known ? Json(static_cast<double>(disturbed) / static_cast<double>(runs)) : Json();
}

}  // namespace amsel
