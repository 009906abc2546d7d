#include "report/distribution.hpp"

#include "support/catch.hpp"

#include <chrono>

using namespace hil;
using namespace hil::report;
using namespace std::chrono_literals;

TEST_CASE("a quantile is what was not exceeded for that share of the time") {
    Distribution seen;
    CHECK(seen.quantile(0.95) == 0);
    seen.add(0, 94s);
    seen.add(3.5, 1s);
    seen.add(7, 5s);
    seen.add(900, 0s);
    CHECK(seen.quantile(0.94) == 0);
    CHECK(seen.quantile(0.95) == 3.5);
    CHECK(seen.quantile(0.951) == 7);
    CHECK(seen.quantile(1) == 7);
}

TEST_CASE("memory is bounded: many different values are told apart less finely") {
    Distribution seen(100);
    for (int i = 1; i <= 100'000; ++i)
        seen.add(i * 0.01, 1s);
    CHECK(seen.quantile(0.95) == Approx(950).epsilon(0.02));
    CHECK(seen.quantile(1) == Approx(1000).epsilon(0.02));
}
