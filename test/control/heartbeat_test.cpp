#include "control/heartbeat.hpp"

#include "control/rig.hpp"

#include <algorithm>
#include <bit>

namespace hil::control {
namespace {

constexpr std::uint16_t beat_register = 0, wide_beat_register = 400;

struct BeatRig : Rig {
    explicit BeatRig(config::Format format = config::Format::uint16, Duration period = 500ms,
                     std::uint64_t from = 0, double scale = 1) {
        config::Point point;
        point.name = "heart";
        point.format = format;
        point.access = config::Access::read_write;
        point.eng_per_count = scale;
        point.address = point.word_count() == 2 ? wide_beat_register : beat_register;
        endpoint.points.push_back(point);
        link = std::make_unique<plant::Link>(clock, network, Random(1), endpoint);
        heartbeat.emplace(clock, *link, config::Heartbeat{"heart", period}, from);
    }
    ~BeatRig() {
        tasks.cancel();
        clock.settle();
    }
    BeatRig(const BeatRig&) = delete;
    BeatRig& operator=(const BeatRig&) = delete;
    void beat() {
        tasks.spawn("link", [this] { return link->run(); });
        tasks.spawn("heartbeat", [this] { return heartbeat->run(clock.now()); });
    }
    [[nodiscard]] std::vector<Write> beats() const {
        std::vector<Write> out;
        for (const auto& write : writes)
            if (write.address == beat_register) out.push_back(write);
        return out;
    }

    std::optional<Heartbeat> heartbeat;
};

}  // namespace

TEST_CASE("a heartbeat counts up once a period and says how late it was [D-02][D-12]", "[D-02][D-12]") {
    BeatRig rig;
    rig.beat();
    rig.clock.run_for(10s);
    const auto beats = rig.beats();
    REQUIRE(beats.size() >= 19);
    for (std::size_t i = 1; i < beats.size(); ++i) {
        CHECK(beats[i].value == beats[i - 1].value + 1);
        CHECK(beats[i].at - beats[i - 1].at == 500ms);
    }
    const auto& statistics = rig.heartbeat->statistics();
    CHECK(statistics.beats == beats.size());
    CHECK(statistics.failed == 0);
    CHECK(statistics.skipped == 0);
    CHECK(statistics.longest_silence == 500ms);
}

TEST_CASE("a heartbeat wraps around at the most its register can hold") {
    BeatRig rig(config::Format::int16, 1ms);
    rig.beat();
    rig.clock.run_for(33s);
    const auto beats = rig.beats();
    REQUIRE(beats.size() > 32'768);
    CHECK(beats[32'766].value == 32'767);
    CHECK(beats[32'767].value == 0);
    CHECK(beats[32'768].value == 1);
}

TEST_CASE("a heartbeat of a float32 register never stands still: it wraps where whole numbers run out") {
    BeatRig rig(config::Format::float32, 100ms, 16'777'212);
    rig.beat();
    std::vector<float> seen;
    for (int i = 0; i < 80; ++i) {
        rig.clock.run_for(10ms);
        const auto high = static_cast<std::uint32_t>(rig.bank.holding[wide_beat_register]);
        const auto low = static_cast<std::uint32_t>(rig.bank.holding[wide_beat_register + 1]);
        const auto value = std::bit_cast<float>(high << 16 | low);
        if (seen.empty() || value != seen.back()) seen.push_back(value);
    }
    REQUIRE(rig.heartbeat->statistics().beats >= 7);
    CHECK(seen.size() >= rig.heartbeat->statistics().beats);
    CHECK(std::ranges::count(seen, 16'777'216.0f) == 1);
    CHECK(std::ranges::count(seen, 1.0f) == 1);
}

TEST_CASE("a heartbeat counts the counts of its register, whatever one of them stands for") {
    for (const double scale : {2.0, 0.1, -1.0}) {
        BeatRig rig(config::Format::int16, 500ms, 0, scale);
        rig.beat();
        rig.clock.run_for(5s);
        const auto beats = rig.beats();
        REQUIRE(beats.size() >= 9);
        for (std::size_t i = 1; i < beats.size(); ++i)
            CHECK(beats[i].value == beats[i - 1].value + 1);
    }
}

TEST_CASE("beats that fail or cannot be sent are counted, and a lost link is not hammered") {
    BeatRig rig;
    rig.beat();
    rig.clock.run_for(5s);
    const auto before = rig.heartbeat->statistics();
    rig.on_request = [](const modbus::Request& request) -> std::optional<modbus::Response> {
        if (request.address != beat_register) return std::nullopt;
        return Rig::refuse(request, 6);
    };
    rig.clock.run_for(2s);
    CHECK(rig.heartbeat->statistics().failed == before.failed + 4);
    rig.on_request = {};
    rig.server.reset();
    rig.clock.run_for(20s);
    CHECK(rig.heartbeat->statistics().failed <= before.failed + 5);
    rig.serve();
    rig.clock.run_for(40s);
    CHECK(rig.heartbeat->statistics().beats > before.beats + 10);
}

}  // namespace hil::control
