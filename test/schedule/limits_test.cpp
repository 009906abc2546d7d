#include "schedule/limits.hpp"

#include "support/catch.hpp"

#include <limits>

using namespace hil;
using namespace hil::schedule;

TEST_CASE("a value beyond a limit becomes the limit and names it [D-08]", "[D-08]") {
    const config::PowerLimits limits{1000, -900, 600, -500};
    struct Case {
        double asked;
        Signal signal;
        double value;
        Limit limit;
        const char* text;
    };
    for (const Case& c :
         {Case{1500, Signal::p, 1000, Limit::p_max, "1500 kW is above p_max_kw 1000"},
          Case{-1500.5, Signal::p, -900, Limit::p_min, "-1500.5 kW is below p_min_kw -900"},
          Case{601, Signal::q, 600, Limit::q_max, "601 kvar is above q_max_kvar 600"},
          Case{-501, Signal::q, -500, Limit::q_min, "-501 kvar is below q_min_kvar -500"},
          Case{1000, Signal::p, 1000, Limit::none, ""}, Case{-900, Signal::p, -900, Limit::none, ""},
          Case{0, Signal::q, 0, Limit::none, ""}}) {
        CAPTURE(c.asked);
        const Limited limited = apply_limits(c.asked, c.signal, limits);
        CHECK(limited.value == c.value);
        CHECK(limited.asked == c.asked);
        CHECK(limited.limit == c.limit);
        CHECK(limited.changed() == (c.limit != Limit::none));
        CHECK(describe(limited, c.signal) == c.text);
    }
}

TEST_CASE("what is not a finite number becomes 0, whatever the limits [D-08]", "[D-08]") {
    const config::PowerLimits limits{1000, 100, 600, -500};
    const double infinity = std::numeric_limits<double>::infinity();
    for (const double asked : {std::numeric_limits<double>::quiet_NaN(), infinity, -infinity}) {
        const Limited limited = apply_limits(asked, Signal::p, limits);
        CHECK(limited.value == 0);
        CHECK(limited.limit == Limit::not_a_number);
        CHECK_THAT(describe(limited, Signal::p), Catch::Matchers::Contains("is not a number, 0 is used"));
    }
    CHECK(to_string(Limit::not_a_number) == "not_a_number");
}
