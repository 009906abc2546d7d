# Makes a source of files: cmake -DOUTPUT=file.cpp -DHEADER=web/embedded.hpp -DNAMESPACE=hil::web::embedded
#   -DFILES=name=path;name=path -P embed.cmake
# Each becomes `const std::string_view name`.
set(text "#include \"${HEADER}\"\n\nnamespace ${NAMESPACE} {\n\nnamespace {\n\n")
set(views "")
foreach(entry IN LISTS FILES)
  string(REGEX MATCH "^([^=]+)=(.*)$" ignored "${entry}")
  set(name "${CMAKE_MATCH_1}")
  file(READ "${CMAKE_MATCH_2}" hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
  string(APPEND text "constexpr char ${name}_bytes[] = {\n${bytes}'\\0'};\n\n")
  string(APPEND views "const std::string_view ${name}{${name}_bytes, sizeof ${name}_bytes - 1};\n")
endforeach()
string(APPEND text "}  // namespace\n\n${views}\n}  // namespace ${NAMESPACE}\n")
file(WRITE "${OUTPUT}" "${text}")
