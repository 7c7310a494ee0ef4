# Every library comes from a Debian 12 package; docs/decisions/ says why each is here.
find_package(PkgConfig REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_path(TOMLPLUSPLUS_INCLUDE_DIR toml++/toml.h REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(LIBGIT2 REQUIRED libgit2)

add_library(signalbox_libgit2 INTERFACE)
add_library(signalbox_sqlite INTERFACE)
add_library(signalbox_zlib INTERFACE)
if(SIGNALBOX_STATIC)
  # libgit2's own list of what it needs, with libssh2's crypto added: its .pc file leaves that out.
  add_library(signalbox_no_gssapi STATIC cmake/static/no_gssapi.cpp)
  target_link_libraries(signalbox_libgit2 INTERFACE ${LIBGIT2_STATIC_LIBRARIES} crypto
    signalbox_no_gssapi)
  target_link_libraries(signalbox_sqlite INTERFACE sqlite3 m)
  target_link_libraries(signalbox_zlib INTERFACE z)
else()
  target_link_libraries(signalbox_libgit2 INTERFACE ${LIBGIT2_LIBRARIES})
  target_link_libraries(signalbox_sqlite INTERFACE SQLite::SQLite3)
  target_link_libraries(signalbox_zlib INTERFACE ZLIB::ZLIB)
endif()

# Debian builds these two as shared libraries only; their headers alone do the same.
add_library(signalbox_spdlog INTERFACE)
target_compile_definitions(signalbox_spdlog INTERFACE SPDLOG_FMT_EXTERNAL FMT_HEADER_ONLY)
add_library(signalbox_toml INTERFACE)
target_compile_definitions(signalbox_toml INTERFACE TOML_HEADER_ONLY=1 TOML_EXCEPTIONS=0)
target_include_directories(signalbox_toml SYSTEM INTERFACE ${TOMLPLUSPLUS_INCLUDE_DIR})
