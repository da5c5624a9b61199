// What `amsel inspect` and `amsel train` say of a bundle.
#pragma once

#include <string>

#include "base/text_table.h"
#include "bundle/bundle.h"

namespace amsel {

/// "certified: 3 of 12 operating points", or why none is.
std::string CertifiedText(const Manifest& manifest);

/// The operating points as a table: in short those with a name of their own, in full all, with paths and certificates.
std::string DescribePoints(const Manifest& manifest, TableDetail detail);

/// For people: the operating points, how many are certified, and the candidates with their costs.
std::string DescribeBundle(const Bundle& bundle, TableDetail detail);

}  // namespace amsel
