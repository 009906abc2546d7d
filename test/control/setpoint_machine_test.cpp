// What a setpoint register is sent, cycle by cycle, by devices that treat it in ways of their own.
#include "control/setpoint_machine.hpp"

#include "modbus/errors.hpp"
#include "plant/errors.hpp"
#include "support/catch.hpp"

#include <cmath>
#include <functional>
#include <string>
#include <vector>

using namespace hil;
using namespace hil::control;
using namespace std::chrono_literals;
using Kind = SetpointMachine::NewsKind;

namespace {

config::Point tenths() {
    config::Point point;
    point.name = "p_setpoint";
    point.format = config::Format::int16;
    point.unit = config::Unit::kw;
    point.eng_per_count = 0.1;
    return point;
}

// A device of which a test says what it does with a write; the machine is driven as the dispatch drives it.
struct Site {
    explicit Site(config::Point point = tenths(), config::OnRefused on_refused = config::OnRefused::search)
        : machine(SetpointMachine::rules_of(point, "kW", on_refused, 1000, 1s), codec) {}

    void cycle(double wanted) {
        auto next =
            machine.decide({.wanted = wanted, .read = shown(), .now = now, .day = day, .limit = limit});
        const bool wrote = next.has_value();
        for (int i = 0; next && i < 5; ++i) {
            const double value = *next;
            const auto error = answer ? answer(value) : error_code{};
            writes.push_back(value);
            if (!error) held = takes ? takes(value) : value;
            if (!error && late > Duration::zero()) {
                before = std::exchange(held_before, held);
                shown_from = now + late;
            }
            next = machine.written(value, error, now);
            REQUIRE(i < 4);
        }
        if (wrote) machine.saw(shown(), now);
        for (auto& each : machine.take_news())
            news.push_back(std::move(each));
        if (auto why = machine.take_stop()) stops.push_back(*why);
    }
    // Cycles of one second, with looks in between where the machine asks for them.
    void run(double wanted, Duration time) {
        for (const Instant end = now + time; now < end;) {
            cycle(wanted);
            const auto look = machine.take_next_look();
            const Instant tick =
                Instant(std::chrono::floor<std::chrono::seconds>(now.time_since_epoch())) + 1s;
            now = look && *look < tick ? std::max(*look, now + 1ms) : tick;
        }
    }
    [[nodiscard]] std::optional<double> shown() const {
        if (!readable) return std::nullopt;
        return late > Duration::zero() && now < shown_from ? before : held;
    }
    [[nodiscard]] std::vector<std::string> notified(Kind kind) const {
        std::vector<std::string> out;
        for (const auto& each : news)
            if (each.kind == kind) out.push_back(each.text);
        return out;
    }
    // Refuses what is beyond.
    void refuse_beyond(double most, modbus::errc code = modbus::errc::server_device_failure) {
        answer = [most, code](double value) {
            return std::abs(value) > most ? error_code(code) : error_code();
        };
    }

    plant::Codec codec{tenths(), config::ByteOrder::big, config::WordOrder::msw_first};
    SetpointMachine machine;
    Instant now{1h};
    std::int64_t day = 20'000;
    std::optional<double> limit;
    double held = 0, held_before = 0;
    std::optional<double> before;
    Instant shown_from;
    Duration late{};
    bool readable = true;
    std::function<error_code(double)> answer;
    std::function<double(double)> takes;
    std::vector<double> writes;
    std::vector<SetpointMachine::News> news;
    std::vector<std::string> stops;
};

using Values = std::vector<double>;

}  // namespace

TEST_CASE("a device that does as it is told is written once a value, and nothing is told") {
    Site site;
    site.run(100, 60s);
    site.run(-20, 60s);
    site.run(0, 60s);
    CHECK(site.writes == Values{100, -20, 0});
    CHECK(site.news.empty());
    CHECK(site.machine.verdict().followed());
    CHECK(site.machine.text().empty());
}

