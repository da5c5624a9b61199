// Which of many candidates a staged policy is made from: those that add most to the best cascades.
#pragma once

#include <vector>

#include "outcomes/outcomes.h"

namespace amsel {

/// Of the candidates `among`, which stand by cost, `most` in that order: the first, the single best, then one at a time
/// whichever adds most to the best cascades of those that are kept; of equals the first. Where none adds anything, the
/// most accurate of those that are left.
/// The best cascade is looked for at several prices and on several parts of the rows, and what a candidate adds there
/// is summed. Looked at are candidates alone, pairs of a candidate and a dearer one, and the best so far with one
/// candidate more (GrowingCascade; without outputs the last answers, and pairs are the longest).
std::vector<std::size_t> MostAdding(const Outcomes& table, Rows rows, const std::vector<std::size_t>& among, int top,
                                    std::size_t most);

}  // namespace amsel
