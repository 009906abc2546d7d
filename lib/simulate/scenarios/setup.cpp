#include "simulate/scenarios/setup.hpp"

#include "config/document.hpp"
#include "config/load.hpp"
#include "measure/row.hpp"
#include "plant_sim/faults.hpp"
#include "plant_sim/istentore/faults.hpp"
#include "scenario/parser.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <fstream>
#include <iterator>

namespace hil::simulate {
namespace {

namespace json = boost::json;

std::optional<std::string> read_file(const std::filesystem::path& file, config::Problems& problems) {
    std::ifstream stream(file, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(stream), {}};
    if (stream.is_open() && !stream.bad()) return text;
    problems.add({}, std::filesystem::exists(file) ? "cannot be read" : "there is no such file");
    return std::nullopt;
}

void take(config::Problems& problems, std::vector<std::string>& out) {
    for (const auto& problem : problems.take_problems())
        out.push_back(problem.message());
}

// The configuration with changes put over it, checked as a whole.
config::Config changed(json::object document, const json::object* changes, const std::string& source,
                       std::vector<std::string>& problems) {
    if (changes != nullptr) scenario::merge(document, *changes);
    auto loaded = config::parse(json::serialize(document), source);
    for (const auto& problem : loaded.problems)
        problems.push_back(problem.message());
    return std::move(loaded.config);
}

void prepare(config::Config& config, bool platform) {
    config.startup.transport_mode = config::TransportMode::remote;
    config.general.data_dir = "data";  // in memory
    auto& api = config.istentore_api;
    api.base_url = platform ? fmt::format("http://{}", to_string(scenario_platform)) : "";
    if (!platform) return;
    if (api.email.empty()) api.email = "scenario@example.org";
    api.password = "scenario";
    api.password_file.clear();
}

scenario::Subject subject_of(const config::Config& config, const Zone& zone,
                             const std::filesystem::path& file,
                             std::vector<plant_sim::FaultSubject>& fault_subjects) {
    scenario::Subject out{zone, {}, {}, {}, {}, file.parent_path()};
    out.columns.assign(measure::column_names.begin(), measure::column_names.end());
    for (const auto& plant : config.plants) {
        std::vector<std::string> points;
        for (const auto& point : plant.remote.points)
            points.push_back(point.name);
        const auto* battery = plant.remote.find("p_battery");
        const auto* poi = plant.remote.find("p_poi");
        const bool apart = battery != nullptr && poi != nullptr && battery->address != poi->address;
        out.plants.push_back({plant.id, points, apart});
        fault_subjects.push_back({plant.id, std::move(points)});
    }
    out.refuse_fault = [&fault_subjects](const json::value& fault) -> std::optional<std::string> {
        const auto parsed = plant_sim::parse_fault(fault, fault_subjects);
        if (const auto* why = std::get_if<std::string>(&parsed)) return *why;
        return std::nullopt;
    };
    out.refuse_platform_faults = [](const json::value& faults) -> std::optional<std::string> {
        const auto parsed = plant_sim::parse_faults(json::serialize(faults), "faults");
        if (const auto* why = std::get_if<std::string>(&parsed)) return *why;
        return std::nullopt;
    };
    return out;
}

}  // namespace

std::variant<ScenarioSetup, std::vector<std::string>> load_scenario(
    const std::filesystem::path& file, const std::filesystem::path& config_file) {
    std::vector<std::string> out;
    config::Problems problems(file.string()), base_problems(config_file.string());
    const auto text = read_file(file, problems);
    auto document = text ? config::read_document(*text, problems) : std::nullopt;
    const auto base_text = read_file(config_file, base_problems);
    const auto base = base_text ? config::read_document(*base_text, base_problems) : std::nullopt;
    take(base_problems, out);
    if (!document || !base || !base->is_object()) {
        take(problems, out);
        if (base && !base->is_object()) out.push_back(config_file.string() + ": must be an object");
        return out;
    }
    const auto changes = scenario::changes_of(*document, problems);
    const auto source = fmt::format("{} with /config of {}", config_file.string(), file.string());
    auto config = changed(base->get_object(), changes.config, source, out);
    auto zone = Zone::find(config.timezone);
    if (!zone) {
        take(problems, out);
        return out;
    }
    if (const auto lacking = config.plants_without(config::TransportMode::remote); !lacking.empty())
        out.push_back(
            fmt::format("{}: no modbus.remote is configured for {}, where the plants of a scenario stand",
                        source, fmt::join(lacking, ", ")));
    std::vector<config::Plant> devices = config.plants;
    if (changes.devices != nullptr && out.empty()) {
        auto as_it_is = base->get_object();
        if (changes.config != nullptr) scenario::merge(as_it_is, *changes.config);
        const json::object over{{"plants", *changes.devices}};
        devices =
            changed(std::move(as_it_is), &over,
                    fmt::format("{} with /config and /devices of {}", config_file.string(), file.string()),
                    out)
                .plants;
        if (devices.size() != config.plants.size())
            problems.add("/devices", "must name plants of the configuration only");
    }
    std::vector<plant_sim::FaultSubject> fault_subjects;
    const auto subject = subject_of(config, *zone, file, fault_subjects);
    auto scenario = scenario::parse(*document, subject, problems);
    take(problems, out);
    if (!out.empty()) return out;

    prepare(config, scenario.platform);
    std::vector<std::string> ids = subject.ids();
    return ScenarioSetup{file, service::Setup{std::move(config), std::move(*zone), std::move(ids)},
                         std::move(devices), std::move(scenario)};
}

}  // namespace hil::simulate
