// One plant's endpoint is dead, through real sockets: the other one's dispatch, sampling, observed age and
// stop do not notice. Time is the site's: the machine's own hiccups are not measured.
#include "control/rig.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

namespace hil::control {
namespace {

using schedule::Signal;

// A port at which connections are accepted by the system and nobody ever answers.
class DeadPort {
  public:
    enum class Kind { accepts, full };

    explicit DeadPort(Kind kind) {
        listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        REQUIRE(::bind(listener_, generic, size) == 0);
        REQUIRE(::listen(listener_, kind == Kind::full ? 0 : 128) == 0);
        REQUIRE(::getsockname(listener_, generic, &size) == 0);
        port_ = ntohs(address.sin_port);
        // Connections nobody takes, until the system takes no more: a further attempt hangs.
        for (int i = 0; kind == Kind::full && i < 8; ++i) {
            const int filler = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
            (void)::connect(filler, generic, size);
            fillers_.push_back(filler);
        }
    }
    ~DeadPort() {
        ::close(listener_);
        for (const int filler : fillers_)
            ::close(filler);
    }
    DeadPort(const DeadPort&) = delete;
    DeadPort& operator=(const DeadPort&) = delete;
    [[nodiscard]] std::uint16_t port() const { return port_; }

  private:
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::vector<int> fillers_;
};

// A plant with its link and control, and a reader in place of the sampler.
struct Plant {
    Plant(Clock& clock, Network& network, schedule::Arbiter& arbiter, std::size_t index, std::uint16_t port,
          Instant anchor)
        : endpoint(lib_endpoint()) {
        endpoint.address = {"127.0.0.1", port};
        endpoint.timeout = 300ms;
        link = std::make_unique<plant::Link>(clock, network, Random(index + 1), endpoint,
                                             plant::Link::Hooks{[this](const plant::LinkStatus&) {
                                                                    if (control) control->wake();
                                                                },
                                                                {},
                                                                {}});
        const auto& map = link->map();
        const auto& points = map.standard();
        setpoints = std::make_unique<PlanSetpoints>(arbiter, index, limits, map.codec(points.p_setpoint),
                                                    map.codec(points.q_setpoint));
        sample = map.batch(std::array{points.soc, points.p_battery, points.q_battery, points.v_poi});
        PlantControl::Options options;
        options.anchor = anchor;
        options.period = 2s;
        control = std::make_unique<PlantControl>(clock, *link, endpoint, *setpoints, options,
                                                 PlantControl::Hooks{});
    }
    awaitable<void> read(Clock& clock, Instant anchor) {
        Ticker ticker(clock, anchor, 2s, Phase::sample);
        for (;;) {
            const auto step = co_await ticker.next();
            skipped += step.skipped;
            if (!co_await link->read(sample, plant::Priority::sample)) continue;
            if (sampled) longest_gap = std::max(longest_gap, step.due - *sampled);
            sampled = step.due;
            latest = std::max(latest, clock.now() - step.due);
        }
    }

    config::PowerLimits limits{1000, -1000, 600, -600};
    config::ModbusEndpoint endpoint;
    std::unique_ptr<plant::Link> link;
    std::unique_ptr<PlanSetpoints> setpoints;
    std::unique_ptr<PlantControl> control;
    plant::ReadBatch sample;
    std::optional<Instant> sampled;
    Duration longest_gap{}, latest{};
    std::int64_t skipped = 0;
};

}  // namespace

TEST_CASE(
    "an endpoint that is dead for ten minutes costs the other plant nothing, its stop included [AC-44][D-09]",
    "[AC-44][D-09]") {
    for (const auto kind : {DeadPort::Kind::accepts, DeadPort::Kind::full}) {
        INFO((kind == DeadPort::Kind::full ? "connecting hangs" : "nobody answers"));
        asio::io_context context{1};
        ScaledClock clock(context, wall(10), 120);
        const auto network = make_tcp_network(clock);
        const DeadPort dead(kind);

        auto bank = modbus::Bank::holding_only(400);
        auto listener = network->listen({"127.0.0.1", 0});
        REQUIRE(listener);
        const auto port = (*listener)->local_endpoint().port;
        modbus::Server server(clock, std::move(*listener),
                              [&](const modbus::Request& request) { return modbus::execute(bank, request); });
        schedule::PlanStore store{{"lib", "vrfb"}};
        schedule::Arbiter arbiter(store, config::ScheduleSource::manual, 15min);
        std::vector<schedule::Row> rows;
        for (int i = 0; i < 600; ++i)
            rows.push_back({wall(10) + i * 7s, 100.0 + i});
        for (const schedule::PlantIndex plant : {0u, 1u})
            store.set_manual(plant, Signal::p, schedule::Series(rows, wall(12)), "test");

        const Instant anchor = clock.now() + 1s;
        Plant lib(clock, *network, arbiter, 0, port, anchor),
            vrfb(clock, *network, arbiter, 1, dead.port(), anchor);
        TaskGroup tasks(clock), steps(clock);
        Duration oldest{}, stop_took{};
        StartResult started;
        StopResult stopped;
        for (auto* plant : {&lib, &vrfb}) {
            tasks.spawn("link", [plant] { return plant->link->run(); });
            tasks.spawn("dispatch", [plant] { return plant->control->run(); });
            tasks.spawn("samples", [plant, &clock, anchor] { return plant->read(clock, anchor); });
        }
        // The battery: every half second it gives what was asked for.
        tasks.spawn("battery", [&]() -> awaitable<void> {
            Ticker ticker(clock, anchor, 500ms, Phase::plant);
            for (;;) {
                (void)co_await ticker.next();
                bank.holding[Rig::p_battery] =
                    bank.holding[Rig::enable] == 1 ? bank.holding[Rig::p_setpoint] : 0;
            }
        });
        steps.spawn("story", [&]() -> awaitable<void> {
            while (lib.link->status().state != plant::LinkState::connected)
                co_await clock.sleep_for(100ms);
            co_await clock.sleep_until(anchor + 1s);
            lib.control->set_dispatch_enabled(true);
            vrfb.control->set_dispatch_enabled(true);
            started = co_await lib.control->start();
            const Instant end = clock.now() + 10min;
            while (clock.now() < end) {
                co_await clock.sleep_for(250ms);
                oldest = std::max(oldest, lib.control->observed().age(clock.now()).value_or(1h));
            }
            const Instant asked = clock.now();
            stopped = co_await lib.control->stop();
            stop_took = clock.now() - asked;
            // The dead one ends as well, unknown, after one attempt.
            (void)co_await vrfb.control->stop();
            tasks.cancel();
            co_await tasks.join();
            co_await server.stop();
            clock.stop();
        });
        clock.run();
        // What the closed connections still had to say is heard before their owners go.
        context.restart();
        context.poll();

        CHECK_FALSE(started.error);
        CHECK(lib.control->statistics().cycles >= 295);
        CHECK(lib.control->statistics().skipped == 0);
        CHECK(lib.control->statistics().worst_lateness <= 1s);  // half a period
        CHECK(lib.control->statistics().longest_unconfirmed <= 3s);
        CHECK(oldest <= 3s);
        CHECK(lib.longest_gap <= 3s);
        CHECK(lib.latest <= 1s);
        CHECK(lib.skipped == 0);
        CHECK(stopped.threshold_reached);
        CHECK(stopped.disable_ok);
        CHECK(stop_took < 3s);
        CHECK(bank.holding[Rig::enable] == 0);
        CHECK(vrfb.link->status().session == 0);
        CHECK(vrfb.control->state() == PlantState::unknown);
    }
}

}  // namespace hil::control
