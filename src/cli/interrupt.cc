#include "cli/interrupt.h"

#include <unistd.h>

#include <csignal>

#include "base/output.h"

namespace amsel {
namespace {

std::string last_words;  // set before the handler is

/// Calls only what a signal handler may.
void SayAndDie(int signal) {
  if (::write(STDERR_FILENO, last_words.data(), last_words.size()) < 0) {
    // a message that cannot be written is dropped
  }
  std::signal(signal, SIG_DFL);
  std::raise(signal);  // delivered once this handler has returned
}

}  // namespace

void SayWhenInterrupted(const std::string& message) {
  last_words = (::isatty(STDERR_FILENO) == 1 ? "\r\033[K" : "") + ("amsel: " + VisibleLines(message)) + "\n";
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction action{};
    if (::sigaction(number, nullptr, &action) != 0 || action.sa_handler != SIG_DFL) continue;
    action.sa_handler = SayAndDie;
    ::sigaction(number, &action, nullptr);
  }
}

}  // namespace amsel
