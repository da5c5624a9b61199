// Quick premodels, for a first look: P(right) of every candidate from image features.
#pragma once

#include <string>
#include <vector>

#include "doctor/subject.h"
#include "learn/p_right.h"

namespace amsel {

/// Names of the premodels that QuickFitter knows.
const std::vector<std::string>& QuickPremodels();

/// How P(right) is estimated by `premodel`. The subject has features, and outlives it.
PRightFitter QuickFitter(const std::string& premodel, const Subject& subject);

}  // namespace amsel
