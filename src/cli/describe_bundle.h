// What `amsel inspect` says of a bundle.
#pragma once

#include <string>

#include "bundle/bundle.h"

namespace amsel {

/// "certified: 3 of 12 operating points", or why none is.
std::string CertifiedText(const Manifest& manifest);

/// For people: the operating points as a table, their paths and certificates, and the candidates with their costs.
std::string DescribeBundle(const Bundle& bundle);

}  // namespace amsel
