// For the static program only: libmicrohttpd without TLS. `serve` speaks plain HTTP, so GnuTLS and
// the libraries behind it stay out of the program: these stand in for the functions that
// libmicrohttpd 0.9.75 refers to. What initialises has nothing to do; what would encrypt fails, and
// is reached only by MHD_USE_TLS, which nobody sets.

extern "C" {
int gnutls_alpn_set_protocols() {
  return -1;
}
int gnutls_bye() {
  return -1;
}
int gnutls_certificate_allocate_credentials() {
  return -1;
}
int gnutls_certificate_free_credentials() {
  return -1;
}
int gnutls_certificate_server_set_request() {
  return -1;
}
int gnutls_certificate_set_dh_params() {
  return -1;
}
int gnutls_certificate_set_retrieve_function2() {
  return -1;
}
int gnutls_certificate_set_retrieve_function3() {
  return -1;
}
int gnutls_certificate_set_x509_key_mem() {
  return -1;
}
int gnutls_certificate_set_x509_key_mem2() {
  return -1;
}
int gnutls_certificate_set_x509_trust_mem() {
  return -1;
}
int gnutls_cipher_get() {
  return -1;
}
int gnutls_credentials_set() {
  return -1;
}
int gnutls_deinit() {
  return -1;
}
int gnutls_dh_params_deinit() {
  return -1;
}
int gnutls_dh_params_import_pkcs3() {
  return -1;
}
int gnutls_dh_params_init() {
  return -1;
}
int gnutls_global_deinit() {
  return 0;
}
int gnutls_global_init() {
  return 0;
}
int gnutls_handshake() {
  return -1;
}
int gnutls_init() {
  return -1;
}
void* (*gnutls_malloc)(unsigned long) = nullptr;
int gnutls_priority_deinit() {
  return -1;
}
int gnutls_priority_init() {
  return -1;
}
int gnutls_priority_set() {
  return -1;
}
int gnutls_protocol_get_version() {
  return -1;
}
int gnutls_psk_allocate_server_credentials() {
  return -1;
}
int gnutls_psk_free_server_credentials() {
  return -1;
}
int gnutls_psk_set_server_credentials_function() {
  return -1;
}
int gnutls_record_check_pending() {
  return -1;
}
int gnutls_record_get_direction() {
  return -1;
}
int gnutls_record_recv() {
  return -1;
}
int gnutls_record_send() {
  return -1;
}
int gnutls_session_get_ptr() {
  return -1;
}
int gnutls_session_set_ptr() {
  return -1;
}
int gnutls_strerror() {
  return -1;
}
int gnutls_transport_set_int2() {
  return -1;
}
}
