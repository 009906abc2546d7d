// Where the configuration is looked for, by where the program lies.
#include "config/location.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <string>

using hil::config::default_file;

namespace {

hil::config::DefaultFile look(const std::set<std::string>& files,
                              const char* program = "/src/build/hil_scheduler") {
    return default_file({.program = program,
                         .working_directory = "/home/lab",
                         .source_tree = "/src",
                         .exists = [&](const std::filesystem::path& file) { return files.contains(file); }});
}

}  // namespace

TEST_CASE("a program in its build tree takes the working directory's configuration before the sources'") {
    const std::string built = "/src/build/CMakeCache.txt", own = "/home/lab/etc/hil.json",
                      flat = "/home/lab/hil.json", sources = "/src/etc/hil.json";
    CHECK(look({built, own, flat, sources}).file == own);
    CHECK(look({built, own, flat, sources}).of_working_directory);
    CHECK(look({built, flat, sources}).file == flat);
    CHECK(look({built, flat, sources}).of_working_directory);
    CHECK(look({built, sources}).file == sources);
    CHECK_FALSE(look({built, sources}).of_working_directory);
    CHECK(look({built}).file == "/etc/hil-scheduler/hil.json");
}

TEST_CASE("an installed program takes the installed configuration, whatever lies around") {
    const std::set<std::string> all{"/home/lab/etc/hil.json", "/home/lab/hil.json", "/src/etc/hil.json"};
    CHECK(look(all, "/usr/bin/hil_scheduler").file == "/etc/hil-scheduler/hil.json");
    CHECK(look(all, "").file == "/etc/hil-scheduler/hil.json");
}
