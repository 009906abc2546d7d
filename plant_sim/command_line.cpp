#include "plant_sim/command_line.hpp"

#include "config/location.hpp"
#include "plant_sim/options_text.hpp"

#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <sstream>

namespace hil::plant_sim {
namespace {

namespace po = boost::program_options;

using Texts = std::vector<std::string>;

po::options_description described() {
    const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
    po::options_description options("Options");
    auto add = options.add_options();
    add("help,h", "this text");
    add("config", text("FILE"),
        "configuration; default the installed one, or etc/hil.json or hil.json here or of the sources");
    add("plant", po::value<Texts>()->composing()->value_name("ID"),
        "serves this plant; may be repeated; default all of them");
    add("endpoint", text("local|remote"), "which Modbus endpoint of the plants is served; default local");
    add("speed", text("N"), "runs the clock up to N times faster than real time; default 1");
    add("seed", text("N"), "of noise, and of faults with a probability; default 0");
    add("control", text("HOST:PORT"), "serves the control endpoint there: state, clock, faults");
    add("strict", "refuses other unit ids, and registers that belong to no point");
    add("scenario", text("FILE"), "reserved");
    return options;
}

std::string usage(const po::options_description& options) {
    std::ostringstream text;
    text << "Usage: plant_sim [OPTIONS]\n\n"
            "Serves the battery plants of a configuration as emulators over Modbus TCP.\n\n"
         << options;
    return text.str();
}

std::variant<ProgramOptions, HelpRequest, UsageError> checked(const po::variables_map& values) {
    const auto given = [&values](const char* name) -> std::optional<std::string> {
        if (!values.count(name)) return std::nullopt;
        return values[name].as<std::string>();
    };
    if (values.count("scenario")) return UsageError{"--scenario: scenarios are not part of this version"};

    ProgramOptions out;
    if (const auto file = given("config")) {
        out.config_file = *file;
    } else {
        auto found = config::default_file();
        out.config_file = std::move(found.file);
        out.config_found_here = found.of_working_directory;
    }
    if (out.config_file.empty()) return UsageError{"--config: must not be empty"};
    if (values.count("plant")) {
        for (const auto& id : values["plant"].as<Texts>()) {
            if (std::find(out.plants.begin(), out.plants.end(), id) == out.plants.end())
                out.plants.push_back(id);
        }
    }
    const auto endpoint = given("endpoint").value_or("local");
    if (endpoint != "local" && endpoint != "remote") {
        return UsageError{fmt::format("--endpoint: must be local or remote, got \"{}\"", endpoint)};
    }
    out.endpoint = endpoint == "local" ? config::TransportMode::local : config::TransportMode::remote;

    out.strict = values.count("strict") > 0;

    constexpr double fastest = 1e6;
    const auto speed_text = given("speed").value_or("1");
    const auto speed = number_of<double>(speed_text);
    if (!speed || !(*speed > 0 && *speed <= fastest)) {
        return UsageError{
            fmt::format("--speed: must be a number above 0 and at most 1000000, got \"{}\"", speed_text)};
    }
    out.speed = *speed;

    const auto seed_text = given("seed").value_or("0");
    const auto seed = number_of<std::uint64_t>(seed_text);
    if (!seed) return UsageError{fmt::format("--seed: must be a whole number from 0, got \"{}\"", seed_text)};
    out.seed = *seed;

    if (const auto control = given("control")) {
        const auto colon = control->rfind(':');
        const auto port = number_of<std::uint16_t>(colon == control->npos ? "" : control->substr(colon + 1));
        if (!port || colon == 0)
            return UsageError{fmt::format("--control: must be HOST:PORT, got \"{}\"", *control)};
        out.control = Endpoint{control->substr(0, colon), *port};
    }
    return out;
}

}  // namespace

std::variant<ProgramOptions, HelpRequest, UsageError> parse_command_line(const Texts& arguments) {
    const auto options = described();
    try {
        const auto values = stored(arguments, options);
        if (values.count("help")) return HelpRequest{usage(options)};
        return checked(values);
    } catch (const po::error& mistake) {
        return UsageError{fmt::format("{} (plant_sim --help lists the options)", mistake.what())};
    }
}

}  // namespace hil::plant_sim
