// Where the configuration is when nobody says where.
#pragma once

#include <filesystem>
#include <functional>

namespace hil::config {

struct Whereabouts {
    std::filesystem::path program;  // its file; empty: not known
    std::filesystem::path working_directory;
    std::filesystem::path source_tree;  // that it was built from
    std::function<bool(const std::filesystem::path&)> exists;
};

struct DefaultFile {
    std::filesystem::path file;         // never relative
    bool of_working_directory = false;  // somebody may not expect it: it is worth a word
};

// A program that lies in its build tree (beside a CMakeCache.txt) takes ./etc/hil.json or ./hil.json of the
// working directory, then etc/hil.json of the source tree, whichever is there first; failing these, and
// wherever else the program lies, /etc/hil-scheduler/hil.json.
DefaultFile default_file(const Whereabouts& where);
// Of this process.
DefaultFile default_file();

}  // namespace hil::config
