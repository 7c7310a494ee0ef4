// For the static program only. libgit2's HTTP transport can authenticate through GSSAPI, of which
// Debian has no static library. Signalbox never opens a connection through libgit2 (src/transport
// runs git), so these functions are linked and never called; should they be, they say "unavailable"
// (RFC 2744: GSS_S_UNAVAILABLE).
#include <cstdint>

namespace {
constexpr std::uint32_t unavailable = 16U << 16U;
}

extern "C" {
void* GSS_C_NT_HOSTBASED_SERVICE = nullptr;
std::uint32_t gss_display_status() { return unavailable; }
std::uint32_t gss_release_buffer() { return unavailable; }
std::uint32_t gss_delete_sec_context() { return unavailable; }
std::uint32_t gss_import_name() { return unavailable; }
std::uint32_t gss_release_name() { return unavailable; }
std::uint32_t gss_init_sec_context() { return unavailable; }
std::uint32_t gss_indicate_mechs() { return unavailable; }
std::uint32_t gss_release_oid_set() { return unavailable; }
}
