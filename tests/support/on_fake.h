// Where the candidates of a bundle run in a test's world.
#pragma once

#include <vector>

#include "bundle/bundle.h"
#include "runtime/placement.h"

namespace amsel {

/// All on the back end of `world`, which must outlive it.
template <typename World>
std::vector<Placement> OnFake(World& world, const Bundle& bundle) {
  return PlaceCandidatesOn(bundle.manifest(), {}, world.backend).value();
}

}  // namespace amsel
