// Early return on failure, for functions that return Status or Result.
#pragma once

#include "amsel/result.h"

#define AMSEL_CONCAT_INNER(a, b) a##b
#define AMSEL_CONCAT(a, b) AMSEL_CONCAT_INNER(a, b)

/// Returns the error of `expression` (a Status or Result) when it failed.
#define AMSEL_RETURN_IF_ERROR(expression)                        \
  do {                                                           \
    auto status_or_result = (expression);                        \
    if (!status_or_result.ok()) return status_or_result.error(); \
  } while (false)

/// `declaration` = value of `expression` (a Result), or returns its error.
#define AMSEL_ASSIGN_OR_RETURN(declaration, expression) \
  AMSEL_ASSIGN_OR_RETURN_IMPL(AMSEL_CONCAT(amsel_result_, __LINE__), declaration, expression)
#define AMSEL_ASSIGN_OR_RETURN_IMPL(result, declaration, expression) \
  auto result = (expression);                                        \
  if (!result.ok()) return result.error();                           \
  declaration = std::move(result).value()
