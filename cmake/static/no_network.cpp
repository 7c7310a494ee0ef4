// For the static program only: libgit2 without its network. Signalbox never opens a connection
// through libgit2 (src/transport runs git), so its ssh, TLS and GSSAPI parts, with the libraries
// behind them, stay out of the program: these stand in for the functions that libgit2 1.5 refers
// to (src/libgit2/transports/ssh.c, auth_negotiate.c, streams/mbedtls.c). What initialises has
// nothing to do; what would connect fails. Left in, each start would pay for OpenSSL's look at the
// processor, and each sync for reading the machine's CA certificates.

extern "C" {
int git_transport_ssh_global_init() {
  return 0;
}
int git_mbedtls_stream_global_init() {
  return 0;
}
int git_smart_subtransport_ssh() {
  return -1;
}
int git_transport_ssh_with_paths() {
  return -1;
}
int git_http_auth_negotiate() {
  return -1;
}
int git_mbedtls_stream_new() {
  return -1;
}
int git_mbedtls_stream_wrap() {
  return -1;
}
int git_mbedtls__set_cert_location() {
  return -1;
}
}
