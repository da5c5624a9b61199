// How well scores tell which candidates are right.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "doctor/doctor.h"
#include "doctor/subject.h"

namespace amsel {

/// Each image feature by itself.
std::vector<Signal> DescribeFeatures(const Subject& subject);

/// How sure each candidate was, by what it answered; none where that is not known.
std::vector<Signal> DescribeConfidences(const Subject& subject);

/// What a premodel thinks: `p_right` [r × candidate], by fits that have not seen the image.
Signal DescribePremodel(const Subject& subject, const std::string& name, std::span<const float> p_right);

}  // namespace amsel
