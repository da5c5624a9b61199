// Quick premodels, for a first look: P(right) of every candidate from image features.
#pragma once

#include <string>
#include <vector>

#include "evaluate/doctor_table.h"
#include "learn/labels.h"

namespace amsel {

/// Names of the premodels that FitAndPredict knows.
const std::vector<std::string>& QuickPremodels();

/// Estimated P(right), [asked × candidates], by `premodel` fitted on the images `fit`. Needs features.
std::vector<float> FitAndPredict(const std::string& premodel, const DoctorTable& table, Rows fit, Rows asked);

}  // namespace amsel
