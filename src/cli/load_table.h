// How verbs read a profile or a table of the user's own: options, progress, and what there is to say of it.
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

/// --csv, for verbs that take a table of the user's own in place of a profile.
void AddCsvOption(CLI::App& verb, std::string& csv);

/// The table of that option.
Result<Outcomes> LoadOutcomesCsv(const std::string& file);

/// Tells, on stderr and in one sentence, what such a table lacks, and so what is not learned from it; `also` goes on.
void NoteLacking(const Outcomes& table, const std::string& also = "");

}  // namespace amsel
