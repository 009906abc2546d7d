// What is wrong with a set-up, each thing with what to do. What was found (Facts) and what is made of it are
// apart: the second is without I/O.
#pragma once

#include "config/config.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hil::care {

enum class Grade : std::uint8_t { fine, doubtful, broken };

struct Line {
    Grade grade = Grade::fine;
    std::string topic;  // "configuration", "disk"
    std::string found;
    std::string advice;  // empty where it is fine
};

struct Facts {
    std::string config_file;
    std::vector<std::string> config_problems, config_warnings;
    bool config_has_hashes = false, config_readable_by_all = false;

    struct Directory {
        std::string key, path;
        bool exists = false, writable = false;
        std::uint64_t free = 0, size = 0;  // of its disk, in bytes
    };
    std::vector<Directory> directories;

    struct Secret {
        std::string key, path;
        bool readable = false, open_to_all = false;
    };
    std::vector<Secret> secrets;

    struct Certificate {
        std::string server, file, problem;
        double days_left = 0;
    };
    std::vector<Certificate> certificates;

    struct Port {
        std::string what, address;
        bool taken = false, allowed = true;  // allowed: whoever asks may listen there
    };
    std::vector<Port> ports;
    bool service_runs = false;  // in this data directory

    std::optional<bool> clock_synchronised;  // none: the system does not say
    int year = 0;
    std::string database_problem;  // a sentence; empty: it is sound, or there is none yet
    bool pages_built = true;
    std::uint64_t descriptors = 0;
    std::string version, libraries;
    bool remote_without_check = false;  // real plants, and on_start_running leave
};

std::vector<Line> judge(const Facts& facts);

struct Examined {
    std::filesystem::path config_file;
    const config::Config* config = nullptr;  // null: it could not be read
    std::vector<std::string> problems, warnings;
    std::string version;
    std::filesystem::path pages;
    bool service_runs = false;
    WallTime now;
};
// Looks at files, ports, disk and clock of this machine. Blocks.
Facts examine(const Examined& what);

std::string_view to_string(Grade grade);

}  // namespace hil::care
