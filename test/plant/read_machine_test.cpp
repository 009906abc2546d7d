#include "plant/read_machine.hpp"

#include "base/random.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <set>
#include <vector>

using namespace hil;
using namespace std::chrono_literals;
using plant::BlockReader;
using plant::RefusedSpans;
using plant::RegisterSpan;

namespace {

// A device that refuses every request that touches a missing register or is longer than it likes.
struct Device {
    std::set<unsigned> missing;
    unsigned longest = 125;

    bool answers(const RegisterSpan& span) const {
        const auto first = missing.lower_bound(span.address);
        return span.count <= longest && (first == missing.end() || *first >= span.end());
    }
};

struct Outcome {
    std::vector<RegisterSpan> asked;
    std::set<std::size_t> known;
};

Outcome read_block(const Device& device, const std::vector<RegisterSpan>& points, RefusedSpans& known,
                   IoInstant now = {}) {
    Outcome outcome;
    BlockReader reader(points, known);
    while (const auto piece = reader.next(now)) {
        REQUIRE(piece->first < piece->last);
        outcome.asked.push_back(piece->span);
        if (device.answers(piece->span)) {
            for (auto i = piece->first; i < piece->last; ++i) {
                REQUIRE(piece->span.contains(points[i]));
                REQUIRE(outcome.known.insert(i).second);
            }
            reader.answered();
        } else {
            reader.refused(now);
        }
        REQUIRE(outcome.asked.size() < 1000);
    }
    return outcome;
}

const std::vector<RegisterSpan> lib_block{{270, 1}, {272, 1}, {281, 1}, {290, 1}, {292, 1}, {296, 1}};

}  // namespace

TEST_CASE("a block of a device without gaps is read in one request") {
    RefusedSpans known;
    const auto outcome = read_block({}, lib_block, known);
    CHECK(outcome.asked == std::vector<RegisterSpan>{{270, 27}});
    CHECK(outcome.known.size() == 6);
    CHECK(known.empty());
}

TEST_CASE("a point that is missing is left out and its neighbours are read around it") {
    RefusedSpans known;
    const Device device{.missing = {281}};
    CHECK(read_block(device, lib_block, known).known == std::set<std::size_t>{0, 1, 3, 4, 5});
    const auto later = read_block(device, lib_block, known);
    CHECK(later.asked == std::vector<RegisterSpan>{{270, 3}, {290, 7}});
    CHECK(later.known == std::set<std::size_t>{0, 1, 3, 4, 5});
}

TEST_CASE("a missing register between points splits the block there and loses nothing") {
    RefusedSpans known;
    const Device device{.missing = {285}};
    for (int reading = 0; reading < 4; ++reading) {
        CHECK(read_block(device, lib_block, known).known.size() == 6);
    }
    CHECK(read_block(device, lib_block, known).asked == std::vector<RegisterSpan>{{270, 12}, {290, 7}});
}

TEST_CASE("a device that answers only short requests is asked in short ones") {
    RefusedSpans known;
    const Device device{.missing = {}, .longest = 10};
    for (int reading = 0; reading < 4; ++reading)
        CHECK(read_block(device, lib_block, known).known.size() == 6);
    CHECK(read_block(device, lib_block, known).asked ==
          std::vector<RegisterSpan>{{270, 3}, {281, 10}, {292, 5}});
}

TEST_CASE("points that share a missing register are asked for once") {
    RefusedSpans known;
    const std::vector<RegisterSpan> shared{{14, 1}, {14, 1}, {15, 1}};
    const Device device{.missing = {14}};
    const auto outcome = read_block(device, shared, known);
    CHECK(outcome.known == std::set<std::size_t>{2});
    CHECK(std::ranges::count(outcome.asked, RegisterSpan{14, 1}) == 1);
    CHECK(read_block(device, shared, known).asked == std::vector<RegisterSpan>{{15, 1}});
}

TEST_CASE(
    "a refused point is tried again by itself after a minute, and read with the others when it answers") {
    RefusedSpans known;
    Device device{.missing = {281}};
    const IoInstant start{};
    for (int i = 0; i < 2; ++i)
        (void)read_block(device, lib_block, known, start);
    CHECK(read_block(device, lib_block, known, start + 59s).asked.size() == 2);
    const auto again = read_block(device, lib_block, known, start + 60s);
    CHECK(again.asked == std::vector<RegisterSpan>{{270, 3}, {281, 1}, {290, 7}});
    CHECK(read_block(device, lib_block, known, start + 61s).asked.size() == 2);

    device.missing.clear();
    CHECK(read_block(device, lib_block, known, start + 120s).known.size() == 6);
    for (int i = 0; i < 4; ++i)
        (void)read_block(device, lib_block, known, start + 121s);
    CHECK(read_block(device, lib_block, known, start + 122s).asked == std::vector<RegisterSpan>{{270, 27}});
    CHECK(known.empty());
}

TEST_CASE("whatever a device refuses, all it answers is read, and soon in the fewest requests") {
    Random random(11);
    for (int round = 0; round < 400; ++round) {
        std::vector<RegisterSpan> points;
        unsigned address = 100;
        const auto count = 1 + random.below(10);
        for (std::uint64_t i = 0; i < count; ++i) {
            address += static_cast<unsigned>(random.below(8));
            const auto words = static_cast<std::uint16_t>(1 + random.below(2));
            points.push_back({static_cast<std::uint16_t>(address), words});
            address += words;
        }
        Device device;
        const auto holes = random.below(5);
        for (std::uint64_t i = 0; i < holes; ++i)
            device.missing.insert(100 + static_cast<unsigned>(random.below(address - 99)));
        if (random.chance(0.3)) device.longest = 2 + static_cast<unsigned>(random.below(20));

        std::set<std::size_t> readable;
        for (std::size_t i = 0; i < points.size(); ++i) {
            if (device.answers(points[i])) readable.insert(i);
        }
        RefusedSpans known;
        Outcome outcome;
        for (int reading = 0; reading < 60; ++reading) {
            outcome = read_block(device, points, known);
            REQUIRE(outcome.known == readable);
        }
        // The fewest: each request takes as many neighbouring points as the device answers together.
        std::size_t fewest = 0;
        for (std::size_t i = 0; i < points.size();) {
            if (!readable.contains(i)) {
                ++i;
                continue;
            }
            ++fewest;
            auto last = i + 1;
            const auto joined = [&](std::size_t end) {
                return RegisterSpan{points[i].address,
                                    static_cast<std::uint16_t>(points[end].end() - points[i].address)};
            };
            while (last < points.size() && device.answers(joined(last)))
                ++last;
            i = last;
        }
        REQUIRE(outcome.asked.size() == fewest);
    }
}
