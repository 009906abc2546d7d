// Daily files that have grown old: compressed, later removed. Which ones is decided apart from doing it.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace hil::care {

struct KeepRecordings {
    int compress_days = 0, days = 0;  // 0: never
};

struct OldRecordings {
    std::vector<std::string> compress, remove;
};

// Of the names in a data directory. Files of the last two days are never touched, nor one with a pending row
// beside it; what is no recording is none of our business.
OldRecordings old_recordings(const std::vector<std::string>& names, std::chrono::year_month_day today,
                             const KeepRecordings& keep);

// Makes `<file>.gz`, reads it back and only then removes the file. Empty, or why not: the file stays then.
std::string compress_recording(const std::filesystem::path& file);

// Does it all; a sentence for each that failed. Blocks.
std::vector<std::string> tend_recordings(const std::filesystem::path& directory,
                                         std::chrono::year_month_day today, const KeepRecordings& keep);

}  // namespace hil::care
