#include "schedule/signal.hpp"

#include "support/catch.hpp"

using namespace hil::schedule;

TEST_CASE("a series key is the plant id and the signal after the last underscore") {
    CHECK(to_string(SeriesKey{"lib", Signal::p}) == "lib_p");
    CHECK(parse_series_key("lib_q") == SeriesKey{"lib", Signal::q});
    CHECK(parse_series_key("site-2_lib_p_q") == SeriesKey{"site-2_lib_p", Signal::q});
    for (const char* text : {"", "_p", "lib", "lib_", "lib_x", "lib_P", "p"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_series_key(text));
    }
}

TEST_CASE("a plan column carries the unit of its signal") {
    CHECK(column_name({"lib", Signal::p}) == "lib_p_kw");
    CHECK(column_name({"lib", Signal::q}) == "lib_q_kvar");
    CHECK(parse_column_name("a_p_kw_q_kvar") == SeriesKey{"a_p_kw", Signal::q});
    CHECK_FALSE(parse_column_name("_p_kw"));
    CHECK_FALSE(parse_column_name("lib_p_kvar"));
    CHECK_FALSE(parse_column_name("lib_p"));
}