TEST_CASE("what somebody else writes is put right in the next cycle, as often as it happens [AC-28]",
          "[AC-28]") {
    Site site;
    site.run(100, 5s);
    for (int i = 0; i < 5; ++i) {
        site.held = 70;
        site.cycle(100);
        CHECK(site.held == 100);
        site.now += 1s;
    }
    CHECK(site.writes.size() == 6);
}

TEST_CASE(
    "a refused value leaves nothing of the other sign in force, whatever the direction and the exception") {
    for (const double sign : {1.0, -1.0}) {
        for (const auto code : {modbus::errc::illegal_data_value, modbus::errc::server_device_failure}) {
            Site site;
            site.refuse_beyond(60, code);
            site.run(sign * -50, 10s);
            site.writes.clear();
            site.cycle(sign * 100);
            CHECK(site.held == 0);
            CHECK(site.writes == Values{sign * 100, 0});
            site.run(sign * 100, 60s);
            CHECK(site.held == sign * 56.2);
            CHECK(site.writes.size() == 6);
            CHECK(site.machine.verdict().why == HeldWhy::refused);
            CHECK_FALSE(site.machine.verdict().followed());
            CHECK(site.machine.verdict().settled());
            REQUIRE(site.notified(Kind::limited).size() == 2);
            CHECK(site.notified(Kind::limited)[0].find("of " + std::string(sign < 0 ? "-" : "") + "100.0") !=
                  std::string::npos);
            CHECK(site.notified(Kind::limited)[1].find(std::string("device holds ") + (sign < 0 ? "-" : "") +
                                                       "56.2 of " + (sign < 0 ? "-" : "") + "100.0") !=
                  std::string::npos);
            CHECK(site.notified(Kind::opposed).empty());
            site.run(sign * 30, 10s);
            CHECK(site.held == sign * 30);
            CHECK(site.notified(Kind::limited_over).size() == 1);
            CHECK(site.stops.empty());
        }
    }
}

TEST_CASE("0 that is refused, too, stops the plant") {
    Site site;
    site.run(-50, 10s);
    site.answer = [](double) { return error_code(modbus::errc::server_device_failure); };
    site.cycle(100);
    REQUIRE(site.stops.size() == 1);
    CHECK(site.stops[0].find("100.0 kW and 0, too") != std::string::npos);
    CHECK(site.held == -50);
}

TEST_CASE("a planned 0 is tried twice before the plant is stopped") {
    Site site;
    site.run(-50, 10s);
    site.answer = [](double) { return error_code(modbus::errc::illegal_data_address); };
    site.cycle(0);
    CHECK(site.stops.empty());
    site.cycle(0);
    CHECK(site.stops.size() == 1);
}

TEST_CASE("with on_refused zero, 0 is written at once and stays until the plan's value changes") {
    Site site(tenths(), config::OnRefused::zero);
    site.refuse_beyond(60);
    site.run(-50, 10s);
    site.writes.clear();
    site.run(100, 60min);
    CHECK(site.writes == Values{100, 0});
    site.run(90, 10s);
    CHECK(site.writes == Values{100, 0, 90});
    site.run(40, 10s);
    CHECK(site.writes == Values{100, 0, 90, 40});
}

TEST_CASE("any other refusal that lasts leaves 0 until the plan's value changes") {
    for (const auto code : {modbus::errc::illegal_function, modbus::errc::illegal_data_address,
                            modbus::errc::memory_parity_error, modbus::errc::other_exception}) {
        Site site;
        site.run(-50, 10s);
        site.writes.clear();
        site.refuse_beyond(0, code);
        site.run(100, 60s);
        CHECK(site.writes == Values{100, 0, 100, 100});
        CHECK(site.held == 0);
        CHECK(site.machine.verdict().why == HeldWhy::refused);
        site.run(80, 60s);
        CHECK(site.writes == Values{100, 0, 100, 100, 80, 80, 80});
    }
}

TEST_CASE(
    "a device that never took a value is not searched: the first one may be refused for other reasons") {
    Site site;
    site.refuse_beyond(60);
    site.run(100, 10s);
    // 0 is written though it stands there: the device may only not know the function.
    CHECK(site.writes[0] == 100);
    CHECK(site.writes[1] == 0);
    CHECK(site.held == 56.2);
}

