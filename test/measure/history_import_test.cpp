#include "measure/history_import.hpp"
#include "measure/history_story.hpp"
#include "measure/pending_file.hpp"
#include "measure/recording_reader.hpp"
#include "measure/site.hpp"

#include <boost/system/errc.hpp>

using namespace hil;
using namespace hil::measure;

namespace {

constexpr auto local = config::TransportMode::local;
constexpr Range ever{WallTime{}, WallTime{Duration(200 * 8766h)}};
const WallTime ten = at("2025-10-01T10:00:00");

std::string recording(const std::vector<Row>& rows) {
    std::string text(csv_header());
    ColumnFormat shortest;
    shortest.count.fill(1);
    for (const auto& r : rows)
        append_row(text, r, shortest, madrid());
    return text;
}

// As a recording can hold them: to the microsecond.
std::vector<Row> recordable(std::uint64_t seed, std::size_t count) {
    auto rows = history_story(seed, count, ten);
    for (auto& r : rows)
        r.at = std::chrono::floor<std::chrono::microseconds>(r.at);
    return rows;
}

struct Importing {
    ImportReport run(bool everything = false) {
        HistoryImport::Settings settings;
        settings.everything = everything;
        settings.on_progress = [this](const HistoryImport::Progress& p) { progress.push_back(p); };
        HistoryImport import(site.clock, *site.blocking, site.store, *site.blocking, tables, madrid(),
                             settings);
        std::optional<ImportReport> report;
        TaskGroup once(site.clock);
        once.spawn("test", [&]() -> awaitable<void> { report = co_await import.run("data"); });
        site.clock.settle();
        REQUIRE(report);
        return *report;
    }
    std::vector<Row> rows(std::string_view plant, TransportMode transport = local) {
        return tables->rows(plant, transport, ever, {}).rows;
    }

    Site site{ten};
    std::shared_ptr<HistoryTables> tables =
        std::make_shared<HistoryTables>(std::make_shared<store::Database>("", history_migrations()));
    std::vector<HistoryImport::Progress> progress;
};

}  // namespace

TEST_CASE("history made from recordings is their rows, and doing it again changes nothing") {
    Importing importing;
    const auto first = recordable(1, 700), second = recordable(2, 300);
    importing.site.file("20251001_lib.csv") = recording(first);
    importing.site.file("20251001_lib.remote.csv") = recording(second);
    importing.site.file("20251002_vrfb.csv") = recording(second);
    importing.site.file("notes.txt") = "not a recording";
    const auto report = importing.run();
    CHECK(report.files == 3);
    CHECK(report.rows == 1300);
    CHECK(report.new_rows == 1300);
    CHECK(report.bad_lines == 0);
    CHECK(report.problems.empty());
    CHECK(same(importing.rows("lib"), first));
    CHECK(same(importing.rows("lib", TransportMode::remote), second));
    CHECK(same(importing.rows("vrfb"), second));
    REQUIRE_FALSE(importing.progress.empty());
    CHECK(importing.progress.back().bytes == importing.progress.back().bytes_in_all);

    const auto again = importing.run();
    CHECK(again.unchanged == 3);
    CHECK(again.rows == 0);
    const auto all = importing.run(true);
    CHECK(all.unchanged == 0);
    CHECK(all.rows == 1300);
    CHECK(all.new_rows == 0);
}

TEST_CASE("a recording that has grown is read again") {
    Importing importing;
    const auto rows = recordable(3, 400);
    importing.site.file("20251001_lib.csv") = recording({rows.begin(), rows.begin() + 100});
    importing.run();
    importing.site.file("20251001_lib.csv") = recording(rows);
    CHECK(importing.run().new_rows == 300);
    CHECK(same(importing.rows("lib"), rows));
}

TEST_CASE(
    "torn lines are no rows, a pending row beside its file is one, and nothing is changed on the disk") {
    Importing importing;
    const std::vector<Row> rows{row(ten, 1), row(ten + 2s, 2)};
    auto& file = importing.site.file("20251001_lib.csv");
    file = recording(rows) + "2025-10-01T10:00:04+02:00,1.0,1.0\n" + std::string(20, '\0') +
           "\n2025-10-01T10:00:06+02:00,3.0";
    const auto pending = row(ten + 8s, 4);
    std::string line;
    append_row(line, pending, shipped_format(), madrid());
    importing.site.file("20251001_lib.csv.pending") = pending_slot(line);
    const auto before = importing.site.store->files();
    const auto report = importing.run();
    CHECK(report.bad_lines == 3);
    CHECK(report.problems.empty());
    CHECK(same(importing.rows("lib"), {rows[0], rows[1], pending}));
    CHECK(importing.site.store->files() == before);
}

TEST_CASE("files that cannot be read or are no recordings are said, the others are taken") {
    Importing importing;
    importing.site.file("20251001_lib.csv") = "this is not a header\n1,2,3\n";
    importing.site.file("20251002_lib.csv") = recording({row(ten, 1)});
    importing.site.file("20251003_lib.csv") = recording({row(ten + 48h, 1)});
    importing.site.store->on_action = [](MemoryStore::Action action, const std::filesystem::path& file) {
        const bool bad = action == MemoryStore::Action::read && file.filename() == "20251003_lib.csv";
        return MemoryStore::Verdict{
            bad ? boost::system::errc::make_error_code(boost::system::errc::io_error) : error_code{}, 0};
    };
    const auto report = importing.run();
    REQUIRE(report.problems.size() == 2);
    CHECK(report.problems[0].file.filename() == "20251001_lib.csv");
    CHECK(report.problems[1].file.filename() == "20251003_lib.csv");
    CHECK(importing.rows("lib").size() == 1);
}

TEST_CASE("a database that cannot be written ends the import with its sentence") {
    Importing importing;
    for (int day = 1; day <= 9; ++day)
        importing.site.file("2025100" + std::to_string(day) + "_lib.csv") = recording(recordable(1, 5000));
    importing.tables->database().execute("PRAGMA max_page_count = 20");
    const auto report = importing.run();
    REQUIRE_FALSE(report.problems.empty());
    CHECK_THAT(report.problems[0].sentence, Catch::Matchers::Contains("full"));
    CHECK(report.problems.size() <= 2);  // one a reader
}

TEST_CASE("a recording is read in blocks, whatever their size") {
    const auto rows = recordable(6, 200);
    MemoryStore store;
    store["data/20251001_lib.csv"] = recording(rows);
    for (const std::size_t block : {200u, 1000u, 4096u, 1u << 20u}) {
        RecordingReader reader(store, "data/20251001_lib.csv", madrid(), block);
        std::vector<Row> read;
        for (;;) {
            const auto more = reader.next();
            REQUIRE(more);
            if (more->empty()) break;
            read.insert(read.end(), more->begin(), more->end());
        }
        CHECK(same(read, rows));
        CHECK(reader.bad_lines() == 0);
    }
    store["data/long"] = std::string(csv_header()) + std::string(5000, 'x');
    RecordingReader reader(store, "data/long", madrid(), 1000);
    CHECK_FALSE(reader.next());
}
