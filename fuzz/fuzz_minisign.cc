// A signature file of minisign, and a file of a public key: whatever is in them, only the key's own signature holds.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/minisign.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr const char* kMessage = "abc  manifest.json\n";
  static const amsel::MinisignKey key =
      amsel::MinisignKey::Parse("RWTOf+IaHkowwuwzQdgUY7EkyIHXbKqxYt/+P6vCLgzEVyq8yQnXSXzk", "key").value();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (key.Verify("another message", text, "signature").ok()) std::abort();
  const auto comment = key.Verify(kMessage, text, "signature");
  if (comment.ok() && *comment != "release 1") std::abort();
  (void)amsel::MinisignKey::Parse(text, "key").ok();
  return 0;
}
