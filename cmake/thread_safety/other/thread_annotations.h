// For compilers that do not check them.
#pragma once

#define AMSEL_CAPABILITY(name)
#define AMSEL_SCOPED_CAPABILITY
#define AMSEL_GUARDED_BY(mutex)
#define AMSEL_REQUIRES(...)
#define AMSEL_ACQUIRE(...)
#define AMSEL_RELEASE(...)
