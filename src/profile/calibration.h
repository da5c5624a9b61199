// The images that candidates were calibrated on, as their cards say: they are learned from, and judge nothing.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "amsel/result.h"
#include "card/zoo.h"
#include "outcomes/outcomes.h"
#include "profile/dataset.h"

namespace amsel {

/// By key (ContentKey), the name of a candidate that was calibrated on the image.
using CalibratedOn = std::map<std::string, std::string>;

/// Adds the images that the card names.
void AddCalibration(const Card& card, CalibratedOn& calibrated);

/// Marks the images whose content, `contents` by image (SHA-256; empty: not known), is among `calibrated`, and all that
/// share a group with one, as fit_only and of split fit, whatever the list says of those others. Bad input where it
/// says another split than fit of a calibrated image itself. The groups of the table must be known.
Status MarkCalibrated(const CalibratedOn& calibrated, const std::vector<std::string>& contents, Outcomes& table);

/// Finds that fault in a list before anything runs: of the images whose split is named and is not fit, it reads and
/// hashes the bytes, where the zoo has a calibrated candidate. Those that cannot be read are passed over. `source` is
/// where the list is.
Status CheckCalibration(const Zoo& zoo, const std::vector<LabelledImage>& images, const std::string& source);

}  // namespace amsel
