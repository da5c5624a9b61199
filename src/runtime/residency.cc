// When a DNN must be loaded, those leave that have the smallest share of the operating point's inputs for their bytes,
// of equals the one that was used longest ago (Cao and Irani, "Cost-Aware WWW Proxy Caching Algorithms", USITS 1997,
// value by size, with recency to break ties).
#include "runtime/residency.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace amsel {

double ResidentDnn::Usefulness() const {
  return share / static_cast<double>(std::max<std::int64_t>(bytes, 1));
}

std::optional<std::vector<std::size_t>> WhoLeaves(std::span<const ResidentDnn> dnns, const RoomWanted& wanted) {
  std::int64_t taken = 0;
  std::vector<std::size_t> may_leave;
  for (std::size_t at = 0; at < dnns.size(); ++at) {
    const ResidentDnn& dnn = dnns[at];
    if (at == wanted.dnn || dnn.state == ResidentDnn::State::kAbsent) continue;
    taken += dnn.bytes;
    const bool less_useful = dnn.Usefulness() < dnns[wanted.dnn].Usefulness();
    if (dnn.state == ResidentDnn::State::kIdle && (less_useful || !wanted.only_less_useful)) may_leave.push_back(at);
  }
  const auto order = [&](std::size_t at) { return std::tuple(dnns[at].Usefulness(), dnns[at].last_used); };
  std::sort(may_leave.begin(), may_leave.end(), [&](std::size_t a, std::size_t b) { return order(a) < order(b); });
  // How many have to leave; nothing where all are not enough.
  const auto count_for = [&](std::int64_t excess) -> std::optional<std::size_t> {
    std::size_t count = 0;
    for (; excess > 0 && count < may_leave.size(); ++count) excess -= dnns[may_leave[count]].bytes;
    return excess > 0 ? std::nullopt : std::optional(count);
  };
  const std::int64_t excess = taken + dnns[wanted.dnn].bytes - wanted.allowance;
  const std::optional<std::size_t> least = count_for(excess);
  if (!least) return {};
  may_leave.resize(count_for(excess + wanted.beyond).value_or(*least));
  return may_leave;
}

bool FitsBesideBusy(std::span<const ResidentDnn> dnns, std::size_t dnn, std::int64_t allowance) {
  std::int64_t used = dnns[dnn].bytes;
  for (std::size_t at = 0; at < dnns.size(); ++at) {
    const bool stays = dnns[at].state == ResidentDnn::State::kLoading || dnns[at].state == ResidentDnn::State::kInUse;
    if (stays && at != dnn) used += dnns[at].bytes;
  }
  return used <= allowance;
}

std::vector<std::size_t> MostUsefulTogether(std::span<const ResidentDnn> dnns, std::optional<std::int64_t> allowance) {
  std::vector<std::size_t> order(dnns.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return dnns[a].Usefulness() > dnns[b].Usefulness(); });
  if (!allowance) return order;
  std::int64_t room = *allowance;
  std::erase_if(order, [&](std::size_t at) {
    const bool stays_out = dnns[at].bytes > room;
    if (!stays_out) room -= dnns[at].bytes;
    return stays_out;
  });
  return order;
}

void Residency::BeginUse(std::size_t dnn) {
  ++dnns_[dnn].uses;
  dnns_[dnn].state = ResidentDnn::State::kInUse;
}

bool Residency::EndUse(std::size_t dnn) {
  ResidentDnn& used = dnns_[dnn];
  used.last_used = ++tick_;
  if (--used.uses > 0) return false;
  used.state = ResidentDnn::State::kIdle;
  return true;
}

void Residency::EndLoad(std::size_t dnn, bool stays) {
  dnns_[dnn].state = stays ? ResidentDnn::State::kIdle : ResidentDnn::State::kAbsent;
}

bool Residency::Learn(std::size_t dnn, std::int64_t measured) {
  ResidentDnn& loaded = dnns_[dnn];
  if (loaded.bytes_known) return false;
  loaded.bytes = std::max(loaded.bytes, measured);
  loaded.bytes_known = true;
  return true;
}

std::optional<std::vector<std::size_t>> Residency::MakeRoom(std::size_t dnn, std::int64_t resident,
                                                            bool only_less_useful) {
  if (!budget_) return std::vector<std::size_t>();
  std::int64_t explained = budget_->base;
  for (const ResidentDnn& one : dnns_) explained += one.loaded() ? one.bytes : 0;
  const std::int64_t unexplained = std::max<std::int64_t>(resident - explained, 0);
  auto who = WhoLeaves(dnns_, {.dnn = dnn,
                               .allowance = budget_->allowance(),
                               .beyond = unexplained + dnns_[dnn].file_bytes,
                               .only_less_useful = only_less_useful});
  for (const std::size_t at : who.value_or(std::vector<std::size_t>())) dnns_[at].state = ResidentDnn::State::kAbsent;
  return who;
}

void Residency::SetShares(std::span<const double> share) {
  for (std::size_t at = 0; at < dnns_.size(); ++at) dnns_[at].share = share[at];
}

}  // namespace amsel
