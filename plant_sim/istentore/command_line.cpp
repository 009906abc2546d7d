#include "plant_sim/istentore/command_line.hpp"

#include "plant_sim/options_text.hpp"

#include <fmt/format.h>

#include <optional>
#include <sstream>

namespace hil::plant_sim {
namespace {

namespace po = boost::program_options;

po::options_description described_options() {
    const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
    po::options_description options("Options");
    auto add = options.add_options();
    add("help,h", "this text");
    add("port", text("N"), "port to listen on; 0: one the system chooses");
    add("host", text("ADDRESS"), "address to listen on; default 127.0.0.1");
    add("cert", text("FILE"), "certificate, PEM, followed by those of its authorities");
    add("key", text("FILE"), "its private key, PEM");
    add("products", text("FILE"), "market products as the platform sends them; default: made from the date");
    add("faults", text("FILE"), "faults in force from the start");
    add("seed", text("N"), "of tokens and of faults with a probability; default 0");
    return options;
}

std::string usage_text(const po::options_description& options) {
    std::ostringstream text;
    text << "Usage: istentore_sim --port N --cert FILE --key FILE [OPTIONS]\n\n"
            "Emulates the market platform over HTTPS. The login is read from HIL_ISTENTORE_SIM_EMAIL and\n"
            "HIL_ISTENTORE_SIM_PASSWORD.\n\n"
         << options;
    return text.str();
}

std::variant<IstentoreOptions, HelpRequest, UsageError> checked_values(const po::variables_map& values) {
    const auto given = [&values](const char* name) -> std::string {
        return values.count(name) ? values[name].as<std::string>() : std::string();
    };
    for (const char* name : {"port", "cert", "key"}) {
        if (given(name).empty()) {
            return UsageError{fmt::format("--{}: is needed (istentore_sim --help lists the options)", name)};
        }
    }
    IstentoreOptions out;
    const auto port = number_of<std::uint16_t>(given("port"));
    if (!port) {
        return UsageError{
            fmt::format("--port: must be a whole number from 0 to 65535, got \"{}\"", given("port"))};
    }
    out.port = *port;
    out.certificate_file = given("cert");
    out.key_file = given("key");
    out.products_file = given("products");
    out.faults_file = given("faults");
    if (values.count("host")) out.host = given("host");
    if (values.count("seed")) {
        const auto seed = number_of<std::uint64_t>(given("seed"));
        if (!seed) {
            return UsageError{
                fmt::format("--seed: must be a whole number from 0, got \"{}\"", given("seed"))};
        }
        out.seed = *seed;
    }
    return out;
}

}  // namespace

std::variant<IstentoreOptions, HelpRequest, UsageError> parse_istentore_command_line(
    const std::vector<std::string>& arguments) {
    const auto options = described_options();
    try {
        const auto values = stored(arguments, options);
        if (values.count("help")) return HelpRequest{usage_text(options)};
        return checked_values(values);
    } catch (const po::error& mistake) {
        return UsageError{fmt::format("{} (istentore_sim --help lists the options)", mistake.what())};
    }
}

}  // namespace hil::plant_sim
