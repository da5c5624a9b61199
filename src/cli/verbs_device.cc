// The build for a device: only what needs no profile and no learner.
#include "cli/verb.h"

namespace amsel {

std::vector<Verb> AddVerbs(CLI::App& amsel) {
  return {AddRunVerb(amsel), AddRetargetVerb(amsel), AddInspectVerb(amsel)};
}

}  // namespace amsel
