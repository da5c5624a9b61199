// Certificates of a policy's operating points, from images that took no part in learning it.
#pragma once

#include "bundle/manifest.h"
#include "learn/learned_policy.h"

namespace amsel {

/// Plays every point over `rows`, which learning has not seen, and adds the certificates to the points of `manifest`.
/// Points are tested in the order of their accuracy in training, the highest first. Claims: at least the single best's
/// accuracy in training, and not worse than the single best by more than `epsilon`. Adds none where rows is empty.
Status IssueCertificates(const ProfileTable& table, Rows rows, const LearnedPolicy& learned, double epsilon,
                         const LearnOptions& options, Manifest& manifest);

}  // namespace amsel
