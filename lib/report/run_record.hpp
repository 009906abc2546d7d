// What a run was made of, kept beside what it recorded: run_<begin>.json. Two runs of one configuration
// digest and one plan digest were asked for the same.
#pragma once

#include "base/time.hpp"
#include "base/zone.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hil::report {

struct RunRecord {
    WallTime begin;
    std::optional<WallTime> end;                                // none: it runs, or it broke off
    std::optional<int> status;                                  // of its end
    std::vector<std::pair<std::string, std::string>> versions;  // of what, which
    std::string transport, schedule_source;
    std::uint64_t seed = 0;
    double speed = 1;
    std::string configuration_file, configuration_digest;
    std::vector<std::string> plan_files;
    std::string plan_digest;  // empty: no series was in force at the begin
    std::vector<std::string> plants, started;
    std::vector<std::string> notes;

    friend bool operator==(const RunRecord&, const RunRecord&) = default;
};

// "run_20251001T000000+0200.json", local time.
std::string run_record_name(WallTime begin, const Zone& zone);

std::string to_json_text(const RunRecord& record);
// None: it is no such record, or of a later form.
std::optional<RunRecord> parse_run_record(std::string_view text);

// Every record of a directory that can be read, oldest first; none where there is no directory. Blocking.
std::vector<RunRecord> run_records(const std::filesystem::path& directory);

// "20251001T000000+0200", as files are named after an instant.
std::string file_token(WallTime at, const Zone& zone);

}  // namespace hil::report
