#include "plant_sim/program.hpp"

#include "base/task_group.hpp"
#include "base/zone.hpp"
#include "config/load.hpp"
#include "config/names.hpp"
#include "net/server.hpp"
#include "plant/shared_line.hpp"
#include "plant_sim/control_api.hpp"
#include "plant_sim/device_server.hpp"
#include "plant_sim/plant_server.hpp"
#include "plant_sim/status_text.hpp"

#include <boost/asio/signal_set.hpp>

#include <fmt/format.h>

#include <csignal>
#include <ostream>
#include <utility>

namespace hil::plant_sim {
namespace {

// Only a scaled clock can be told another speed later.
std::unique_ptr<Clock> make_clock(asio::io_context& context, const ProgramOptions& options) {
    auto real = std::make_unique<RealClock>(context);
    if (options.speed == 1.0 && !options.control) return real;
    const WallTime start = real->wall_now();
    return std::make_unique<ScaledClock>(context, start, options.speed);
}

// The plants asked for, in the order of the file; nothing, after a complaint, when one of them does not
// exist.
std::vector<const config::Plant*> choose_plants(const config::Config& config, const ProgramOptions& options,
                                                std::ostream& err) {
    std::vector<const config::Plant*> chosen;
    bool complete = true;
    for (const auto& id : options.plants) {
        if (config.find_plant(id)) continue;
        std::string known;
        for (const auto& plant : config.plants)
            known += (known.empty() ? "" : ", ") + plant.id;
        err << fmt::format("plant_sim: --plant: \"{}\" is not a plant of {}, which has {}\n", id,
                           options.config_file.string(), known);
        complete = false;
    }
    if (!complete) return chosen;
    for (const auto& plant : config.plants) {
        const auto& ids = options.plants;
        if (ids.empty() || std::find(ids.begin(), ids.end(), plant.id) != ids.end()) chosen.push_back(&plant);
    }
    return chosen;
}

class Program {
  public:
    Program(const config::Config& config, const battery::Recordings& recordings,
            const ProgramOptions& options, std::ostream& out, std::ostream& err, bool terminal)
        : config_(config),
          recordings_(recordings),
          options_(options),
          out_(out),
          err_(err),
          terminal_(terminal),
          zone_(Zone::find(config.timezone).value_or(Zone::utc())),
          context_(1),
          clock_(make_clock(context_, options)),
          network_(make_tcp_network(*clock_)),
          signals_(context_, SIGINT, SIGTERM),
          faults_(*clock_, Random(options.seed)),
          status_(*clock_, [this](const TaskFailure& failure) { report(failure); }),
          tasks_(*clock_, [this](const TaskFailure& failure) { report(failure); }) {}

    ExitStatus run(const std::vector<const config::Plant*>& plants) {
        const bool started =
            std::all_of(plants.begin(), plants.end(), [this](const auto* plant) { return open(*plant); }) &&
            open_devices() && open_control();
        out_.flush();
        if (started) {
            tasks_.spawn("end on a signal", [this] { return end_on_signal(); });
            status_.spawn("status", [this] { return show_status(); }, OnEscape::restart);
        } else {
            tasks_.spawn("end", [this] { return end(); });
        }
        clock_->run();
        return started ? done : could_not_start;
    }

  private:
    bool open(const config::Plant& plant) {
        const auto& endpoint = plant.endpoint(options_.endpoint);
        PlantServerOptions server_options;
        server_options.period = config_.timing.plant_period;
        server_options.initial_soc_pu = config_.startup.initial_soc_pu;
        server_options.on_failure = [this](const TaskFailure& failure) { report(failure); };
        server_options.faults = &faults_;
        server_options.seed = options_.seed + servers_.size();
        server_options.recording = recordings_.of(plant.id);
        if (auto gateway = gateway_at(endpoint.address)) server_options.gateway = std::move(*gateway);
        if (options_.strict) server_options.strict = true;
        server_options.on_stray = [this](const std::string& sentence) {
            err_ << "plant_sim: warning: " << sentence << '\n';
            err_.flush();
        };
        auto server = PlantServer::open(*clock_, *network_, plant, endpoint, std::move(server_options));
        if (!server) {
            const auto where = to_string(endpoint.address);
            const auto why = server.error() == asio::error::address_in_use
                                 ? fmt::format("{} is in use by another program", where)
                                 : fmt::format("cannot listen on {}: {}", where, server.error().message());
            err_ << fmt::format("plant_sim: {}: {}\n", plant.id, why);
            return false;
        }
        out_ << listening_line(**server, plant) << '\n';
        servers_.push_back(std::move(*server));
        return true;
    }

    // The gateway in front of several devices at one address; none where it is one's own, or where nobody can
    // listen there: whoever is opened says so.
    result<std::shared_ptr<UnitGateway>> gateway_at(const Endpoint& address) {
        const auto addresses = plant::addresses_of(config_, options_.endpoint);
        if (std::ranges::count(addresses, address) < 2) return std::shared_ptr<UnitGateway>();
        return gateways_.open(*clock_, *network_, address);
    }

