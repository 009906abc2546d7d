// One plant in memory: a register bank behind a Modbus server, a link, a plan and the control under test.
#pragma once

#include "base/memory_network.hpp"
#include "base/task_group.hpp"
#include "control/plant_control.hpp"
#include "modbus/server.hpp"
#include "plant/link.hpp"
#include "schedule/plan_store.hpp"

#include "support/catch.hpp"

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hil::control {

using namespace std::chrono_literals;

inline WallTime wall(int hour, int minute = 0, int second = 0) {
    return std::chrono::sys_days{std::chrono::year{2025} / 10 / 1} + std::chrono::hours(hour) +
           std::chrono::minutes(minute) + std::chrono::seconds(second);
}

inline config::ModbusEndpoint lib_endpoint() {
    using config::Access;
    using config::Format;
    using config::Unit;
    const auto point = [](const char* name, std::uint16_t address, Format format, Access access, Unit unit,
                          double scale) {
        config::Point p;
        p.name = name;
        p.address = address;
        p.format = format;
        p.access = access;
        p.unit = unit;
        p.eng_per_count = scale;
        return p;
    };
    config::ModbusEndpoint e;
    e.address = {"plant", 502};
    e.points = {
        point("enable", 1, Format::uint16, Access::read_write, Unit::raw, 1),
        point("stop_command", 85, Format::uint16, Access::write, Unit::raw, 1),
        point("p_setpoint", 86, Format::int16, Access::read_write, Unit::kw, 0.1),
        point("q_setpoint", 88, Format::int16, Access::read_write, Unit::kvar, 0.1),
        point("p_battery", 270, Format::int16, Access::read, Unit::kw, 0.1),
        point("q_battery", 272, Format::int16, Access::read, Unit::kvar, 0.1),
        point("soc", 281, Format::uint16, Access::read, Unit::pu, 0.0001),
        point("p_poi", 290, Format::int16, Access::read, Unit::kw, 0.1),
        point("q_poi", 292, Format::int16, Access::read, Unit::kvar, 0.1),
        point("v_poi", 296, Format::uint16, Access::read, Unit::v, 1),
    };
    e.start_sequence = {{"stop_command", 0, false}, {"enable", 1, false}};
    e.stop_sequence = {{"enable", 0, false}, {"stop_command", 1, false}};
    return e;
}

struct Write {
    std::uint16_t address;
    std::int16_t value;
    WallTime at;

    friend bool operator==(const Write& a, const Write& b) {
        return a.address == b.address && a.value == b.value;
    }
};

inline std::ostream& operator<<(std::ostream& out, const Write& w) {
    return out << w.address << "=" << w.value;
}

struct Rig {
    static constexpr std::uint16_t enable = 1, stop_command = 85, p_setpoint = 86, q_setpoint = 88;
    static constexpr std::uint16_t p_battery = 270, q_battery = 272;

    explicit Rig(PlantControl::Options options = {},
                 config::ScheduleSource source = config::ScheduleSource::manual,
                 config::ModbusEndpoint at = lib_endpoint())
        : endpoint(std::move(at)), arbiter(store, source, 15min) {
        serve();
        link = std::make_unique<plant::Link>(clock, network, Random(1), endpoint,
                                             plant::Link::Hooks{[this](const plant::LinkStatus&) {
                                                                    if (control) control->wake();
                                                                },
                                                                {},
                                                                {}},
                                             plant::limits_of(model()));
        const auto& map = link->map();
        std::optional<plant::Codec> q_codec;
        if (map.standard().dispatches_q()) q_codec = map.codec(map.standard().q_setpoint);
        setpoints = std::make_unique<PlanSetpoints>(arbiter, 0, limits, map.codec(map.standard().p_setpoint),
                                                    q_codec);
        options.anchor = clock.now();
        options.limits = limits;
        PlantControl::Hooks hooks;
        hooks.on_notice = [this](const Notice& n) { notices.push_back(n); };
        hooks.on_setpoint = [this](const Setpoint& setpoint, bool p, bool q) {
            if (on_setpoint) on_setpoint(setpoint, p, q);
        };
        hooks.on_write = [this](const PlantControl::WriteEvent& write) {
            if (on_write) on_write(write);
        };
        hooks.on_dispatch = [this](bool open) {
            if (on_dispatch) on_dispatch(open);
        };
        control =
            std::make_unique<PlantControl>(clock, *link, endpoint, *setpoints, options, std::move(hooks));
        plan_news = store.subscribe([this](schedule::PlantIndex) { control->wake(); });
    }
    Rig(const Rig&) = delete;
    Rig& operator=(const Rig&) = delete;
    ~Rig() {
        tasks.cancel();
        server.reset();
        clock.settle();
    }

    // The link and the dispatch loop begin, and the first cycle has been.
    void begin() {
        tasks.spawn("link", [this] { return link->run(); });
        tasks.spawn("dispatch", [this] { return control->run(); });
        const Instant give_up = clock.now() + 1s;
        while (link->status().state != plant::LinkState::connected && clock.now() < give_up)
            clock.run_for(1ms);
    }

    // Runs an operation to its end in virtual time.
    template <class T>
    T finish(std::function<awaitable<T>()> operation, Duration at_most = 10min) {
        std::optional<T> out;
        tasks.spawn("operation", [&, operation]() -> awaitable<void> {
            T value = co_await operation();
            out.emplace(std::move(value));
        });
        const Instant give_up = clock.now() + at_most;
        while (!out && clock.now() < give_up)
            clock.run_for(10ms);
        REQUIRE(out.has_value());
        return *out;
    }
    StartResult start() {
        return finish<StartResult>([this] { return control->start(); });
    }
    StopResult stop() {
        return finish<StopResult>([this] { return control->stop(); });
    }

    void plan(schedule::Signal signal, double value, WallTime from = wall(0), WallTime to = wall(24)) {
        store.set_manual(0, signal, schedule::Series({{from, value}}, to), "test");
    }
    void start_with(double p, double q) {
        plan(schedule::Signal::p, p);
        plan(schedule::Signal::q, q);
        begin();
        control->set_dispatch_enabled(true);
        const auto started = start();
        INFO(started.error.message());
        REQUIRE(!started.error);
        writes.clear();
    }

    // Breaks the connection; the conditions under which answers come on the next one.
    std::shared_ptr<StreamConditions> reconnect() {
        std::shared_ptr<StreamConditions> back;
        network.on_connected = [&](const Endpoint&, auto, auto to_client) { back = to_client; };
        network.reset_connections({"plant", 502});
        clock.run_for(15s);
        network.on_connected = {};
        REQUIRE(back);
        return back;
    }

    void serve() {
        auto listener = network.listen({"plant", 502});
        REQUIRE(listener);
        server = std::make_unique<modbus::Server>(
            clock, std::move(*listener), [this](const modbus::Request& request) { return answer(request); });
    }
    modbus::Response answer(const modbus::Request& request) {
        if (on_request) {
            if (auto response = on_request(request)) return *response;
        }
        if (request.function == modbus::Function::write_single_register) {
            writes.push_back(
                {request.address, static_cast<std::int16_t>(request.words[0]), clock.wall_now()});
        }
        return modbus::execute(bank, request);
    }
    static modbus::Response refuse(const modbus::Request& request, std::uint8_t code) {
        modbus::Response r;
        r.unit = request.unit;
        r.function = request.function;
        r.exception = code;
        return r;
    }

    [[nodiscard]] config::PlantModel model() const {
        config::PlantModel out;
        out.power_limits = limits;
        out.poi_voltage_kv = 20;
        return out;
    }
    [[nodiscard]] std::int16_t reg(std::uint16_t address) const {
        return static_cast<std::int16_t>(bank.holding[address]);
    }
    void set(std::uint16_t address, int value) { bank.holding[address] = static_cast<std::uint16_t>(value); }
    [[nodiscard]] std::size_t count(NoticeKind kind) const {
        return static_cast<std::size_t>(
            std::count_if(notices.begin(), notices.end(), [&](const Notice& n) { return n.kind == kind; }));
    }

    asio::io_context context{1};
    VirtualClock clock{context, wall(10)};
    MemoryNetwork network{clock};
    modbus::Bank bank = modbus::Bank::holding_only(65536);
    std::function<std::optional<modbus::Response>(const modbus::Request&)> on_request;
    std::function<void(const Setpoint&, bool, bool)> on_setpoint;
    std::function<void(const PlantControl::WriteEvent&)> on_write;
    std::function<void(bool)> on_dispatch;
    std::vector<Write> writes;
    std::vector<Notice> notices;
    std::unique_ptr<modbus::Server> server;
    config::PowerLimits limits{1000, -1000, 600, -600};
    config::ModbusEndpoint endpoint;
    schedule::PlanStore store{{"lib"}};
    schedule::Arbiter arbiter;
    std::unique_ptr<plant::Link> link;
    std::unique_ptr<PlanSetpoints> setpoints;
    std::unique_ptr<PlantControl> control;
    schedule::PlanStore::Subscription plan_news;
    TaskGroup tasks{clock};
};

}  // namespace hil::control
