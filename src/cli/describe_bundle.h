// What `amsel inspect` says of a bundle.
#pragma once

#include <string>

#include "bundle/bundle.h"

namespace amsel {

/// For people: the operating points as a table, their paths and certificates, and the candidates with their costs.
std::string DescribeBundle(const Bundle& bundle);

}  // namespace amsel
