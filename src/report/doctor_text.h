// The findings of `amsel doctor` for people, from its JSON alone.
#pragma once

#include <string>

#include "base/json.h"
#include "base/text_table.h"

namespace amsel {

/// The summary, then tables of headroom, signal and gains (schema amsel.doctor/1).
std::string DoctorText(const Json& diagnosis, TableDetail detail);

}  // namespace amsel
