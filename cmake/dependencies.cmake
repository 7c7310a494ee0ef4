# Every library comes from a Debian 12 package; docs/decisions/ says why each is here.
find_package(PkgConfig REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_path(TOMLPLUSPLUS_INCLUDE_DIR toml++/toml.h REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(LIBGIT2 REQUIRED libgit2)

add_library(signalbox_libgit2 INTERFACE)
add_library(signalbox_sqlite INTERFACE)
add_library(signalbox_zlib INTERFACE)
if(SIGNALBOX_STATIC)
  # Before libgit2, and asked for by name, so that it is found there first.
  add_library(signalbox_no_network STATIC cmake/static/no_network.cpp)
  target_link_options(signalbox_libgit2 INTERFACE -Wl,--undefined=git_transport_ssh_global_init)
  target_link_libraries(signalbox_libgit2 INTERFACE signalbox_no_network git2 mbedcrypto
    http_parser pcre2-8 z)
  target_link_libraries(signalbox_sqlite INTERFACE sqlite3 m)
  target_link_libraries(signalbox_zlib INTERFACE z)
else()
  target_link_libraries(signalbox_libgit2 INTERFACE ${LIBGIT2_LIBRARIES})
  target_link_libraries(signalbox_sqlite INTERFACE SQLite::SQLite3)
  target_link_libraries(signalbox_zlib INTERFACE ZLIB::ZLIB)
endif()

# Debian builds it as a shared library only; its headers alone do the same.
add_library(signalbox_toml INTERFACE)
target_compile_definitions(signalbox_toml INTERFACE TOML_HEADER_ONLY=1 TOML_EXCEPTIONS=0)
target_include_directories(signalbox_toml SYSTEM INTERFACE ${TOMLPLUSPLUS_INCLUDE_DIR})
