# The dashboard's page is built by Node from web/. A release carries the result in web/dist, so that
# building from it needs no Node.
set(SIGNALBOX_WEB_DIST "${CMAKE_SOURCE_DIR}/web/dist" CACHE PATH
  "app.js, app.css, favicon.svg and index.html of the dashboard, built from web/")

# signalbox_embed_web(ROOM): a source file of the room that has them.
function(signalbox_embed_web name)
  set(files app.js app.css favicon.svg index.html)
  list(TRANSFORM files PREPEND "${SIGNALBOX_WEB_DIST}/")
  set(web ${CMAKE_SOURCE_DIR}/web)
  if(SIGNALBOX_WEB_DIST STREQUAL "${web}/dist" AND EXISTS ${CMAKE_SOURCE_DIR}/.git)
    find_program(SIGNALBOX_NPM npm)
    if(NOT SIGNALBOX_NPM)
      message(FATAL_ERROR "the dashboard's page cannot be built: install Node 18 or later with npm, \
or name a directory with app.js, app.css, favicon.svg and index.html by -DSIGNALBOX_WEB_DIST")
    endif()
    set(installed ${CMAKE_BINARY_DIR}/web-packages)
    add_custom_command(OUTPUT ${installed} DEPENDS ${web}/package-lock.json
      COMMAND ${SIGNALBOX_NPM} ci --no-audit --no-fund --silent
      COMMAND ${CMAKE_COMMAND} -E touch ${installed}
      WORKING_DIRECTORY ${web} COMMENT "Fetching the packages of the dashboard's page" VERBATIM)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${web}/src/*)
    add_custom_command(OUTPUT ${files} DEPENDS ${installed} ${sources} ${web}/build.mjs
      COMMAND ${SIGNALBOX_NPM} run build --silent
      WORKING_DIRECTORY ${web} COMMENT "Building the dashboard's page" VERBATIM)
  else()
    foreach(file IN LISTS files)
      if(NOT EXISTS ${file})
        message(FATAL_ERROR "there is no built page: ${file} is missing")
      endif()
    endforeach()
  endif()
  set(source ${CMAKE_BINARY_DIR}/generated/assets.cpp)
  configure_file(${CMAKE_SOURCE_DIR}/cmake/assets.cpp.in ${source} @ONLY)
  set_source_files_properties(${source} PROPERTIES OBJECT_DEPENDS "${files}")
  target_sources(signalbox_${name} PRIVATE ${source})
endfunction()
