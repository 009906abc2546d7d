// The command line of hil_scheduler, read and checked: one sentence for every mistake.
#pragma once

#include "app/battery_options.hpp"
#include "app/care_command.hpp"
#include "app/measurement_options.hpp"
#include "app/scenario_command.hpp"
#include "app/template_options.hpp"
#include "base/time.hpp"
#include "config/config.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace hil::app {

// What every sub-command that reads the configuration takes.
struct CommonOptions {
    std::filesystem::path config_file;
    bool config_found_here = false;  // in the working directory: nobody named it
    std::optional<config::TransportMode> transport;
    std::optional<config::ScheduleSource> source;
    std::vector<std::filesystem::path> schedules;
    std::optional<bool> day_first;  // of dates in files that can be read either way
    std::optional<std::filesystem::path> data_dir;
    std::optional<std::string> log_level;
    bool json_log = false;
    std::optional<std::uint16_t> port;
};

struct RunOptions {
    CommonOptions common;
    bool start = false;
    std::vector<std::string> start_plants;  // empty with start: all
    bool record = false;
    bool headless = false;
    bool strict_plan = false;         // a plan that a plant could not deliver fails the run
    std::optional<std::string> from;  // local time of the configured zone unless it has an offset
    std::optional<Duration> duration;
    double speed = 1.0;
    std::filesystem::path report;    // written at the end; empty: none
    bool paused = false;             // the clock stands still until somebody resumes it
    std::vector<std::string> notes;  // kept with the record of the run
    std::optional<double> soc_pu;    // of emulated plants at the begin, whatever is recorded
};

struct CheckOptions {
    CommonOptions common;
    bool probe = false;
};

struct PlanOptions {
    enum class Format : std::uint8_t { table, csv, json };
    CommonOptions common;
    std::optional<TemplateOptions> made;
    std::optional<std::string> date;  // YYYY-MM-DD; default: the day of the first row, or today
    int days = 1;
    std::optional<double> soc_pu;  // at the begin; none: startup.initial_soc_pu
    Format format = Format::table;
    std::filesystem::path output;  // empty: standard output
};

struct SimulateOptions {
    CommonOptions common;
    std::uint64_t first_seed = 1, last_seed = 1;
    Duration length = std::chrono::hours(24);
    std::optional<std::string> from;    // local time of the configured zone unless it has an offset
    std::string faults = "default";     // none, default or the name of a file
    std::optional<std::string> replay;  // ends at this time and shows the state
    std::filesystem::path trace;        // empty: none
};

struct HashPasswordOptions {
    bool token = false;  // draw a bearer token instead of reading a password
};

struct HelpRequest {
    std::string text;
};

struct UsageError {
    std::string sentence;
};

using Invocation = std::variant<RunOptions, ScenarioOptions, CheckOptions, PlanOptions, SimulateOptions,
                                ExportOptions, ReportOptions, ImportOptions, CompressOptions, WhyOptions,
                                IdentifyRequest, EstimateRequest, TwinRequest, StudyRequest, BackupOptions,
                                RestoreOptions, DoctorOptions, HashPasswordOptions, HelpRequest, UsageError>;

// `arguments` without the program's name.
Invocation parse_command_line(const std::vector<std::string>& arguments);

}  // namespace hil::app
