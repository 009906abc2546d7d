#include "simulate/world/process.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace hil::simulate {

// The network as one process has it: gone with the process.
class SimulatedProcess::Gate final : public Network {
  public:
    explicit Gate(Network& network) : network_(network) {}

    awaitable<result<std::unique_ptr<ByteStream>>> connect(Endpoint to, Duration timeout) override {
        if (closed) co_return make_error_code(boost::system::errc::network_down);
        auto stream = co_await network_.connect(std::move(to), timeout);
        if (closed) co_return make_error_code(boost::system::errc::network_down);
        co_return stream;
    }
    result<std::unique_ptr<Listener>> listen(const Endpoint& at) override { return network_.listen(at); }

    bool closed = false;

  private:
    Network& network_;
};

namespace {

std::unique_ptr<service::Persistence> open_persistence(Clock& clock, SimulatedMachine& machine) {
    auto opened = service::Persistence::open(clock, machine.make_worker(), machine.database());
    if (const auto* why = std::get_if<std::string>(&opened)) throw std::runtime_error(*why);
    auto persistence = std::move(std::get<std::unique_ptr<service::Persistence>>(opened));
    machine.keep(persistence->database());
    return persistence;
}

}  // namespace

SimulatedProcess::SimulatedProcess(Clock& clock, Network& network, SimulatedMachine& machine,
                                   const service::Setup& setup, Options options)
    : machine_(machine),
      setup_(setup),
      network_(std::make_unique<Gate>(network)),
      worker_(machine.make_file_worker()),
      persistence_(open_persistence(clock, machine)),
      log_(clock, setup.zone, {.directory = {}, .level = observe::Level::error}, *worker_),
      plans_(setup.plant_ids),
      drafts_(setup.plant_ids.size()),
      tasks_(clock, [this](const TaskFailure& failure) {
          if (!failure.restarting) broken_ = std::string(failure.task) + ": " + std::string(failure.what);
      }) {
    events_.emplace(clock, 100, persistence_->first_event());
    alerts_.emplace(clock, *events_, 1000, persistence_->first_alert());
    happenings_.emplace(log_, *events_, *alerts_, metrics_);
    persistence_->follow(log_, *events_, *alerts_, *happenings_, plans_, drafts_);
    service::Service::Options service;
    service.anchor = options.anchor;
    service.fresh_start = options.first;
    service.seed = options.seed;
    service.faults = options.faults;
    // The plants of the remote side live in the same time.
    service.real_time = std::ranges::all_of(setup.config.plants, &config::Plant::has_remote);
    service.first_command = persistence_->first_command();
    service.drafts = &drafts_;
    service.safety = &persistence_->safety();
    const service::SiteContext context{clock,    *network_, *worker_, log_,
                                       *events_, *alerts_,  metrics_, *happenings_};
    service_.emplace(context, setup_, plans_, machine.files(), service);
    persistence_->follow(service_->parts().commands);
    if (const auto why = service_->open()) throw std::runtime_error(*why);
    auto market = service::MarketWiring::make(*service_, *persistence_);
    if (const auto* why = std::get_if<std::string>(&market)) throw std::runtime_error(*why);
    market_ = std::move(std::get<std::unique_ptr<service::MarketWiring>>(market));
}

SimulatedProcess::~SimulatedProcess() = default;

awaitable<void> SimulatedProcess::begin() {
    persistence_->begin(setup_.config.retention.events_days);
    co_await service_->load();
    service_->begin();
    service_->record_devices();
    if (!setup_.config.istentore_api.base_url.empty())
        tasks_.spawn("market", [this] { return market_->run(); }, OnEscape::restart);
}

void SimulatedProcess::kill() {
    network_->closed = true;
    machine_.cut_off();
}

bool SimulatedProcess::killed() const {
    return network_->closed;
}

awaitable<void> SimulatedProcess::close() {
    tasks_.cancel();
    market_->close();
    co_await tasks_.join();
    co_await service_->close();
    co_await persistence_->close();
}

awaitable<result<std::vector<control::Command>>> SimulatedProcess::audited_commands() {
    std::vector<control::Command> out;
    std::uint64_t cursor = 0;
    do {
        auto page = co_await persistence_->audit().before(cursor, 1000);
        if (!page) co_return page.error();
        std::move(page->commands.begin(), page->commands.end(), std::back_inserter(out));
        cursor = page->next;
    } while (cursor != 0);
    co_return out;
}

}  // namespace hil::simulate
