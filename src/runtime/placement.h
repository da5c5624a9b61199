// Which back end runs each candidate of a bundle, and whether what it answers is what the certificates were tested
// with.
#pragma once

#include <string>
#include <vector>

#include "backend/backends.h"
#include "bundle/manifest.h"
#include "policy/policy.h"

namespace amsel {

/// Whether a view of the DNN in this folder is of another size than its file's, so that its session must be free of it.
bool SeenInSizes(const Manifest& manifest, const std::string& folder);

/// Per candidate, in the bundle's order, then of the feature DNN where the bundle has one. What is asked for comes
/// first, then what the candidate's planning cost says; threads and graph optimisation are taken from it whatever the
/// back end, the provider and the precision only for the back end that it was measured with. Views of one DNN are
/// placed alike. Errors: a name in `choice` that is no candidate's (nor "feature_dnn" where there is one), a back end
/// that cannot be opened, a provider that it lacks; they name the candidate.
Result<std::vector<Placement>> PlaceCandidates(const Manifest& manifest, const BackendChoice& choice,
                                               Backends& backends);

/// The same where all run on one back end; `backend` in requests means nothing then.
Result<std::vector<Placement>> PlaceCandidatesOn(const Manifest& manifest, const BackendChoice& choice,
                                                 Backend& backend);

/// How a DNN that was measured so is loaded; provider and precision only where it is by that back end.
SessionOptions OptionsAsMeasured(const DnnCost& cost, const Backend& backend);

/// Whether the DNN, placed so, answers as it did where the bundle was trained: it was profiled with this back end,
/// provider and precision, or has been found to conform with them.
bool AnswersAsProfiled(const Dnn& dnn, const Placement& placement);

/// Names of the operating points with a certificate that holds, but not with these placements.
std::vector<std::string> VoidHere(const Manifest& manifest, const Policy& policy,
                                  const std::vector<Placement>& placements);

/// Names of the candidates that operating point `point` may run by plan and that do not answer as profiled where they
/// are placed, and "feature_dnn" where it reads that DNN and so does that: its certificates are void then.
std::vector<std::string> NotAsProfiled(const Manifest& manifest, const Policy& policy, std::size_t point,
                                       const std::vector<Placement>& placements);

}  // namespace amsel
