#include "schedule/drafts.hpp"
#include "planfile/relative_series.hpp"

#include "support/catch.hpp"

using namespace hil;
using namespace hil::schedule;
using namespace hil::planfile;
using namespace std::chrono_literals;

namespace {

const Zone& madrid() {
    static const Zone zone = Zone::find("Europe/Madrid").value();
    return zone;
}

WallTime at(const char* text) {
    return madrid().parse(text).value();
}

// Rows of an editor: 10:00 = 1, 10:15 = 2, without an end.
Series edited() {
    const auto rows = normalise({{0, 0, 0, 1.0}, {0, 15, 0, 2.0}});
    REQUIRE(rows.ok());
    return to_series(rows.rows, at("2025-10-01T10:00:00")).value();
}

struct Site {
    PlanStore store{{"lib", "vrfb"}};
    Drafts drafts{2};

    std::string_view ask(Activation what) {
        const auto& draft = drafts.draft(0, Signal::p);
        const auto code = refusal(what, draft, store.manual(0, Signal::p));
        if (code.empty()) apply(what, store, 0, Signal::p, draft);
        return code;
    }
};

}  // namespace

TEST_CASE("an activated draft is in force with the end that editor rows imply", "[AC-45]") {
    Site site;
    site.drafts.stage(0, Signal::p, edited(), "anna");
    CHECK(site.ask(Activation::activate).empty());
    const auto& plan = site.store.manual(0, Signal::p);
    CHECK(plan.enabled);
    CHECK(plan.origin == "anna");
    const auto rows = to_editor_rows(plan.series);
    REQUIRE(rows.size() == 3);
    CHECK(rows[2].is_end());
    CHECK(rows[2].offset() == 16min);
    CHECK_FALSE(site.store.manual(0, Signal::q).enabled);
}

TEST_CASE("what cannot be activated or updated is refused and changes nothing", "[AC-45]") {
    Site site;
    CHECK(site.ask(Activation::activate) == "invalid_payload");
    site.drafts.stage(0, Signal::p, {}, "anna");
    CHECK(site.ask(Activation::activate) == "invalid_payload");
    CHECK(site.ask(Activation::update) == "not_active");
    site.drafts.stage(0, Signal::p, edited(), "anna");
    CHECK(site.ask(Activation::update) == "not_active");
    CHECK(site.store.manual(0, Signal::p).version == 0);
}

TEST_CASE("an update replaces the rows in force, an inactivated series keeps them", "[AC-45]") {
    Site site;
    site.drafts.stage(0, Signal::p, edited(), "anna");
    REQUIRE(site.ask(Activation::activate).empty());
    const Series other({{at("2025-10-01T11:00:00"), 7.0}}, at("2025-10-01T12:00:00"));
    site.drafts.stage(0, Signal::p, other, "ben");
    CHECK(site.store.manual(0, Signal::p).origin == "anna");
    CHECK(site.ask(Activation::update).empty());
    CHECK(site.store.manual(0, Signal::p).series == other);
    CHECK(site.ask(Activation::inactivate).empty());
    CHECK_FALSE(site.store.manual(0, Signal::p).enabled);
    CHECK(site.store.manual(0, Signal::p).series == other);
    const auto version = site.store.manual(0, Signal::p).version;
    CHECK(site.ask(Activation::activate).empty());
    CHECK(site.store.manual(0, Signal::p).enabled);
    CHECK(site.store.manual(0, Signal::p).version == version);
}

TEST_CASE("versions of drafts grow and subscribers hear of each change") {
    Drafts drafts(2);
    std::vector<std::pair<PlantIndex, Signal>> heard;
    const auto news = drafts.subscribe([&](PlantIndex p, Signal s) { heard.emplace_back(p, s); });
    CHECK_FALSE(drafts.draft(1, Signal::q).staged());
    const auto first = drafts.stage(1, Signal::q, edited(), "");
    const auto second = drafts.stage(1, Signal::q, edited(), "");
    CHECK(second > first);
    CHECK(drafts.drop(1, Signal::q));
    CHECK_FALSE(drafts.drop(1, Signal::q));
    CHECK_FALSE(drafts.draft(1, Signal::q).staged());
    CHECK(heard == std::vector<std::pair<PlantIndex, Signal>>(3, {1, Signal::q}));
}

TEST_CASE("a draft that spans midnight keeps the row in force and its end") {
    Drafts drafts(1);
    drafts.stage(0, Signal::p,
                 Series({{at("2025-10-01T08:00:00"), 1.0}, {at("2025-10-01T22:00:00"), 2.0}},
                        at("2025-10-02T06:00:00")),
                 "");
    drafts.prune(at("2025-10-02T00:00:00"), madrid());
    const auto& series = drafts.draft(0, Signal::p).series;
    REQUIRE(series.size() == 1);
    CHECK(series.rows()[0].value == 2.0);
    CHECK(series.end_time() == at("2025-10-02T06:00:00"));
}
