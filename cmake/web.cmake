# The dashboard's page is built by Node from web/; a release carries the result, so that building
# from it needs no Node.
set(SIGNALBOX_WEB_DIST "${CMAKE_SOURCE_DIR}/web/dist" CACHE PATH
  "app.js, app.css, favicon.svg and index.html of the dashboard, built from web/")

# signalbox_embed_web(ROOM): a source file of the room that has them.
function(signalbox_embed_web name)
  list(TRANSFORM "app.js;app.css;favicon.svg;index.html" PREPEND "${SIGNALBOX_WEB_DIST}/"
    OUTPUT_VARIABLE files)
  set(missing FALSE)
  foreach(file IN LISTS files)
    if(NOT EXISTS ${file})
      set(missing TRUE)
    endif()
  endforeach()
  if(missing)
    if(NOT SIGNALBOX_WEB_DIST STREQUAL "${CMAKE_SOURCE_DIR}/web/dist")
      message(FATAL_ERROR "there is no built page in SIGNALBOX_WEB_DIST=${SIGNALBOX_WEB_DIST}")
    endif()
    find_program(SIGNALBOX_NPM npm)
    if(NOT SIGNALBOX_NPM OR NOT EXISTS ${CMAKE_SOURCE_DIR}/web/package.json)
      message(FATAL_ERROR "the dashboard's page is not built and cannot be: install Node 20 with npm, \
or name a directory with app.js, app.css, favicon.svg and index.html by -DSIGNALBOX_WEB_DIST")
    endif()
    message(STATUS "building the dashboard's page in web/")
    foreach(step "ci;--no-audit;--no-fund" "run;build")
      execute_process(COMMAND ${SIGNALBOX_NPM} ${step} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/web
        RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
      if(NOT result EQUAL 0)
        list(JOIN step " " words)
        message(FATAL_ERROR "'npm ${words}' in web/ failed:\n${output}")
      endif()
    endforeach()
  endif()
  set(source ${CMAKE_BINARY_DIR}/generated/assets.cpp)
  configure_file(${CMAKE_SOURCE_DIR}/cmake/assets.cpp.in ${source} @ONLY)
  set_source_files_properties(${source} PROPERTIES OBJECT_DEPENDS "${files}")
  target_sources(signalbox_${name} PRIVATE ${source})
endfunction()
