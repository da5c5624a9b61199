// Independent pieces of work over the processor's cores.
#pragma once

#include <cstddef>
#include <functional>

namespace amsel {

/// Calls work(i) for i in 0 … count − 1, on as many threads as there are cores. The calls must not touch each other's
/// data; then the outcome does not depend on the number of threads. Returns when all are done; throws on what one
/// throws.
void ParallelFor(std::size_t count, const std::function<void(std::size_t)>& work);

}  // namespace amsel
