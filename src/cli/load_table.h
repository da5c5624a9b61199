// How verbs read a profile: progress, what was joined, and the option that leaves images apart.
#pragma once

#include <functional>
#include <string>

#include "cli/verb.h"
#include "profile/table.h"

namespace amsel {

/// --keep-near-duplicates: clears options.join_near_duplicates.
void AddNearDuplicatesOption(CLI::App& verb, TableOptions& options);

/// The profile, with progress on stderr, where it also tells how many images were joined as near duplicates, before
/// options.check is asked, and last on how many images each candidate failed.
Result<ProfileTable> LoadTable(const std::string& file, TableOptions options = {});

}  // namespace amsel
