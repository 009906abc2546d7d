#include "measure/history_behind.hpp"
#include "measure/history_import.hpp"
#include "measure/history_story.hpp"
#include "measure/pending_file.hpp"
#include "measure/site.hpp"

using namespace hil;
using namespace hil::measure;

namespace {

constexpr auto local = TransportMode::local;
constexpr Range ever{WallTime{}, WallTime{Duration(200 * 8766h)}};
const WallTime ten = at("2025-10-01T10:00:00");

std::string recording(const std::vector<Row>& rows) {
    std::string text(csv_header());
    for (const auto& r : rows)
        append_row(text, r, shipped_format(), madrid());
    return text;
}

struct Behind {
    std::vector<std::string> ahead(WallTime since = {}) {
        const auto found = recordings_ahead(*site.store, "data", *tables, madrid(), since);
        REQUIRE(found);
        std::vector<std::string> names;
        for (const auto& file : *found)
            names.push_back(file.path.filename().string());
        return names;
    }

    Site site{ten};
    std::shared_ptr<HistoryTables> tables =
        std::make_shared<HistoryTables>(std::make_shared<store::Database>("", history_migrations()));
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("history is behind of a recording whose last row it does not have") {
    Behind behind;
    const std::vector<Row> rows{row(ten, 1), row(ten + 2s, 2), row(ten + 4s, 3)};
    behind.site.file("20251001_lib.csv") = recording(rows);
    behind.site.file("20251001_lib.remote.csv") = recording(rows);
    behind.site.file("20251001_vrfb.csv") = "not,a,recording\n1,2,3\n";
    behind.tables->store("lib", local, std::span(rows).first(2));
    behind.tables->store("lib", TransportMode::remote, rows);
    CHECK(behind.ahead() == Names{"20251001_lib.csv"});
    behind.tables->store("lib", local, rows);
    CHECK(behind.ahead().empty());
}

TEST_CASE("a day on which the clock was far ahead does not hide what history lacks") {
    Behind behind;
    const auto far = at("2030-01-01T10:00:00");
    behind.site.file("20300101_lib.csv") = recording({row(far)});
    behind.site.file("20251001_lib.csv") = recording({row(ten), row(ten + 2s)});
    behind.tables->store("lib", local, std::vector{row(ten)});
    behind.tables->store("lib", local, std::vector{row(far)});
    CHECK(behind.ahead() == Names{"20251001_lib.csv"});
}

TEST_CASE("only the newest recordings of a plant are looked at, and none from before history begins") {
    Behind behind;
    for (const auto* day : {"20251001", "20251002", "20251003", "20251004"}) {
        const auto at_ten = madrid().parse(std::string(day).insert(6, "-").insert(4, "-") + "T10:00:00");
        REQUIRE(at_ten);
        behind.site.file(std::string(day) + "_lib.csv") = recording({row(*at_ten)});
    }
    CHECK(behind.ahead() == Names{"20251002_lib.csv", "20251003_lib.csv", "20251004_lib.csv"});
    CHECK(behind.ahead(at("2025-10-03T12:00:00")) == Names{"20251004_lib.csv"});
}

TEST_CASE("what history lacks of a recording is taken, the row that still waits beside it is not") {
    Behind behind;
    const std::vector<Row> rows{row(ten, 1), row(ten + 2s, 2)};
    behind.site.file("20251001_lib.csv") = recording(rows);
    std::string line;
    append_row(line, row(ten + 8s, 4), shipped_format(), madrid());
    behind.site.file("20251001_lib.csv.pending") = pending_slot(line);
    HistoryImport::Settings settings;
    settings.everything = true;
    settings.pending_rows = false;
    HistoryImport import(behind.site.clock, *behind.site.blocking, behind.site.store, *behind.site.blocking,
                         behind.tables, madrid(), settings);
    auto found = recordings_ahead(*behind.site.store, "data", *behind.tables, madrid(), WallTime{});
    REQUIRE(found);
    std::optional<ImportReport> report;
    TaskGroup once(behind.site.clock);
    once.spawn("test", [&]() -> awaitable<void> { report = co_await import.take(*found); });
    behind.site.clock.settle();
    REQUIRE(report);
    CHECK(report->problems.empty());
    CHECK(report->new_rows == 2);
    CHECK(same(behind.tables->rows("lib", local, ever, {}).rows, rows));
    CHECK(behind.ahead().empty());
}
