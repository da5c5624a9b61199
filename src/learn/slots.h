// The slots that a staged policy is built from, and what their candidates answered.
#pragma once

#include <string>
#include <vector>

#include "learn/labels.h"
#include "policy/gate.h"

namespace amsel {

/// A slot in terms of the table: its members, and whether a gate chooses among them.
struct TableSlot {
  std::vector<std::size_t> members;
  bool gated() const { return members.size() > 1; }
};

/// Slots worth trying: each candidate that is not far less accurate than an equally cheap one, and, where three or more
/// candidates cost about the same, a gate over them all and one over all but the most accurate. At most ten.
std::vector<TableSlot> ProposeSlots(const Outcomes& table, Rows rows, const LearnOptions& options);

/// Candidates on or near the front of accuracy by cost, by cost; without `derived` ones where these are not asked for.
/// Of more than `most` those that add most to the best cascades (learn/most_adding.h).
std::vector<std::size_t> StageCandidates(const Outcomes& table, Rows rows, int top, std::size_t most, bool derived);

/// The image features that gates may read: of GateFeatureNames(), those that cost at most a hundredth of the cheapest
/// candidate.
std::vector<std::string> AffordableFeatures(const Outcomes& table);

/// What fills the slots, image by image, for gates fitted on one part of the rows. Indices r into the rows.
struct SlotOutputs {
  std::vector<FeatureGate> gates;               ///< per slot; unused where it is not gated
  std::vector<std::vector<std::size_t>> picks;  ///< [slot][r]: candidate of the table
  std::vector<std::vector<float>> log_probs;    ///< [slot]: [r × classes]
};

/// Fits the gates on `part` (positions in rows) and fills every slot for all rows.
SlotOutputs FillSlots(const Outcomes& table, Rows rows, const std::vector<TableSlot>& slots,
                      const std::vector<std::string>& features, std::span<const std::size_t> part);

/// How many of these slots are filled with a candidate that did not fail on row r.
std::size_t AnswersFor(const Outcomes& table, Rows rows, const SlotOutputs& outputs, std::span<const int> slots,
                       std::size_t r);

}  // namespace amsel