    // What is only watched is served beside the plants; not where plants were asked for by name.
    bool open_devices() {
        if (!options_.plants.empty()) return true;
        for (const auto& device : config_.devices) {
            if (!device.has(options_.endpoint)) continue;
            DeviceServerOptions server_options;
            server_options.period = config_.timing.plant_period;
            server_options.initial_soc_pu = config_.startup.initial_soc_pu;
            server_options.faults = &faults_;
            server_options.on_failure = [this](const TaskFailure& failure) { report(failure); };
            if (auto gateway = gateway_at(device.endpoint(options_.endpoint).address))
                server_options.gateway = std::move(*gateway);
            auto server = DeviceServer::open(*clock_, *network_, device, device.endpoint(options_.endpoint),
                                             zone_, std::move(server_options));
            if (const auto* why = std::get_if<std::string>(&server)) {
                err_ << fmt::format("plant_sim: {}\n", *why);
                return false;
            }
            devices_.push_back(std::move(std::get<0>(server)));
            out_ << fmt::format("{} ({}) listens on {}\n", device.id, device.name,
                                to_string(devices_.back()->local_endpoint()));
        }
        return true;
    }

    bool open_control() {
        if (!options_.control) return true;
        auto listener = network_->listen(*options_.control);
        if (!listener) {
            err_ << fmt::format("plant_sim: --control: cannot listen on {}: {}\n",
                                to_string(*options_.control), listener.error().message());
            return false;
        }
        net::Server::Hooks hooks;
        hooks.on_failure = [this](const TaskFailure& failure) { report(failure); };
        control_ = std::make_unique<net::Server>(
            *clock_, std::move(*listener),
            std::make_shared<ControlApi>(*clock_, faults_, servers_, options_.control->host), std::nullopt,
            net::Server::Limits{}, hooks);
        out_ << fmt::format("control endpoint on http://{}\n", to_string(control_->local_endpoint()));
        tasks_.spawn("control endpoint", [this] { return control_->run(); });
        return true;
    }

    void report(const TaskFailure& failure) {
        err_ << fmt::format("plant_sim: {} failed: {}{}\n", failure.task, failure.what,
                            failure.restarting ? "; it is tried again" : "");
    }

    awaitable<void> end_on_signal() {
        co_await signals_.async_wait(asio::use_awaitable);
        signals_.clear();  // the next one does what it does by default
        status_.cancel();
        co_await status_.join();
        co_await end();
        out_ << "ended in order\n";
    }

    awaitable<void> end() {
        if (control_) co_await control_->stop();
        for (const auto& server : servers_)
            co_await server->stop();
        for (const auto& server : devices_)
            co_await server->stop();
        clock_->stop();
    }

    awaitable<void> show_status() {
        for (bool first = true;; first = false) {
            co_await clock_->io_sleep_for(terminal_ ? std::chrono::seconds(1) : std::chrono::seconds(60));
            // On a terminal the lines of the second before are written over.
            if (terminal_ && !first) out_ << fmt::format("\x1b[{}A", servers_.size());
            const auto time =
                zone_.format(clock_->wall_now()).substr(0, std::size("2025-10-01T00:00:00") - 1);
            for (const auto& server : servers_) {
                out_ << fmt::format("{}{}  {}\n", terminal_ ? "\x1b[2K" : "", time, status_line(*server));
            }
            out_.flush();
        }
    }

    const config::Config& config_;
    const battery::Recordings& recordings_;
    const ProgramOptions& options_;
    std::ostream& out_;
    std::ostream& err_;
    bool terminal_;
    Zone zone_;
    asio::io_context context_;
    std::unique_ptr<Clock> clock_;
    std::unique_ptr<Network> network_;
    asio::signal_set signals_;
    Faults faults_;
    UnitGateways gateways_;
    std::vector<std::unique_ptr<PlantServer>> servers_;
    std::vector<std::unique_ptr<DeviceServer>> devices_;
    std::unique_ptr<net::Server> control_;
    TaskGroup status_, tasks_;
};

}  // namespace

ExitStatus run_program(const ProgramOptions& options, std::ostream& out, std::ostream& err, bool terminal) {
    if (options.config_found_here) err << fmt::format("configuration: {}\n", options.config_file.string());
    const auto loaded = config::load(options.config_file, config::process_environment());
    for (const auto& warning : loaded.warnings)
        err << "plant_sim: warning: " << warning.message() << '\n';
    for (const auto& problem : loaded.problems)
        err << "plant_sim: " << problem.message() << '\n';
    if (!loaded.problems.empty()) return bad_usage;
    const auto plants = choose_plants(loaded.config, options, err);
    if (plants.empty()) return bad_usage;
    std::string without;
    for (const auto* plant : plants)
        if (!plant->has(options.endpoint)) without += (without.empty() ? "" : ", ") + plant->id;
    if (!without.empty()) {
        err << fmt::format(
            "plant_sim: --endpoint: no modbus.{} is configured for {}; --plant chooses others\n",
            config::to_string(options.endpoint), without);
        return bad_usage;
    }
    const auto recordings =
        battery::load_recordings(loaded.config, Zone::find(loaded.config.timezone).value_or(Zone::utc()));
    for (const auto& problem : recordings.problems)
        err << "plant_sim: " << problem << '\n';
    if (!recordings.problems.empty()) return bad_usage;
    return Program(loaded.config, recordings, options, out, err, terminal).run(plants);
}

}  // namespace hil::plant_sim
