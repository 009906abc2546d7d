// What a stop promises, whatever else happens at whatever instant: after its zero nothing but zero is written
// until somebody starts the plant again. Judged at the plant's end of the wire.
#include "base/random.hpp"
#include "control/command_engine.hpp"
#include "control/rig.hpp"

namespace hil::control {
namespace {

using schedule::Signal;

// One course of commands, plan edits and broken links, drawn from a seed.
struct Course {
    explicit Course(std::uint64_t seed)
        : random(seed), rig(options()), forth(draw_latency()), back(draw_latency()) {
        rig.network.on_dial = [this](const Endpoint&) {
            MemoryNetwork::Dial dial;
            dial.to_server.latency = forth;
            dial.to_client.latency = back;
            return dial;
        };
        define("plant.start", CommandQueue::plant, [this]() -> awaitable<error_code> {
            // One that is refused at once leaves the stop before it in force.
            if (rig.control->state() != PlantState::running &&
                rig.link->status().state == plant::LinkState::connected) {
                stop_asked = p_zero = q_zero = false;
            }
            co_return (co_await rig.control->start()).error;
        });
        define("plant.stop", CommandQueue::plant, [this]() -> awaitable<error_code> {
            stop_asked = true;
            co_return (co_await rig.control->stop()).error;
        });
        define("estop", CommandQueue::immediate, [this]() -> awaitable<error_code> {
            stop_asked = latched = true;
            co_return (co_await rig.control->emergency_stop()).error;
        });
        define("plant.dispatch_enable", CommandQueue::plant, [this]() -> awaitable<error_code> {
            rig.control->set_dispatch_enabled(true);
            co_return error_code{};
        });
        define("plant.dispatch_disable", CommandQueue::plant, [this]() -> awaitable<error_code> {
            rig.control->set_dispatch_enabled(false);
            co_return error_code{};
        });
        rig.on_request = [this](const modbus::Request& request) { return judge(request); };
    }

    static PlantControl::Options options() {
        PlantControl::Options options;
        options.period = 100ms;
        options.decay_poll = 50ms;
        options.decay_timeout = 300ms;
        return options;
    }
    Duration draw_latency() { return std::chrono::microseconds(random.below(30'000)); }

    void define(const char* name, CommandQueue queue, std::function<awaitable<error_code>()> act) {
        CommandEngine::Kind kind;
        kind.queue = queue;
        const bool gives_power = std::string_view(name) == "plant.start";
        kind.refuse = [this, gives_power](const Command&) -> std::optional<std::string> {
            if (latched && gives_power) return "estop_latched";
            return std::nullopt;
        };
        kind.execute = [act = std::move(act)](const Command&,
                                              const CommandEngine::Say&) -> awaitable<Outcome> {
            const auto error = co_await act();
            if (error) co_return Outcome::failure(error.message());
            co_return Outcome::success();
        };
        engine.define(name, std::move(kind));
    }
    [[nodiscard]] bool busy() const { return engine.waiting() > 0 || engine.active("lib") != nullptr; }
    void submit(const char* kind) { engine.submit(kind, "lib", {}, "test"); }

    std::optional<modbus::Response> judge(const modbus::Request& request) {
        if (request.function != modbus::Function::write_single_register) return std::nullopt;
        if (request.address != Rig::p_setpoint && request.address != Rig::q_setpoint) return std::nullopt;
        bool& zero = request.address == Rig::p_setpoint ? p_zero : q_zero;
        if (request.words[0] == 0) {
            zero = zero || stop_asked;
            ++zeros;
        } else {
            after_zero += zero ? 1 : 0;
            ++others;
        }
        return std::nullopt;
    }

    // What happens next, at an instant drawn to the microsecond.
    void happen() {
        const double what = random.uniform();
        if (what < 0.22) {
            submit("plant.start");
            submit("plant.dispatch_enable");
        } else if (what < 0.42) {
            submit("plant.stop");
        } else if (what < 0.5) {
            submit("estop");
        } else if (what < 0.57) {
            latched = false;  // reset
        } else if (what < 0.67) {
            submit(random.chance(0.7) ? "plant.dispatch_enable" : "plant.dispatch_disable");
        } else if (what < 0.75) {
            rig.network.reset_connections({"plant", 502});
        } else {
            rig.plan(random.chance(0.5) ? Signal::p : Signal::q,
                     1.0 + static_cast<double>(random.below(500)));
        }
        rig.clock.run_for(std::chrono::microseconds(1 + random.below(random.chance(0.5) ? 20'000 : 150'000)));
    }

    Random random;
    Rig rig;
    Duration forth, back;
    CommandEngine engine{rig.clock, {"lib"}, {}};
    bool latched = false, stop_asked = false, p_zero = false, q_zero = false;
    std::size_t zeros = 0, others = 0, after_zero = 0;
};

}  // namespace

TEST_CASE("after a stop's zero no later write is non-zero, in 1000 randomised interleavings") {
    std::size_t zeros = 0, others = 0;
    for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
        Course course(seed);
        course.rig.start_with(42, 5);
        for (int i = 0; i < 25; ++i)
            course.happen();
        course.submit("plant.stop");
        const Instant give_up = course.rig.clock.now() + 2min;
        while (course.busy() && course.rig.clock.now() < give_up)
            course.rig.clock.run_for(200ms);
        course.rig.clock.run_for(1s);
        INFO("interleaving " << seed);
        CHECK(course.after_zero == 0);
        // However it went, the last stop holds.
        CHECK(course.rig.reg(Rig::p_setpoint) == 0);
        CHECK(course.rig.reg(Rig::q_setpoint) == 0);
        CHECK(course.rig.reg(Rig::enable) == 0);
        CHECK_FALSE(course.busy());
        zeros += course.zeros;
        others += course.others;
    }
    // The courses were no quiet ones.
    CHECK(zeros > 5000);
    CHECK(others > 2000);
}

}  // namespace hil::control