TEST_CASE("a device that is busy is asked again, and nothing is concluded") {
    for (const auto code : {modbus::errc::acknowledge, modbus::errc::server_device_busy,
                            modbus::errc::gateway_path_unavailable, modbus::errc::gateway_target_failed}) {
        Site site;
        site.run(-50, 10s);
        site.writes.clear();
        site.answer = [code](double) { return error_code(code); };
        site.run(100, 5s);
        CHECK(site.writes == Values{100, 100, 100, 100, 100});
        // But what stands there meanwhile is told with both values.
        REQUIRE(site.notified(Kind::opposed).size() == 1);
        CHECK(site.notified(Kind::opposed)[0] ==
              "p_setpoint: the plant holds -50.0 kW while 100.0 kW are wanted");
        site.answer = {};
        site.run(100, 5s);
        CHECK(site.held == 100);
        CHECK(site.notified(Kind::opposed_over).size() == 1);
    }
}

TEST_CASE("a write that nobody answers is decided anew by what the register holds") {
    Site site;
    site.run(-50, 10s);
    site.writes.clear();
    site.answer = [](double) { return error_code(modbus::errc::timeout); };
    site.cycle(100);
    CHECK(site.writes == Values{100});
    site.answer = {};
    site.cycle(100);
    CHECK(site.held == 100);
}

TEST_CASE("a rounding device is written once where the step says so, to either side") {
    for (const double rounding : {std::floor(100.5), std::ceil(100.5)}) {
        auto point = tenths();
        point.step = 1;
        Site site(point);
        site.takes = [rounding](double value) { return value == 100.5 ? rounding : value; };
        site.run(100.5, 5min);
        CHECK(site.writes == Values{100.5});
        CHECK(site.machine.verdict().followed());
        CHECK(site.machine.text().starts_with("device holds 10"));
        CHECK(site.news.empty());
    }
}

TEST_CASE("a device that makes less of a value is written ever more rarely and told of") {
    for (const double sign : {1.0, -1.0}) {
        Site site;
        double limit = 40;
        site.takes = [&](double value) { return std::copysign(std::min(std::abs(value), limit), value); };
        site.run(sign * 50.5, 50s);
        CHECK(site.writes.size() == 2);
        CHECK(site.machine.verdict().why == HeldWhy::device);
        CHECK_FALSE(site.machine.verdict().followed());
        CHECK(site.machine.verdict().settled());
        REQUIRE(site.notified(Kind::limited).size() == 1);
        CHECK(site.notified(Kind::limited)[0].find("40.0 of") != std::string::npos);
        site.run(sign * 50.5, 60min);
        CHECK(site.writes.size() < 12);
        limit = 200;
        site.run(sign * 50.5, 16min);
        CHECK(site.held == sign * 50.5);
        CHECK(site.notified(Kind::limited_over).size() == 1);
    }
}

TEST_CASE("a write without effect is repeated, more rarely where what stands there does no harm") {
    Site site;
    site.run(40, 10s);
    site.writes.clear();
    site.takes = [](double) { return 40.0; };
    site.run(100, 60s);
    CHECK(site.machine.verdict().why == HeldWhy::no_effect);
    CHECK(site.writes.size() <= 8);
    CHECK(site.writes.size() >= 3);
    CHECK(site.notified(Kind::limited).at(0).find("device holds 40.0 of 100.0") != std::string::npos);
    CHECK(site.notified(Kind::opposed).empty());
}

TEST_CASE("a register that opposes the plan is told of within two periods, and written on") {
    for (const double sign : {1.0, -1.0}) {
        Site site;
        site.run(sign * -50, 10s);
        site.writes.clear();
        site.takes = [&](double) { return site.held; };
        const Instant begin = site.now;
        while (site.notified(Kind::opposed).empty() && site.now < begin + 1min)
            site.run(sign * 100, 250ms);
        CHECK(site.now <= begin + 2250ms);
        site.run(sign * 100, 60s);
        CHECK(site.writes.size() >= 15);
        CHECK(site.notified(Kind::opposed).size() == 1);
        site.takes = {};
        site.run(sign * 100, 5s);
        CHECK(site.held == sign * 100);
        CHECK(site.notified(Kind::opposed_over).size() == 1);
    }
}

