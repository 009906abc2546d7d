// What a link makes of registers that are no values, lie in the other table, or have a scale of their own.
#include "link_rig.hpp"

#include "plant/plausible.hpp"
#include "support/catch.hpp"

#include <vector>

using namespace hil;
using namespace std::chrono_literals;
using modbus::Function;
using plant::Unknown;
using test::LinkRig;

namespace {

config::Point& point_of(config::ModbusEndpoint& endpoint, std::string_view name) {
    return *std::ranges::find(endpoint.points, name, &config::Point::name);
}

plant::ModelLimits lib_limits() {
    config::PlantModel model;
    return plant::limits_of(model);
}

// LIB in which 0x8000 of the battery's power means none; with a link that knows the model.
struct Rig {
    explicit Rig(config::ModbusEndpoint endpoint = test::lib_endpoint())
        : rig(std::move(endpoint)),
          link(rig.clock, rig.network, Random(2), rig.endpoint,
               {.on_change = {},
                .on_exchange = {},
                .on_reading = [this](const plant::ReadingNews& n) { news.push_back(n); }},
               lib_limits()) {
        rig.tasks.spawn("link", [this] { return link.run(); });
        rig.clock.settle();
    }
    Rig(const Rig&) = delete;
    Rig& operator=(const Rig&) = delete;
    ~Rig() {
        link.stop();
        rig.tasks.cancel();
        rig.clock.settle();
    }

    plant::Reading read(const std::vector<plant::PointId>& points) {
        batch = link.map().batch(points);
        std::optional<result<plant::Reading>> outcome;
        rig.tasks.spawn("read", [this, &outcome]() -> awaitable<void> {
            outcome.emplace(co_await link.read(batch, plant::Priority::sample));
        });
        rig.clock.settle();
        REQUIRE(outcome);
        REQUIRE(outcome->has_value());
        return **outcome;
    }
    plant::Reading row() {
        const auto& s = link.map().standard();
        return read({s.p_setpoint, s.p_battery, s.q_setpoint, s.q_battery, s.soc, s.p_poi, s.q_poi, s.v_poi});
    }

    LinkRig rig;
    std::vector<plant::ReadingNews> news;
    plant::Link link;
    plant::ReadBatch batch;
};

}  // namespace

TEST_CASE("a value that is none is unknown by itself, and told once") {
    Rig rig;
    auto& holding = rig.rig.bank.holding;
    holding[270] = 1000;
    holding[281] = 5000;
    holding[296] = 20000;
    CHECK(rig.row()[4].value == 0.5);
    CHECK(rig.news.empty());
    holding[281] = 0xFFFF;
    holding[290] = 0x8000;
    for (int i = 0; i < 3; ++i) {
        const auto row = rig.row();
        CHECK_FALSE(row[4].known);
        CHECK(row[4].why == Unknown::impossible);
        CHECK(row[4].words[0] == 0xFFFF);
        CHECK_FALSE(row[5].known);
        CHECK(row[1].value == 100);
        CHECK(row[7].value == 20);
        rig.rig.pass(1s);
    }
    REQUIRE(rig.news.size() == 2);
    CHECK(rig.news[0].point == rig.link.map().standard().soc);
    CHECK_FALSE(rig.news[0].back);
    CHECK(rig.news[0].value.words[0] == 0xFFFF);
    holding[281] = 5000;
    (void)rig.row();
    CHECK(rig.news.size() == 2);
    rig.rig.pass(10s);
    CHECK(rig.row()[4].value == 0.5);
    REQUIRE(rig.news.size() == 3);
    CHECK(rig.news[2].back);
    CHECK(rig.news[2].value.value == 0.5);
}

TEST_CASE("a setpoint register that holds what cannot be is still what the device holds") {
    Rig rig;
    rig.rig.bank.holding[86] = 0x8000;
    const auto row = rig.row();
    CHECK_FALSE(row[0].known);
    CHECK(row[0].held());
    CHECK(row[0].value == -3276.8);
    // One that says "not available" holds nothing.
    auto endpoint = test::lib_endpoint();
    point_of(endpoint, "p_setpoint").not_available = {std::string("0x8000")};
    Rig silent(endpoint);
    silent.rig.bank.holding[86] = 0x8000;
    CHECK_FALSE(silent.row()[0].held());
}

TEST_CASE("points in the other table are read by function 4") {
    auto endpoint = test::lib_endpoint();
    for (auto& point : endpoint.points)
        if (point.access == config::Access::read) point.register_type = config::RegisterType::input;
    Rig rig(endpoint);
    rig.rig.bank.input.resize(400);
    rig.rig.bank.input[270] = 1000;
    rig.rig.bank.input[281] = 5000;
    rig.rig.bank.holding[281] = 7000;
    const auto first = rig.rig.seen.size();
    const auto row = rig.row();
    CHECK(row[1].value == 100);
    CHECK(row[4].value == 0.5);
    std::vector<Function> asked;
    for (const auto& seen : rig.rig.requests_since(first))
        asked.push_back(seen.request.function);
    CHECK(asked == std::vector{Function::read_holding_registers, Function::read_input_registers});
}

TEST_CASE("what one table refuses is not refused by the other") {
    auto endpoint = test::lib_endpoint();
    for (auto* name : {"soc", "p_poi"})
        point_of(endpoint, name).register_type = config::RegisterType::input;
    Rig rig(endpoint);
    rig.rig.bank.input.resize(300);
    rig.rig.bank.input[281] = 5000;
    bool refuse = true;
    rig.rig.answer = [&](const modbus::Request& request) -> std::optional<modbus::Response> {
        const bool input = request.function == Function::read_input_registers;
        if (refuse && input && request.address <= 290 && request.address + request.count > 290)
            return LinkRig::exception(request, 2);
        return std::nullopt;
    };
    const auto row = rig.row();
    CHECK(row[4].value == 0.5);
    CHECK(row[5].why == Unknown::refused);
    CHECK(row[6].known);  // register 292, holding
    CHECK(rig.news.empty());
}

