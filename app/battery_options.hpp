// The command line of what is done with batteries: identify, estimate, twin, study.
#pragma once

#include "battery/identify/cycler_file.hpp"
#include "battery/packs/allocation.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace hil::app {

struct IdentifyRequest {
    std::filesystem::path file;
    battery::CyclerColumns columns;
    std::string like = "nmc";
    std::string name, ageing;  // of the cell that is written; empty: the file's name, that of `like`
    std::optional<double> capacity_ah, start_soc_pu;
    std::filesystem::path output, page, bdf;  // parameter file, HTML, Battery Data Format; empty: none
};

struct EstimateRequest {
    std::filesystem::path file;
    battery::CyclerColumns columns;
    std::string cell = "nmc";
    double start_soc_pu = 0.5, start_spread_pu = 0.3;
    double voltage_noise_v = 0.005, bias_c = 0.005, freeze_below_v = 0;
    double every_s = 60;
    std::filesystem::path output;  // empty: standard output
};

struct TwinRequest {
    std::string cell;               // name or file; empty: that of the plant
    std::filesystem::path profile;  // CSV of time_s, p_kw; empty: the plan of the plant
    std::filesystem::path config_file;
    bool config_found_here = false;  // in the working directory: nobody named it
    std::optional<std::string> plant;
    std::vector<std::filesystem::path> schedules;
    std::optional<std::string> from;
    double capacity_kwh = 100, power_kw = 50;
    std::optional<double> soc_pu, step_s, report_s;
    double length_s = 86'400;
    bool repeat = false;
    std::size_t draws = 100;
    std::uint64_t seed = 1;
    std::string ageing;
    bool json = false;
    std::filesystem::path output, page;
};

struct StudyRequest {
    enum class What : std::uint8_t { life, allocate };
    What what = What::life;
    std::string cell = "nmc", ageing = "nmc111_kokam";
    std::size_t packs = 10, seeds = 8, other_seeds = 3;
    double years = 10, step_s = 120, utilisation = 0.7, end_of_life_pu = 0.8;
    std::filesystem::path page, json;
    // allocate
    std::filesystem::path packs_file;
    double power_kw = 0;
};

class OptionLine;
struct SubCommand;

// Each throws Mistake where the line is none.
IdentifyRequest read_identify(OptionLine& line);
EstimateRequest read_estimate(OptionLine& line);
TwinRequest read_twin(OptionLine& line);
StudyRequest read_study(OptionLine& line);

// Their rows of the table.
std::vector<SubCommand> battery_sub_commands();

}  // namespace hil::app
