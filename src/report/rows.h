// What the rows of an evaluation are to each other.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"

namespace amsel {

/// The part that a row plays in a comparison: first those that somebody could deploy. `group` is its name in legends.
enum class RowRole {
  kPolicy,
  kTextbook,
  kSingle,
  kDerivedSingle,
  kAdaptedSingle,
  kAdaptedDerivedSingle,
  kRandomMix,
  kRandomStop,
  kOracle,
  kPooledOracle,
  kOther
};

RowRole RoleOf(const Json& row);
const char* GroupName(RowRole role);

/// Whether somebody could deploy it: bounds know the label, and nulls are there to be beaten.
bool IsAchievable(RowRole role);

/// The first row of that name; null where there is none.
const Json* FindRow(const Json& results, const std::string& name);

/// A number, or nothing where the field is absent or null.
std::optional<double> NumberIn(const Json& object, const char* key);

/// The field as it is, null where it is absent.
Json FieldOrNull(const Json& object, const char* key);

/// The candidate behind a row of the best derived one: that of its largest share, or the row's name where it tells
/// none.
std::string DerivedName(const Json& results, const std::string& name);

/// A fraction as a cell of a table, in percent; "-" for null. An interval of fractions likewise.
std::string PercentCell(const Json& fraction);
std::string IntervalCell(const Json& interval);

/// Achievable rows that no other one beats in both mean latency and accuracy, from fast to slow.
std::vector<const Json*> ParetoFront(const Json& rows);

}  // namespace amsel