TEST_CASE("little of the other direction opposes nothing") {
    Site site;
    site.run(-15, 10s);  // of 1000 kW
    site.takes = [&](double) { return site.held; };
    site.run(100, 60s);
    CHECK(site.notified(Kind::opposed).empty());
}

TEST_CASE("a value that is shown late is waited for, looked at meanwhile, and not written again") {
    for (const auto late : {300ms, 1700ms, 2900ms}) {
        Site site;
        site.late = late;
        site.run(-50, 10s);
        site.run(100, 10s);
        CHECK(site.writes == Values{-50, 100});
        CHECK(site.machine.verdict().followed());
        CHECK(site.notified(Kind::limited).empty());
    }
    auto point = tenths();
    point.verify_timeout = 10s;
    Site site(point);
    site.late = 8s;
    site.run(-50, 20s);
    site.run(100, 20s);
    CHECK(site.writes == Values{-50, 100});
    CHECK(site.news.empty());  // the device is known to take its time
}

TEST_CASE("what may be shown late is looked at four times a second") {
    Site site;
    site.late = 2s;
    site.cycle(100);
    CHECK(site.machine.take_next_look() == site.now + 250ms);
    CHECK_FALSE(site.machine.take_next_look());
    CHECK(site.machine.verdict().confirmation == Confirmation::pending);
    CHECK_FALSE(site.machine.verdict().settled());
}

TEST_CASE("a setpoint is refreshed while dispatch is on") {
    auto point = tenths();
    point.refresh = 5s;
    Site site(point);
    site.run(100, 21s);
    CHECK(site.writes == Values{100, 100, 100, 100, 100});
    site.writes.clear();
    CHECK_FALSE(site.machine.decide({.wanted = 100, .read = 100, .now = site.now + 1h, .refresh = false}));
    site.machine.forget_writes();  // another epoch: how long ago it was written nobody knows
    site.cycle(100);
    CHECK(site.writes == Values{100});
    CHECK(site.news.empty());
}

TEST_CASE("the value that is refreshed is the one last decided, of a limited device, too") {
    auto point = tenths();
    point.refresh = 5s;
    Site site(point);
    site.refuse_beyond(60);
    site.run(-50, 5s);
    site.run(100, 30s);
    site.writes.clear();
    site.run(100, 20s);
    CHECK(site.writes == Values{56.2, 56.2, 56.2, 56.2});
}

TEST_CASE("a setpoint without effect is refreshed in time, however rarely it would be tried otherwise") {
    auto point = tenths();
    point.refresh = 5s;
    Site site(point);
    site.run(40, 2s);
    site.takes = [](double) { return 40.0; };
    site.run(100, 3min);
    site.writes.clear();
    site.run(100, 1min);
    CHECK(site.writes == Values(12, 100.0));
}

TEST_CASE("a register that wears is told of and then written only less, 0 and for stops") {
    auto point = tenths();
    point.max_writes_per_day = 5;
    point.refresh = 1h;
    Site site(point);
    for (const double value : {10.0, 20.0, 30.0, 40.0})
        site.run(value, 2s);
    CHECK(site.notified(Kind::budget_low).size() == 1);
    site.run(50, 2s);
    REQUIRE(site.notified(Kind::budget_spent).size() == 1);
    CHECK(site.notified(Kind::budget_spent)[0].find("5 times today, 5 are allowed") != std::string::npos);
    CHECK(site.notified(Kind::budget_spent)[0].find("falls back") != std::string::npos);
    site.writes.clear();
    site.run(60, 2h);
    CHECK(site.writes.empty());
    CHECK(site.machine.verdict().why == HeldWhy::write_budget);
    CHECK(site.machine.text() == "device holds 50.0 of 60.0: write_budget");
    CHECK(site.notified(Kind::limited).size() == 1);
    site.run(30, 10s);
    CHECK(site.writes == Values{30});
    site.run(-20, 10s);
    CHECK(site.writes == Values{30, 0});
    site.run(10, 10s);
    CHECK(site.writes == Values{30, 0});
    site.day += 1;
    site.run(10, 10s);
    CHECK(site.writes == Values{30, 0, 10});
    CHECK(site.notified(Kind::budget_again).size() == 1);
}

