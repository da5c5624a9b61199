// The steps of reading a profile whole into memory. It may come from anywhere: whatever is computed with is checked,
// row by row. Internal to ProfileTable::Load.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "profile/calibration.h"
#include "profile/row_reader.h"
#include "profile/table.h"

namespace amsel {

/// Where what is stored is in the table.
struct TableIndex {
  std::map<std::int64_t, std::size_t> candidates;
  std::map<std::int64_t, std::size_t> inputs;
  std::size_t image_count = 0;

  /// Position of (candidate, input) in arrays [c][i]; nothing for rows of inputs that failed.
  std::optional<std::size_t> At(std::int64_t input, std::int64_t candidate) const;
};

/// "output of resnet20 for 7.png"
std::string CellName(const char* what, const ProfileTable& table, std::size_t at);

/// Candidates with what they take to load and their energy; what they were calibrated on into `calibrated`.
Status LoadCandidates(RowReader& rows, ProfileTable& table, TableIndex& index, CalibratedOn& calibrated);

/// Images and their groups, of which those with near duplicates are one where `join_near_duplicates` says so.
Status LoadInputs(RowReader& rows, bool join_near_duplicates, const CalibratedOn& calibrated, ProfileTable& table,
                  TableIndex& index);

/// The features of the first image: all have the same. Of one that is not known no stage is either, and its cost not
/// right.
Status LoadFeatureNames(RowReader& rows, ProfileTable& table);
Status LoadFeatures(RowReader& rows, const TableIndex& index, ProfileTable& table);

/// What every candidate took for every image, and on which it failed.
Status LoadRuns(RowReader& rows, const TableIndex& index, ProfileTable& table);
/// What it answered, after LoadRuns.
Status LoadOutputs(RowReader& rows, const TableIndex& index, ProfileTable& table);

/// Times and means of the table, from all runs [c][i]; preprocessing is there.
void TakeTimes(const std::vector<TimedRun>& runs, ProfileTable& table);
void TakeAfterRuns(const std::vector<std::vector<StoredAfterRun>>& by_candidate, ProfileTable& table);

}  // namespace amsel
