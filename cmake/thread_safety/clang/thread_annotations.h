// What clang's analysis checks at compile time (-Wthread-safety;
// https://clang.llvm.org/docs/ThreadSafetyAnalysis.html).
#pragma once

#define AMSEL_CAPABILITY(name) __attribute__((capability(name)))
#define AMSEL_SCOPED_CAPABILITY __attribute__((scoped_lockable))
#define AMSEL_GUARDED_BY(mutex) __attribute__((guarded_by(mutex)))
#define AMSEL_REQUIRES(...) __attribute__((requires_capability(__VA_ARGS__)))
#define AMSEL_ACQUIRE(...) __attribute__((acquire_capability(__VA_ARGS__)))
#define AMSEL_RELEASE(...) __attribute__((release_capability(__VA_ARGS__)))
