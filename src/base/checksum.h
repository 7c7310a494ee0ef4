// A checksum that finds torn and edited bytes.
#pragma once

#include <cstdint>
#include <string_view>

namespace signalbox {

// CRC-32 as in zlib and PNG. Finds torn and edited bytes; says nothing about who wrote them.
[[nodiscard]] std::uint32_t crc32_of(std::string_view bytes);

}  // namespace signalbox
