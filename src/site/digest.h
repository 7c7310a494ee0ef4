// Digests that names and comparisons are made of: 64-bit FNV-1a, no protection against a forger.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/text.h"

namespace signalbox::site {

[[nodiscard]] constexpr std::uint64_t digest_of(std::string_view bytes) {
  std::uint64_t digest = 0xcbf29ce484222325U;
  for (const char c : bytes) {
    digest = (digest ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  }
  return digest;
}

// 16 hexadecimal digits.
[[nodiscard]] inline std::string digest_text(std::string_view bytes) {
  return hex(digest_of(bytes), 16);
}

// Jobs are shared out to buckets by this number modulo the number of buckets, a power of two of at
// most 256.
[[nodiscard]] constexpr std::int64_t bucket_of(std::string_view job) {
  const std::uint64_t digest = digest_of(job);
  return static_cast<std::int64_t>((digest ^ digest >> 32U) % 256);
}

}  // namespace signalbox::site
