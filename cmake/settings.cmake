# Language level, warnings, sanitizers, linker and the packages everything uses.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS system json log program_options)
find_package(date REQUIRED)
find_package(fmt REQUIRED)
find_package(prometheus-cpp REQUIRED COMPONENTS core)
find_package(ZLIB REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(xlsxwriter REQUIRED IMPORTED_TARGET xlsxwriter)
pkg_check_modules(zip REQUIRED IMPORTED_TARGET libzip)
pkg_check_modules(expat REQUIRED IMPORTED_TARGET expat)
pkg_check_modules(curl REQUIRED IMPORTED_TARGET libcurl)
pkg_check_modules(thrift REQUIRED IMPORTED_TARGET thrift)

find_program(HIL_CCACHE ccache)
if(HIL_CCACHE)
  # A precompiled header is cached only with these; ccache reads them from the environment of the compiler.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${HIL_CCACHE})
endif()

add_library(hil_settings INTERFACE)
target_compile_options(hil_settings INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
if(HIL_WARNINGS_AS_ERRORS)
  target_compile_options(hil_settings INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # ccache needs this to reuse objects that were built with a precompiled header.
  target_compile_options(hil_settings INTERFACE "SHELL:-Xclang -fno-pch-timestamp")
endif()
target_compile_definitions(hil_settings INTERFACE
  BOOST_ASIO_NO_DEPRECATED
  BOOST_ASIO_HAS_STD_INVOKE_RESULT
  # Frames of coroutines that an event loop keeps for the next ones: with two, reads within reads fall through.
  BOOST_ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE=8
  BOOST_LOG_DYN_LINK)
target_include_directories(hil_settings INTERFACE ${PROJECT_SOURCE_DIR}/lib ${PROJECT_SOURCE_DIR})

if(HIL_SANITIZE)
  target_compile_options(hil_settings INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  target_link_options(hil_settings INTERFACE -fsanitize=address,undefined)
endif()

foreach(linker mold lld)
  # Not plain `lld`: that is a driver which refuses to link under this name.
  find_program(HIL_LINKER_${linker} NAMES ld.${linker} ld.${linker}-19)
  if(HIL_LINKER_${linker} AND NOT HIL_LINKER_CHOSEN)
    set(HIL_LINKER_CHOSEN ${linker})
    if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
      target_link_options(hil_settings INTERFACE --ld-path=${HIL_LINKER_${linker}})
    else()
      target_link_options(hil_settings INTERFACE -fuse-ld=${linker})
    endif()
  endif()
endforeach()
