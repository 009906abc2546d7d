# One folder is one library, one file in test/<library>/ is one subject.

# hil_precompiled(NAME header DEPENDS targets...): a precompiled header that libraries and programs share.
function(hil_precompiled name header)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  set(source ${CMAKE_CURRENT_BINARY_DIR}/precompiled_${name}.cpp)
  if(NOT EXISTS ${source})
    file(WRITE ${source} "")
  endif()
  add_library(hil_precompiled_${name} STATIC ${source})
  target_link_libraries(hil_precompiled_${name} PUBLIC hil_settings ${ARG_DEPENDS})
  target_precompile_headers(hil_precompiled_${name} PRIVATE ${PROJECT_SOURCE_DIR}/${header})
endfunction()

# hil_library(NAME [DIRECTORY dir] HEADERS precompiled DEPENDS targets...): target hil_NAME from every source of
# its folder and the folders in it. With HIL_UNITY several sources are compiled as one.
function(hil_library name)
  cmake_parse_arguments(ARG "" "DIRECTORY;HEADERS" "DEPENDS" ${ARGN})
  if(NOT ARG_DIRECTORY)
    set(ARG_DIRECTORY lib/${name})
  endif()
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${ARG_DIRECTORY}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  add_library(hil_${name} STATIC ${sources})
  target_link_libraries(hil_${name} PUBLIC hil_settings ${ARG_DEPENDS})
  target_precompile_headers(hil_${name} REUSE_FROM hil_precompiled_${ARG_HEADERS})
  set_target_properties(hil_${name} PROPERTIES UNITY_BUILD ${HIL_UNITY})
endfunction()

# hil_program(NAME SOURCE file DEPENDS targets...)
function(hil_program name)
  cmake_parse_arguments(ARG "" "SOURCE" "DEPENDS" ${ARGN})
  add_executable(${name} ${ARG_SOURCE})
  target_link_libraries(${name} PRIVATE hil_settings ${ARG_DEPENDS})
  target_precompile_headers(${name} REUSE_FROM hil_precompiled_plain)
endfunction()

# hil_test(NAME [HEADERS target] DEPENDS targets...): one test program from test/NAME/*_test.cpp, one ctest entry,
# built with the precompiled header of the target named.
function(hil_test name)
  cmake_parse_arguments(ARG "" "HEADERS" "DEPENDS" ${ARGN})
  if(NOT ARG_HEADERS)
    set(ARG_HEADERS hil_test_support)
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*_test.cpp)
  add_executable(test_${name} ${sources})
  target_link_libraries(test_${name} PRIVATE hil_test_support ${ARG_DEPENDS})
  target_precompile_headers(test_${name} REUSE_FROM ${ARG_HEADERS})
  add_test(NAME ${name} COMMAND test_${name} WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
endfunction()

# hil_embed(NAME HEADER header NAMESPACE namespace FILES name=file...): files become part of the library, as
# the string views that its header declares.
function(hil_embed name)
  cmake_parse_arguments(ARG "" "HEADER;NAMESPACE" "FILES" ${ARGN})
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded_${name}.cpp)
  set(entries "")
  set(paths "")
  foreach(entry IN LISTS ARG_FILES)
    string(REGEX REPLACE "^([^=]+)=(.*)$" "\\1=${PROJECT_SOURCE_DIR}/\\2" entry "${entry}")
    list(APPEND entries "${entry}")
    string(REGEX REPLACE "^[^=]+=" "" path "${entry}")
    list(APPEND paths "${path}")
  endforeach()
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} "-DOUTPUT=${output}" "-DHEADER=${ARG_HEADER}" "-DNAMESPACE=${ARG_NAMESPACE}"
      "-DFILES=${entries}" -P ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
    DEPENDS ${paths} ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
    VERBATIM)
  target_sources(hil_${name} PRIVATE ${output})
endfunction()
