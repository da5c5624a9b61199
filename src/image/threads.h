// How many threads image operations may use.
#pragma once

namespace amsel {

/// OpenCV's own threads, for the whole process: measurements want one.
void SetImageThreads(int threads);

}  // namespace amsel
