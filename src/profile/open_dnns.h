// The DNNs of a zoo, opened for the views that a profile is to have of them. Internal to the profiler.
#pragma once

#include <vector>

#include "backend/dnn_views.h"
#include "profile/profiler.h"
#include "profile/store.h"

namespace amsel {

/// One for each entry of the zoo: with the views of `options`, and those that the profile has already (`known`), of
/// other DNNs too where they are no sizes. Tells `options.view_refused` of views that a DNN cannot be seen in. Errors:
/// a DNN that cannot be opened, a view that no DNN can be seen in where all are required, one that is in the profile
/// and cannot be run now.
Result<std::vector<OpenedDnn>> OpenDnns(const Zoo& zoo, const Placement& rest,
                                        const std::vector<StoredCandidate>& known, const ProfileOptions& options,
                                        const Clock& clock);

}  // namespace amsel
