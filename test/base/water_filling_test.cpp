#include "base/water_filling.hpp"

#include "support/catch.hpp"

#include <random>

namespace hil {

TEST_CASE("a demand is shared by weight, within bounds, and what cannot be delivered is missing [site-17]") {
    // 50 kWh at 60 % with 5 kW, 30 kWh at 45 % with 3 kW; weights are what they hold.
    const std::vector<Share> two{{30, 0, 5}, {13.5, 0, 3}};
    auto out = fill(two, 5);
    CHECK(out.parts[0] == Approx(3.448).margin(0.0005));
    CHECK(out.parts[1] == Approx(1.552).margin(0.0005));
    CHECK(out.missing == 0);
    out = fill(two, 8);
    CHECK(out.parts[0] == Approx(5));
    CHECK(out.parts[1] == Approx(3));
    out = fill(two, 9);
    CHECK(out.delivered == Approx(8));
    CHECK(out.missing == Approx(1));
    CHECK(fill(two, 0).delivered == Approx(0).margin(1e-12));
    CHECK(fill(two, -1).missing == Approx(-1));
}

TEST_CASE("nobody, nothing, and weights that are none have an answer") {
    CHECK(fill({}, 3).missing == 3);
    const std::vector<Share> odd{{0, 1, 2}, {1, -2, 5}, {-1, -4, -3}, {1, 3, 1}};
    const auto out = fill(odd, 2);
    CHECK(out.parts[0] == 1);   // its least
    CHECK(out.parts[2] == -3);  // its most
    CHECK(out.parts[3] == 3);   // bounds the wrong way round: the least
    CHECK(out.parts[1] == Approx(1));
    CHECK(out.missing == 0);
}

TEST_CASE("drawn demands meet the conditions of an optimum to a millionth") {
    std::mt19937 random(5);
    const auto uniform = [&random](double a, double b) {
        return std::uniform_real_distribution<double>(a, b)(random);
    };
    for (int i = 0; i < 10'000; ++i) {
        std::vector<Share> shares(1 + random() % 12);
        double least = 0, most = 0;
        for (auto& share : shares) {
            share.weight = uniform(0, 1) < 0.1 ? 1e-3 : uniform(0.1, 50);
            share.least = uniform(0, 1) < 0.5 ? 0 : uniform(-10, 2);
            share.most = share.least + (uniform(0, 1) < 0.1 ? 0 : uniform(0, 12));
            least += share.least;
            most += share.most;
        }
        const double demand = uniform(least - 2, most + 2);
        const auto out = fill(shares, demand);
        CAPTURE(i, demand);
        REQUIRE(optimality_residual(shares, out) < 1e-6);
        REQUIRE(out.missing == Approx(demand - std::clamp(demand, least, most)).margin(1e-6));
    }
}

TEST_CASE("ten thousand share a demand exactly") {
    std::mt19937 random(6);
    std::vector<Share> shares(10'000);
    double most = 0;
    for (auto& share : shares) {
        share.weight = 1 + random() % 1000 / 10.0;
        share.most = 1 + random() % 100 / 10.0;
        most += share.most;
    }
    for (const double part : {0.01, 0.3, 0.8, 0.999}) {
        const auto out = fill(shares, most * part);
        CHECK(optimality_residual(shares, out) < 1e-6);
        CHECK(out.delivered == Approx(most * part));
    }
}

}  // namespace hil
