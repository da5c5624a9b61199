// What a user who stops the program is told.
#pragma once

#include <string>

namespace amsel {

/// From now on whoever stops the program with Ctrl-C, SIGTERM or SIGHUP reads "amsel: MESSAGE" on stderr; it then ends
/// by that signal, as it would have. Signals that the caller has ignored stay ignored. Call once.
void SayWhenInterrupted(const std::string& message);

}  // namespace amsel
