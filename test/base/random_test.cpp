#include "base/random.hpp"

#include "support/catch.hpp"

#include <cmath>

using namespace hil;

TEST_CASE("a seed gives the same draws on every machine") {
    Random random(42);
    const std::array<std::uint64_t, 4> first{random.next(), random.next(), random.next(), random.next()};
    CHECK(first == std::array<std::uint64_t, 4>{0x15780b2e0c2ec716, 0x6104d9866d113a7e, 0xae17533239e499a1,
                                                0xecb8ad4703b360a1});
}

TEST_CASE("different seeds and forks give different draws") {
    Random one(1);
    Random two(2);
    CHECK(one.next() != two.next());
    Random parent(7);
    Random child = parent.fork();
    Random again(7);
    Random same_child = again.fork();
    for (int i = 0; i < 100; ++i) {
        const auto draw = child.next();
        CHECK(draw == same_child.next());
        CHECK(draw != parent.next());
    }
}

TEST_CASE("draws lie in their range and are spread evenly over it") {
    Random random(9);
    std::array<int, 7> counts{};
    double sum = 0;
    for (int i = 0; i < 70'000; ++i) {
        ++counts.at(random.below(7));
        const double u = random.uniform(-3, 5);
        REQUIRE(u >= -3);
        REQUIRE(u < 5);
        sum += u;
    }
    for (const int count : counts)
        CHECK(std::abs(count - 10'000) < 400);
    CHECK(sum / 70'000 == Approx(1.0).margin(0.05));
    CHECK(random.below(1) == 0);
    CHECK(random.below(~std::uint64_t{0}) < ~std::uint64_t{0});
}

TEST_CASE("normal draws have mean zero and variance one") {
    Random random(11);
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < 100'000; ++i) {
        const double x = random.normal();
        sum += x;
        squares += x * x;
    }
    CHECK(sum / 100'000 == Approx(0.0).margin(0.015));
    CHECK(squares / 100'000 == Approx(1.0).margin(0.02));
}

TEST_CASE("a chance of nothing never happens and a certainty always does") {
    Random random(5);
    for (int i = 0; i < 1000; ++i) {
        REQUIRE_FALSE(random.chance(0));
        REQUIRE(random.chance(1));
    }
}
