# One library a room. A room may use the rooms of lower floors, which src/CMakeLists.txt lists
# from the ground up; tests/unit/floors_test.py checks the includes against the same list.
add_library(signalbox_options INTERFACE)
target_compile_options(signalbox_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
  -Wunused-result -Wnull-dereference -Werror)
# g++ 12 sees null pointers and unset values inside the standard library's own headers.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(signalbox_options INTERFACE -Wno-null-dereference -Wno-maybe-uninitialized
    -Wno-restrict)
endif()
# Designated initialisers name what matters; the rest has a default beside its declaration.
target_compile_options(signalbox_options INTERFACE -Wno-missing-field-initializers)
target_include_directories(signalbox_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
if(SIGNALBOX_FUZZ)
  target_compile_options(signalbox_options INTERFACE -fsanitize=fuzzer-no-link -Wno-error)
endif()
if(SIGNALBOX_SANITIZE)
  target_compile_options(signalbox_options INTERFACE
    -fsanitize=${SIGNALBOX_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g)
  target_link_options(signalbox_options INTERFACE -fsanitize=${SIGNALBOX_SANITIZE})
endif()

# signalbox_room(NAME USES room... LIBRARIES target...)
function(signalbox_room name)
  cmake_parse_arguments(ROOM "" "" "USES;LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp)
  add_library(signalbox_${name} STATIC ${sources})
  list(TRANSFORM ROOM_USES PREPEND signalbox_)
  target_link_libraries(signalbox_${name} PUBLIC signalbox_options ${ROOM_USES}
    PRIVATE ${ROOM_LIBRARIES})
endfunction()

# signalbox_embed_scripts(ROOM FUNCTION HEADER DIRECTORY...): the shell scripts of some directories become
# a source file of a room, so that one program carries them. FUNCTION, declared in HEADER, has them.
function(signalbox_embed_scripts name function header)
  set(SCRIPTS_FUNCTION ${function})
  set(SCRIPTS_HEADER ${header})
  list(TRANSFORM ARGN APPEND "/*.sh" OUTPUT_VARIABLE patterns)
  file(GLOB scripts CONFIGURE_DEPENDS ${patterns})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${scripts})
  set(SCRIPTS "")
  foreach(script IN LISTS scripts)
    get_filename_component(file ${script} NAME)
    file(READ ${script} text)
    string(APPEND SCRIPTS "    {\"${file}\", R\"SCRIPT(${text})SCRIPT\"},\n")
  endforeach()
  set(source ${CMAKE_BINARY_DIR}/generated/${function}.cpp)
  configure_file(${CMAKE_SOURCE_DIR}/cmake/scripts.cpp.in ${source} @ONLY)
  target_sources(signalbox_${name} PRIVATE ${source})
endfunction()
