#include "plant/register_map.hpp"

#include "base/random.hpp"
#include "endpoints.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <set>

using namespace hil;
using plant::PointId;
using plant::ReadBatch;
using plant::RegisterMap;

namespace {

std::vector<PointId> measured(const RegisterMap& map) {
    const auto& s = map.standard();
    return {s.p_setpoint, s.p_battery, s.q_setpoint, s.q_battery, s.soc, s.p_poi, s.q_poi, s.v_poi};
}

void check_spans(const RegisterMap& map, const ReadBatch& batch) {
    for (const auto& item : batch.items) {
        REQUIRE(item.block < batch.blocks.size());
        const auto& block = batch.blocks[item.block];
        REQUIRE(block.count <= 125);
        REQUIRE(block.address + item.offset == map.point(item.point).address);
        REQUIRE(item.offset + map.codec(item.point).word_count() <= block.count);
    }
}

}  // namespace

TEST_CASE("the eight measurements of the LIB take two requests") {
    const RegisterMap map(test::lib_endpoint());
    const auto batch = map.batch(measured(map));
    REQUIRE(batch.blocks.size() == 2);
    CHECK(batch.blocks[0].address == 86);
    CHECK(batch.blocks[0].count == 3);
    CHECK(batch.blocks[1].address == 270);
    CHECK(batch.blocks[1].count == 27);
    REQUIRE(batch.items.size() == 8);
    CHECK(batch.items[0].point == map.standard().p_setpoint);
    CHECK(batch.items[7].point == map.standard().v_poi);
    CHECK(batch.items[7].block == 1);
    CHECK(batch.items[7].offset == 26);
    check_spans(map, batch);
}

TEST_CASE("the eight measurements of the VRFB take one request and shared registers are read once") {
    const RegisterMap map(test::vrfb_endpoint());
    const auto batch = map.batch(measured(map));
    REQUIRE(batch.blocks.size() == 1);
    CHECK(batch.blocks[0].address == 1);
    CHECK(batch.blocks[0].count == 29);
    CHECK(batch.items[1].offset == batch.items[5].offset);  // p_battery and p_poi
    check_spans(map, batch);
}

TEST_CASE("points are found by name and carry what the configuration says of them") {
    const RegisterMap map(test::lib_endpoint());
    CHECK(map.size() == 10);
    const auto stop = map.find("stop_command");
    REQUIRE(stop);
    CHECK(map.point(*stop).address == 85);
    CHECK(map.codec(map.standard().p_setpoint).decimals() == 1);
    CHECK(map.codec(map.standard().soc).decimals() == 4);
    CHECK_FALSE(map.find("start_command"));
    CHECK(map.point(map.standard().enable).name == "enable");
}

TEST_CASE("a point that may only be written is never read") {
    const RegisterMap map(test::lib_endpoint());
    const std::vector points{*map.find("stop_command"), map.standard().p_setpoint};
    const auto batch = map.batch(points);
    REQUIRE(batch.items.size() == 1);
    CHECK(batch.items[0].point == map.standard().p_setpoint);
    CHECK(batch.blocks[0].address == 86);
    CHECK(batch.blocks[0].count == 1);
    CHECK(map.batch({}).blocks.empty());
}

TEST_CASE("a block ends where the gap is too wide or the protocol's limit is reached") {
    auto endpoint = test::lib_endpoint();
    endpoint.max_gap_registers = 0;
    const RegisterMap narrow(endpoint);
    CHECK(narrow.batch(measured(narrow)).blocks.size() == 8);
    endpoint.max_gap_registers = 8;  // between registers 272 and 281
    const RegisterMap just(endpoint);
    CHECK(just.batch(measured(just)).blocks.size() == 2);
    endpoint.max_gap_registers = 7;
    const RegisterMap less(endpoint);
    CHECK(less.batch(measured(less)).blocks.size() == 4);

    endpoint.max_gap_registers = 65535;
    endpoint.points.push_back(test::make_point("last", 65534, config::Format::int32, config::Access::read));
    endpoint.points.push_back(test::make_point("a", 1000, config::Format::int16, config::Access::read));
    endpoint.points.push_back(test::make_point("b", 1123, config::Format::int32, config::Access::read));
    endpoint.points.push_back(test::make_point("c", 1124, config::Format::int32, config::Access::read));
    const RegisterMap wide(endpoint);
    CHECK(wide.batch(std::vector{*wide.find("a"), *wide.find("b")}).blocks.size() == 1);  // 125 registers
    CHECK(wide.batch(std::vector{*wide.find("a"), *wide.find("c")}).blocks.size() == 2);
    const auto last = wide.batch(std::vector{*wide.find("last")});
    CHECK(last.blocks[0].address == 65534);
    CHECK(last.blocks[0].count == 2);
}

TEST_CASE("no block is larger than the device allows, and no point is ever split") {
    auto endpoint = test::lib_endpoint();
    endpoint.max_registers = 10;
    const RegisterMap map(endpoint);
    const auto batch = map.batch(measured(map));  // 86..88, 270..272, 281..290, 292..296
    REQUIRE(batch.blocks.size() == 4);
    for (const auto& block : batch.blocks)
        CHECK(block.count <= 10);
    endpoint.max_registers = 9;
    const RegisterMap smaller(endpoint);
    CHECK(smaller.batch(measured(smaller)).blocks.size() == 4);  // 281, 290..296

    endpoint.max_registers = 2;
    endpoint.points.push_back(test::make_point("a", 1000, config::Format::int32, config::Access::read));
    endpoint.points.push_back(test::make_point("b", 1002, config::Format::int32, config::Access::read));
    const RegisterMap pairs(endpoint);
    const auto both = pairs.batch(std::vector{*pairs.find("a"), *pairs.find("b")});
    REQUIRE(both.blocks.size() == 2);
    CHECK(both.blocks[0].count == 2);
    CHECK(both.blocks[1].count == 2);
}

