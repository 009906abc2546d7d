// A backup is one archive (tar): a copy of the database as of one instant, the recordings, what is reserved
// for the emergency stop, the configuration without secrets, and last a manifest with the digest of each.
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

namespace hil::care {

struct BackedUp {
    std::string name;
    std::uint64_t size = 0;
    std::string sha256;  // hexadecimal
};

struct BackupSource {
    std::filesystem::path data_dir;
    std::string configuration;  // JSON, secrets masked
    std::string version;        // of the program
    std::string made_at;        // for people
};

// What was put into `archive`; a sentence where that is not possible, and nothing is left then. The service
// may go on writing meanwhile: files are taken with the length they have when it is their turn. Blocks.
std::variant<std::vector<BackedUp>, std::string> make_backup(const BackupSource& source,
                                                             const std::filesystem::path& archive);

// Puts what is in `archive` into `data_dir`, which is empty or does not exist. Everything is read and held
// against the manifest first: of an archive that is cut, damaged or of another program nothing is written.
std::variant<std::vector<BackedUp>, std::string> restore(const std::filesystem::path& archive,
                                                         const std::filesystem::path& data_dir);

inline constexpr int backup_format = 1;

}  // namespace hil::care
