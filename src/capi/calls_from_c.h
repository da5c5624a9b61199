// What capi_test has done as C.
#pragma once

#include "amsel/amsel.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Uses every function on an engine that answers `encoded`; gives back what did not hold, or NULL.
const char* CallEverythingFromC(amsel_engine* engine, const void* encoded, size_t length, const char* file);
/// Decides by confidences, on an engine of TwoCandidates::OwnAnswers; gives back what did not hold, or NULL.
const char* DecideByConfidencesFromC(amsel_engine* engine);
/// Hands null to every function, and indices that are out of range; gives back what did not hold, or NULL.
const char* CallEverythingWrongly(amsel_engine* engine, const amsel_answer* answer);

#ifdef __cplusplus
}
#endif