TEST_CASE("a batch never has more requests than any other grouping of the same points") {
    Random random(4);
    for (int round = 0; round < 300; ++round) {
        auto endpoint = test::lib_endpoint();
        endpoint.max_gap_registers = static_cast<std::uint16_t>(random.below(60));
        std::vector<PointId> points;
        unsigned address = 500;
        const auto count = 1 + random.below(10);
        for (std::uint64_t i = 0; i < count; ++i) {
            address += static_cast<unsigned>(random.below(90));
            const auto format = random.chance(0.5) ? config::Format::int16 : config::Format::int32;
            points.push_back(static_cast<PointId>(endpoint.points.size()));
            endpoint.points.push_back(test::make_point(
                "n" + std::to_string(i), static_cast<std::uint16_t>(address), format, config::Access::read));
            address += endpoint.points.back().word_count();
        }
        // The fewest blocks by dynamic programming over where each block begins.
        std::vector<std::size_t> fewest(points.size() + 1, 1000);
        fewest[0] = 0;
        const auto& all = endpoint.points;
        for (std::size_t end = 1; end <= points.size(); ++end) {
            for (std::size_t begin = 0; begin < end; ++begin) {
                const auto at = [&](std::size_t i) -> const config::Point& { return all[10 + i]; };
                bool fits = at(end - 1).address + at(end - 1).word_count() - at(begin).address <= 125;
                for (std::size_t i = begin + 1; i < end; ++i) {
                    fits &= at(i).address - at(i - 1).address - at(i - 1).word_count() <=
                            endpoint.max_gap_registers;
                }
                if (fits) fewest[end] = std::min(fewest[end], fewest[begin] + 1);
            }
        }
        for (std::size_t i = points.size(); i > 1; --i)
            std::swap(points[i - 1], points[random.below(i)]);
        const RegisterMap map(endpoint);
        const auto batch = map.batch(points);
        check_spans(map, batch);
        REQUIRE(batch.blocks.size() == fewest.back());
        for (std::size_t i = 0; i < points.size(); ++i)
            REQUIRE(batch.items[i].point == points[i]);
    }
}

TEST_CASE("a map without one of the six points cannot be made") {
    auto endpoint = test::lib_endpoint();
    endpoint.points.pop_back();
    CHECK_THROWS_WITH(RegisterMap(endpoint), Catch::Contains("v_poi"));
}

TEST_CASE("a map without reactive power keeps the places of its points in a batch") {
    auto endpoint = test::lib_endpoint();
    std::erase_if(endpoint.points, [](const config::Point& point) { return point.name.starts_with("q_"); });
    const RegisterMap map(endpoint);
    CHECK_FALSE(map.standard().dispatches_q());
    CHECK(map.standard().q_poi == plant::no_point);
    const auto batch = map.batch(measured(map));
    REQUIRE(batch.items.size() == 8);
    CHECK(batch.items[2].block == ReadBatch::no_block);
    CHECK(batch.items[4].point == map.standard().soc);
    CHECK(batch.blocks.size() == 2);
}

TEST_CASE("input and holding registers are read by requests of their own") {
    auto endpoint = test::lib_endpoint();
    for (auto& point : endpoint.points)
        if (point.access == config::Access::read) point.register_type = config::RegisterType::input;
    // The same number in the other table.
    endpoint.points.push_back(test::make_point("beside", 281, config::Format::uint16, config::Access::read));
    const RegisterMap map(endpoint);
    auto points = measured(map);
    points.push_back(*map.find("beside"));
    const auto batch = map.batch(points);
    REQUIRE(batch.blocks.size() == 3);
    CHECK(batch.blocks[0].table == config::RegisterType::holding);
    CHECK(batch.blocks[1].table == config::RegisterType::holding);
    CHECK(batch.blocks[1].address == 281);
    CHECK(batch.blocks[2].table == config::RegisterType::input);
    CHECK(batch.blocks[2].address == 270);
    CHECK(batch.blocks[2].count == 27);
}

TEST_CASE("scales are read with their values, each once") {
    auto endpoint = test::lib_endpoint();
    for (auto& point : endpoint.points)
        if (point.name == "p_battery" || point.name == "p_poi") point.scale_point = "sf";
    endpoint.points.push_back(test::make_point("sf", 276, config::Format::int16, config::Access::read));
    const RegisterMap map(endpoint);
    const auto batch = map.batch(measured(map));
    CHECK(batch.items.size() == 8);
    REQUIRE(batch.scales.size() == 1);
    CHECK(batch.scales[0].block == batch.items[1].block);
    CHECK(batch.scales[0].offset == 6);
    CHECK(batch.items[1].scale == std::uint16_t{0});
    CHECK(batch.items[5].scale == std::uint16_t{0});
    CHECK_FALSE(batch.items[0].scale);
    CHECK(map.codec(map.standard().p_battery).decimals() == -1);
    CHECK(map.codec(map.standard().p_battery).count() == 0);
}
