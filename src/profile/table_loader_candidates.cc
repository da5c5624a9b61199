#include <algorithm>

#include "base/json.h"
#include "base/plain_name.h"
#include "card/card.h"
#include "profile/row_limits.h"
#include "profile/table_loader.h"

namespace amsel {
namespace {

/// Adds the candidate to the table.
Status TakeCandidate(const StoredCandidate& stored, const RowReader& rows, const std::string& file, ProfileTable& table,
                     CalibratedOn& calibrated) {
  if (!IsPlainName(stored.name)) return rows.Wrong("the name of candidate `" + stored.name + "`", kPlainName);
  const std::optional<View> view = ParseView(stored.view);
  if (!view) return rows.Wrong("unknown view `" + stored.view + "` of " + stored.name, kViewForms);
  const std::string name = NameInView(stored.name, *view);
  CandidateOrigin origin;
  origin.id = stored.id;
  origin.base = stored.name;
  origin.view = *view;
  origin.card = stored.card;
  origin.file_sha256 = stored.file_sha256;
  origin.preprocess_key = name;
  std::string derived_from = view->is_identity() ? "" : stored.name;
  if (!stored.card.empty()) {
    AMSEL_ASSIGN_OR_RETURN(const Json json, ParseJson(stored.card, file));
    AMSEL_ASSIGN_OR_RETURN(const Card card, ParseCard(json, file + ": card of " + name));
    if (derived_from.empty()) derived_from = card.derived_from;
    AddCalibration(card, calibrated);
    const auto seen = InView(card.preprocess, *view);
    if (!seen.ok()) return rows.Wrong("view " + name, "one that its card allows: " + seen.error().message);
    origin.preprocess_key = PreprocessKey(*seen);
  }
  const auto same = std::find_if(table.profiled.begin(), table.profiled.end(),
                                 [&](const auto& earlier) { return earlier.preprocess_key == origin.preprocess_key; });
  const auto input = static_cast<int>(same - table.profiled.begin());
  const bool derived = !derived_from.empty();
  table.candidates.push_back({name, derived, input, std::move(derived_from)});
  table.profiled.push_back(std::move(origin));
  return {};
}

Status LoadLoads(RowReader& rows, const TableIndex& index, ProfileTable& table) {
  return rows.Each("SELECT candidate, load_ns, resident_bytes FROM load ORDER BY config", [&](Statement& q) -> Status {
    const auto it = index.candidates.find(q.Integer(0));
    if (it == index.candidates.end()) return {};
    CandidateOrigin& origin = table.profiled[it->second];
    const auto load_ns = q.Whole(1, 0, kMostNs);
    const auto bytes = q.Whole(2, 0, kMostResidentBytes);
    if (!load_ns || !bytes) {
      return rows.Wrong("load_ns or resident_bytes of " + table.candidates[it->second].name, "whole numbers from 0");
    }
    origin.load_ms = static_cast<double>(*load_ns) * kMsPerNs;
    origin.resident_bytes = *bytes;
    return {};
  });
}

Status LoadEnergy(RowReader& rows, const TableIndex& index, ProfileTable& table) {
  constexpr double kMillijoules = 1000;
  AMSEL_RETURN_IF_ERROR(
      rows.Each("SELECT candidate, joules_per_run, source FROM energy ORDER BY config", [&](Statement& q) -> Status {
        const auto it = index.candidates.find(q.Integer(0));
        if (it == index.candidates.end()) return {};
        CandidateOrigin& origin = table.profiled[it->second];
        const auto joules = q.Number(1, 0, kMostJoules);
        if (!joules) return rows.Wrong("the energy of " + table.candidates[it->second].name, "a number of 0 or more");
        origin.energy_mj = *joules * kMillijoules;
        origin.energy_source = q.Text(2);
        return {};
      }));
  AMSEL_ASSIGN_OR_RETURN(const bool has_blocks, rows.store().HasTable("energy_block"));
  if (!has_blocks) return {};
  return rows.Each(
      "SELECT candidate, avg((joules - idle_watts * seconds) / runs) FROM energy_block GROUP BY candidate, config "
      "HAVING count(idle_watts) = count(*) ORDER BY config",
      [&](Statement& q) {
        const auto it = index.candidates.find(q.Integer(0));
        const auto joules = q.Number(1, -kMostJoules, kMostJoules);
        if (it == index.candidates.end() || !joules) return Status();
        table.profiled[it->second].energy_above_idle_mj = *joules * kMillijoules;
        return Status();
      });
}

}  // namespace

Status LoadCandidates(RowReader& rows, ProfileTable& table, TableIndex& index, CalibratedOn& calibrated) {
  AMSEL_ASSIGN_OR_RETURN(const std::vector<StoredCandidate> stored, rows.store().Candidates());
  for (const StoredCandidate& candidate : stored) {
    index.candidates[candidate.id] = table.candidates.size();
    AMSEL_RETURN_IF_ERROR(TakeCandidate(candidate, rows, table.source, table, calibrated));
  }
  if (table.candidates.empty()) return rows.Fault("holds no candidate");
  AMSEL_RETURN_IF_ERROR(LoadLoads(rows, index, table));
  return LoadEnergy(rows, index, table);
}

}  // namespace amsel
