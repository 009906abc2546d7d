#include "base/address_race.hpp"

#include "support/catch.hpp"

#include <array>

using namespace hil;
using namespace std::chrono_literals;

namespace {

// In which order the addresses are given out when nothing fails and time passes.
std::vector<std::size_t> order(std::span<const bool> is_v6, std::optional<std::size_t> good_before) {
    AddressRace race(is_v6, good_before, 0s, 10s);
    std::vector<std::size_t> out;
    for (Duration now{}; race.due(); now += 250ms)
        while (const auto address = race.next(now))
            out.push_back(*address);
    return out;
}

using Order = std::vector<std::size_t>;

}  // namespace

TEST_CASE("a single address is tried at once, and lost when it fails") {
    const std::array v6{false};
    AddressRace race(v6, std::nullopt, 3s, 1s);
    CHECK(race.due() == 3s);
    CHECK(race.next(3s) == 0U);
    CHECK_FALSE(race.due());
    CHECK_FALSE(race.next(9s));
    CHECK_FALSE(race.lost());
    race.failed();
    CHECK(race.lost());
    CHECK_FALSE(race.next(9s));
}

TEST_CASE("addresses start a quarter of a second apart") {
    const std::array v6{true, false, false};
    AddressRace race(v6, std::nullopt, 0s, 10s);
    CHECK(race.next(0s) == 0U);
    CHECK_FALSE(race.next(249ms));
    CHECK(race.due() == 250ms);
    CHECK(race.next(250ms) == 1U);
    CHECK_FALSE(race.next(300ms));
    CHECK(race.next(700ms) == 2U);  // late, but not lost
}

TEST_CASE("little time is shared, so that every address begins before it is up") {
    const std::array v6{true, true, true, false};
    AddressRace race(v6, std::nullopt, 0s, 500ms);
    std::size_t begun = 0;
    for (Duration now{}; now < 500ms; now += 10ms)
        while (race.next(now))
            ++begun;
    CHECK(begun == 4);
    CHECK_FALSE(race.due());
}

TEST_CASE("an address that fails lets the next one start at once, and only that one") {
    const std::array v6{false, false, false};
    AddressRace race(v6, std::nullopt, 0s, 10s);
    CHECK(race.next(0s) == 0U);
    race.failed();
    CHECK(race.next(1ms) == 1U);
    CHECK_FALSE(race.next(1ms));
    CHECK(race.due() == 251ms);
    race.failed();
    CHECK(race.next(2ms) == 2U);
    CHECK_FALSE(race.lost());
    race.failed();
    CHECK(race.lost());
}

TEST_CASE("both families take turns, the resolver's first one first") {
    CHECK(order(std::array{true, true, true, false}, std::nullopt) == Order{0, 3, 1, 2});
    CHECK(order(std::array{false, true, false, true}, std::nullopt) == Order{0, 1, 2, 3});
    CHECK(order(std::array{false, false}, std::nullopt) == Order{0, 1});
}

TEST_CASE("the address that was good before comes first") {
    CHECK(order(std::array{true, true, true, false}, 3U) == Order{3, 0, 1, 2});
    CHECK(order(std::array{true, false, true}, 0U) == Order{0, 2, 1});
    CHECK(order(std::array{true, false}, 7U) == Order{0, 1});  // one that is no longer there changes nothing
}