TEST_CASE("a value and its scale come from one request where they lie near each other") {
    auto endpoint = test::lib_endpoint();
    endpoint.points.push_back(test::make_point("sf", 276, config::Format::int16, config::Access::read));
    point_of(endpoint, "p_battery").scale_point = "sf";
    point_of(endpoint, "p_battery").eng_per_count = 1;
    Rig rig(endpoint);
    auto& holding = rig.rig.bank.holding;
    holding[270] = 1234;
    holding[276] = static_cast<std::uint16_t>(-1);
    const auto first = rig.rig.seen.size();
    CHECK(rig.row()[1].value == 123.4);
    CHECK(rig.rig.seen.size() - first == 2);  // as without a scale
    holding[276] = 0x8000;
    const auto row = rig.row();
    CHECK(row[1].why == Unknown::no_scale);
    CHECK(row[4].known);
    CHECK(rig.news.size() == 1);
}

TEST_CASE("a scale that lies elsewhere is read before and after its value") {
    auto endpoint = test::lib_endpoint();
    endpoint.points.push_back(test::make_point("sf", 350, config::Format::int16, config::Access::read));
    point_of(endpoint, "p_battery").scale_point = "sf";
    point_of(endpoint, "p_battery").eng_per_count = 1;
    Rig rig(endpoint);
    auto& holding = rig.rig.bank.holding;
    holding[270] = 1234;
    holding[350] = static_cast<std::uint16_t>(-1);
    int reads_of_scale = 0;
    std::optional<int> change_before;  // which reading of the scale finds another one
    rig.rig.answer = [&](const modbus::Request& request) -> std::optional<modbus::Response> {
        if (request.address == 350 && ++reads_of_scale == change_before) {
            holding[350] = 0;
            holding[270] = 123;
        }
        return std::nullopt;
    };
    CHECK(rig.row()[1].value == 123.4);
    // Between the value and the second look at its scale the device changes its range.
    reads_of_scale = 0;
    change_before = 3;
    auto row = rig.row();
    CHECK_FALSE(row[1].known);
    CHECK(row[1].why == Unknown::scale_moved);
    CHECK(row[4].known);
    change_before.reset();
    CHECK(rig.row()[1].value == 123);
    // Refused, it is no scale.
    rig.rig.answer = [&](const modbus::Request& request) -> std::optional<modbus::Response> {
        if (request.address <= 350 && request.address + request.count > 350)
            return LinkRig::exception(request, 2);
        return std::nullopt;
    };
    row = rig.row();
    CHECK(row[1].why == Unknown::no_scale);
    CHECK(row[4].known);
}

TEST_CASE("a value that came with its scale keeps it, though another one is read again with the next scale") {
    auto endpoint = test::lib_endpoint();
    endpoint.points.push_back(test::make_point("sf", 276, config::Format::int16, config::Access::read));
    endpoint.points.push_back(test::make_point("far", 350, config::Format::uint16, config::Access::read));
    for (const auto* name : {"p_battery", "far"}) {
        point_of(endpoint, name).scale_point = "sf";
        point_of(endpoint, name).eng_per_count = 1;
    }
    Rig rig(endpoint);
    auto& holding = rig.rig.bank.holding;
    holding[270] = 1234;
    holding[276] = static_cast<std::uint16_t>(-1);
    holding[350] = 50;
    // After the power and its scale are read the device changes its range.
    bool changed = false;
    rig.rig.answer = [&](const modbus::Request& request) -> std::optional<modbus::Response> {
        if (!changed && request.address == 350) {
            changed = true;
            holding[276] = 1;
            holding[270] = 12;
            holding[350] = 5;
        }
        return std::nullopt;
    };
    const auto reading = rig.read({rig.link.map().standard().p_battery, *rig.link.map().find("far")});
    CHECK(changed);
    CHECK(reading[0].value == 123.4);
    CHECK(reading[1].value == 50);
}

TEST_CASE("all registers of a value come from one answer, whatever else is refused") {
    auto endpoint = test::lib_endpoint();
    endpoint.points.push_back(test::make_point("total", 300, config::Format::uint64, config::Access::read));
    Rig rig(endpoint);
    // A device that gives three registers at most: this value cannot be had from it, and is not pieced
    // together.
    rig.rig.answer = [](const modbus::Request& request) -> std::optional<modbus::Response> {
        if (request.function == Function::read_holding_registers && request.count > 3)
            return LinkRig::exception(request, 2);
        return std::nullopt;
    };
    const auto& s = rig.link.map().standard();
    const auto first = rig.rig.seen.size();
    const auto reading = rig.read({*rig.link.map().find("total"), s.soc});
    CHECK(reading[0].why == Unknown::refused);
    CHECK(reading[1].known);
    // And somebody hears why it is not shown, once.
    (void)rig.read({*rig.link.map().find("total"), s.soc});
    REQUIRE(rig.news.size() == 1);
    CHECK(rig.news[0].value.why == Unknown::refused);
    for (const auto& seen : rig.rig.requests_since(first)) {
        const bool part = seen.request.address + seen.request.count > 300 && seen.request.address < 304 &&
                          !(seen.request.address <= 300 && seen.request.address + seen.request.count >= 304);
        CHECK_FALSE(part);
    }
}