TEST_CASE("zeros of a stop count and are never held back by the budget") {
    auto point = tenths();
    point.max_writes_per_day = 3;
    Site site(point);
    for (int i = 0; i < 5; ++i)
        site.machine.noted({}, site.day);
    CHECK(site.machine.budget().count().writes == 5);
    site.machine.noted(plant::errc::not_connected, site.day);  // it was not sent
    CHECK(site.machine.budget().count().writes == 5);
    site.machine.noted(modbus::errc::timeout, site.day);
    CHECK(site.machine.budget().count().writes == 6);
}

TEST_CASE("a count of before a restart goes on, and one of another day does not") {
    WriteBudget budget(10);
    budget.restore({.day = 5, .writes = 9});
    budget.wrote(5);
    CHECK(budget.level(5) == WriteBudget::Level::spent);
    CHECK(budget.level(6) == WriteBudget::Level::plenty);
    budget.restore({.day = 4, .writes = 100});
    CHECK(budget.count().writes == 10);
    budget.restore({.day = 5, .writes = 12});
    CHECK(budget.count().writes == 12);
    budget.wrote(6);
    CHECK(budget.count() == WriteCount{.day = 6, .writes = 1});
    budget.wrote(5);  // the clock was set back
    CHECK(budget.count() == WriteCount{.day = 6, .writes = 2});
    CHECK(WriteBudget(std::nullopt).level(6) == WriteBudget::Level::plenty);
}

TEST_CASE("with the budget spent a register that cannot be read is zeroed once") {
    auto point = tenths();
    point.max_writes_per_day = 1;
    Site site(point);
    site.readable = false;
    site.run(50, 5s);
    CHECK(site.writes == Values{50});
    site.run(60, 5s);
    CHECK(site.writes == Values{50});  // what was acknowledged is known
    site.machine.forget_writes();
    site.run(60, 5s);
    CHECK(site.writes == Values{50, 0});
}

TEST_CASE("a point confirmed by acknowledgement alone is written once, whatever it reads") {
    auto point = tenths();
    point.confirm = config::Confirm::acknowledged;
    Site site(point);
    site.takes = [](double) { return -77.0; };
    site.run(100, 60s);
    CHECK(site.writes == Values{100});
    CHECK(site.machine.verdict().followed());
    CHECK(site.news.empty());
}

TEST_CASE("a limit that the device says is asked for only while it refuses, and used") {
    Site site;
    site.refuse_beyond(60);
    site.run(-50, 5s);
    CHECK_FALSE(site.machine.asks_for_limit(100));
    site.cycle(100);
    CHECK(site.machine.asks_for_limit(100));
    CHECK_FALSE(site.machine.asks_for_limit(-100));
    site.limit = 60;
    site.run(100, 30s);
    CHECK(site.held == 60);
    site.answer = {};
    site.limit = 500;
    site.run(100, 5s);
    CHECK(site.held == 100);
    CHECK_FALSE(site.machine.asks_for_limit(100));
}

TEST_CASE("where dispatch ends, nothing is limited or opposed any more") {
    Site site;
    site.run(-50, 10s);
    site.takes = [&](double) { return site.held; };
    site.run(100, 20s);
    site.news.clear();
    site.machine.end_dispatch();
    const auto news = site.machine.take_news();
    REQUIRE(news.size() == 2);
    CHECK(news[0].kind == Kind::limited_over);
    CHECK(news[1].kind == Kind::opposed_over);
    site.machine.end_dispatch();
    CHECK(site.machine.take_news().empty());
}
