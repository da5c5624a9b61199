// Counts what a program takes from operator new, the libraries in it included. Link counting_new.cc to use it.
#pragma once

namespace amsel {

/// Calls of operator new so far, in all threads.
long AllocationCount();

}  // namespace amsel
