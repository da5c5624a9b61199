// What candidates do alone, and what there is to gain: one perfect choice, one blind one.
#pragma once

#include <vector>

#include "doctor/doctor.h"
#include "doctor/subject.h"

namespace amsel {

/// Accuracy, with its interval, and mean cost of what was done with each image: `right` and `cost_ms` are [r].
HeadroomRow DescribeHeadroomRow(const Subject& subject, const std::string& name, const std::vector<double>& right,
                                const std::vector<double>& cost_ms, std::uint64_t seed);

/// Each candidate alone, in the table's order.
std::vector<HeadroomRow> DescribeCandidates(const Subject& subject, std::uint64_t seed);

/// All but the pooled oracle. `candidates`: what DescribeCandidates gives.
Headroom DescribeHeadroom(const Subject& subject, const std::vector<HeadroomRow>& candidates, std::uint64_t seed);

}  // namespace amsel
