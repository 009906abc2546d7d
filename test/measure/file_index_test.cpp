#include "measure/file_index.hpp"

#include "measure/site.hpp"
#include "measure/tail.hpp"

#include <boost/system/errc.hpp>

#include <fmt/format.h>

#include <algorithm>

using namespace hil;
using namespace hil::measure;
using namespace std::chrono_literals;
using std::chrono::year;

namespace {

std::string line(std::string_view when, double soc) {
    std::string text;
    append_row(text, row(at(when), 1, soc), shipped_format(), madrid());
    return text;
}

std::string null_line(std::string_view when) {
    return std::string(when) + "+02:00,,,,,,,,\n";
}

std::string recording(const std::string& lines) {
    return std::string(csv_header()) + lines;
}

std::optional<double> soc(MemoryStore& store) {
    return newest_soc(store, "data", "lib", madrid());
}

}  // namespace

TEST_CASE("a recording is named after its local date, its plant and its transport") {
    const RecordingName local{.date = year{2025} / 10 / 1, .plant = "lib", .transport = TransportMode::local};
    const RecordingName remote{
        .date = year{2025} / 10 / 1, .plant = "a_b-2", .transport = TransportMode::remote};
    CHECK(file_name(local) == "20251001_lib.csv");
    CHECK(file_name(remote) == "20251001_a_b-2.remote.csv");
    CHECK(parse_file_name("20251001_lib.csv") == local);
    CHECK(parse_file_name("20251001_LIB.CSV") == local);
    CHECK(parse_file_name("20251001_a_b-2.remote.csv") == remote);
    for (const auto* other : {"",
                              "20251001.csv",
                              "20251001_.csv",
                              "2025101_lib.csv",
                              "20251301_lib.csv",
                              "20250230_lib.csv",
                              "20251001_lib.csv.pending",
                              "20251001_lib.txt",
                              "x20251001_lib.csv",
                              "20251001_li b.csv",
                              "20251001_lib.local.csv",
                              "2025-1001_lib.csv",
                              "20251001-lib.csv",
                              "20251001_lib.1.csv",
                              "20251001_lib.02.csv",
                              "20251001_lib..csv",
                              "20251001_lib.2.remote.csv",
                              "20251001_lib.99999.csv",
                              "20251001_lib.2x.csv",
                              "20251001_.2.csv"})
        CHECK_FALSE(parse_file_name(other));
}

TEST_CASE("a further part of a day's recording carries its number") {
    const RecordingName local{
        .date = year{2025} / 10 / 1, .plant = "lib", .transport = TransportMode::local, .part = 2};
    const RecordingName remote{
        .date = year{2025} / 10 / 1, .plant = "lib", .transport = TransportMode::remote, .part = 13};
    CHECK(file_name(local) == "20251001_lib.2.csv");
    CHECK(file_name(remote) == "20251001_lib.remote.13.csv");
    CHECK(parse_file_name("20251001_lib.2.csv") == local);
    CHECK(parse_file_name("20251001_lib.remote.13.csv") == remote);
}

TEST_CASE("of a day with several parts the last one was recorded later and is asked first") {
    MemoryStore store;
    store["data/20251001_lib.csv"] = recording(line("2025-10-01T12:00:00", 0.4));
    store["data/20251001_lib.2.csv"] = recording(line("2025-10-01T09:00:00", 0.3));
    store["data/20251001_lib.10.csv"] = recording(line("2025-10-01T08:00:00", 0.7));
    CHECK(soc(store) == 0.7);
    const auto newest = newest_rows(store, "data", "lib", TransportMode::local, madrid());
    REQUIRE(newest);
    CHECK(newest->measured->at == at("2025-10-01T08:00:00"));
    REQUIRE(newest->ends.size() == 1);
    CHECK(newest->ends[0].part == 10);
    CHECK(newest->ends[0].row == at("2025-10-01T08:00:00"));
}

TEST_CASE("of older recordings only the names are looked at") {
    MemoryStore store;
    for (int day = 1; day <= 20; ++day) {
        const auto date = fmt::format("2025-10-{:02}", day);
        store[fmt::format("data/202510{:02}_lib.csv", day)] = recording(line(date + "T12:00:00", 0.4));
    }
    const auto newest = newest_rows(store, "data", "lib", TransportMode::local, madrid());
    REQUIRE(newest);
    REQUIRE(newest->ends.size() == 20);
    CHECK_FALSE(newest->ends[11].known);
    CHECK(newest->ends[12].known);
    CHECK(newest->ends[19].measured == at("2025-10-20T12:00:00"));
}

TEST_CASE("recordings are listed by date, of one plant and one transport where named") {
    MemoryStore store;
    for (const auto* name : {"20251002_lib.csv", "20251001_vrfb.csv", "20251001_lib.csv",
                             "20251001_lib.remote.csv", "notes.txt"})
        store[std::filesystem::path("data") / name] = "";
    const auto all = list_recordings(store, "data");
    REQUIRE(all);
    CHECK(all->size() == 4);
    CHECK(all->back().path == "data/20251002_lib.csv");
    const auto some = list_recordings(store, "data", {.plant = "lib", .transport = TransportMode::local});
    REQUIRE(some);
    REQUIRE(some->size() == 2);
    CHECK(some->front().path == "data/20251001_lib.csv");
    CHECK(list_recordings(store, "elsewhere")->empty());
}

TEST_CASE("the newest state of charge is that of the newest row that knows one, within 0 and 1 [AC-57]",
          "[AC-57]") {
    MemoryStore store;
    CHECK_FALSE(soc(store));
    store["data/20251001_lib.csv"] =
        recording(line("2025-10-01T10:00:00", 0.3) + line("2025-10-01T10:00:02", 0.4) +
                  null_line("2025-10-01T10:00:04"));
    CHECK(soc(store) == 0.4);
    store["data/20251002_LIB.CSV"] =
        recording(line("2025-10-02T10:00:00", 1.7) + null_line("2025-10-02T10:00:02") +
                  null_line("2025-10-02T10:00:04"));
    CHECK(soc(store) == 1.0);
    store["data/20251003_lib.csv"] = recording(null_line("2025-10-03T00:00:00"));  // a boundary row only
    store["data/20251004_lib.csv"] = "garbage without end";
    store["data/20251005_lib.csv"] = "a,b\n1,2\n";
    store["data/20251006_lib.csv"] = "";
    store["data/20251007_vrfb.csv"] = recording(line("2025-10-07T10:00:00", 0.9));
    store["data/20251008_lib.remote.csv"] = recording(line("2025-10-08T10:00:00", 0.8));
    store["data/2025_lib.csv"] = recording(line("2025-10-09T10:00:00", 0.7));
    CHECK(soc(store) == 1.0);
    store["data/20251010_lib.csv"] = recording(line("2025-10-10T10:00:00", 0.6) +
                                               "2025-10-10T10:00:02+02:00,1.0,1.0,0.0,0.0,,1.0,0.0,20.0\n" +
                                               "2025-10-10T10:00:04+02:00,1.0,1.0,0.0,0.0,0.1");
    CHECK(soc(store) == 0.6);
    store["data/20251011_lib.csv"] = recording(line("2025-10-11T10:00:00", -0.2));
    CHECK(soc(store) == 0.0);
}

TEST_CASE("a remote recording is never opened for a seed [D-21]", "[D-21]") {
    MemoryStore store;
    store["data/20251008_lib.remote.csv"] = recording(line("2025-10-08T10:00:00", 0.8));
    store.on_action = [](MemoryStore::Action action, const std::filesystem::path&) {
        CHECK(action == MemoryStore::Action::list);
        return MemoryStore::Verdict{};
    };
    CHECK_FALSE(soc(store));
}

TEST_CASE("the ends of a file are read without reading the file") {
    MemoryStore store;
    std::string text;
    for (int i = 0; i < 20000; ++i) {
        append_row(text, row(at("2025-10-01T00:00:00") + i * 2s, i), shipped_format(), madrid());
    }
    store["data/20251001_lib.csv"] = recording(text + null_line("2025-10-01T12:00:00"));
    std::size_t reads = 0;
    store.on_action = [&](MemoryStore::Action action, const std::filesystem::path&) {
        if (action == MemoryStore::Action::read) ++reads;
        return MemoryStore::Verdict{};
    };
    const auto ends = read_ends(store, "data/20251001_lib.csv", madrid());
    REQUIRE(ends);
    CHECK(reads == 2);
    REQUIRE(ends->first);
    CHECK(ends->first->at == at("2025-10-01T00:00:00"));
    REQUIRE(ends->last);
    CHECK(ends->last->null);
    REQUIRE(ends->last_measured);
    CHECK(ends->last_measured->at == at("2025-10-01T00:00:00") + 19999 * 2s);
}

TEST_CASE("a file without rows has no ends") {
    MemoryStore store;
    CHECK(read_ends(store, "data/20251001_lib.csv", madrid())->size == 0);
    store["data/20251001_lib.csv"] = csv_header();
    const auto ends = read_ends(store, "data/20251001_lib.csv", madrid());
    REQUIRE(ends);
    CHECK_FALSE(ends->first);
    CHECK_FALSE(ends->last);
    store["data/20251001_lib.csv"] = "a,b\n";
    CHECK(read_ends(store, "data/20251001_lib.csv", madrid()).error() == errc::not_a_header);
}

TEST_CASE("the newest row and the newest measured row of a plant may lie in different files") {
    MemoryStore store;
    const auto newest = [&] {
        const auto found = newest_rows(store, "data", "lib", TransportMode::local, madrid());
        REQUIRE(found);
        return *found;
    };
    CHECK_FALSE(newest().row);
    store["data/20251001_lib.csv"] = recording(line("2025-10-01T23:59:58", 0.5));
    store["data/20251002_lib.csv"] = recording(null_line("2025-10-02T00:00:00"));
    store["data/20251003_lib.csv"] = "garbage\n";
    store["data/20251004_lib.remote.csv"] = recording(line("2025-10-04T00:00:00", 0.5));
    REQUIRE(newest().row);
    CHECK(newest().row->null);
    CHECK(newest().row->at == at("2025-10-02T00:00:00"));
    REQUIRE(newest().measured);
    CHECK(newest().measured->at == at("2025-10-01T23:59:58"));

    store.on_action = [](MemoryStore::Action action, const std::filesystem::path&) {
        const bool bad = action == MemoryStore::Action::read;
        return MemoryStore::Verdict{bad ? make_error_code(boost::system::errc::io_error) : error_code{}, 0};
    };
    CHECK(newest_rows(store, "data", "lib", TransportMode::local, madrid()).error() ==
          boost::system::errc::io_error);
}

TEST_CASE("lines are read backward across blocks of any length") {
    for (std::size_t length = 1; length < 9000; length += 997) {
        MemoryStore store;
        std::string text;
        std::vector<std::string> expected;
        for (int i = 0; i < 12; ++i) {
            expected.push_back(std::string(length + static_cast<std::size_t>(i), static_cast<char>('a' + i)));
            text += expected.back() + (i == 11 ? "" : "\n");
        }
        store["f"] = text;
        BackwardReader reader(store, "f", text.size());
        for (int i = 11; i >= 0; --i) {
            const auto read = reader.next();
            REQUIRE(read);
            REQUIRE(*read);
            REQUIRE((*read)->text == expected[static_cast<std::size_t>(i)]);
            REQUIRE((*read)->complete == (i != 11));
            REQUIRE(text.compare((*read)->offset, expected[static_cast<std::size_t>(i)].size(),
                                 expected[static_cast<std::size_t>(i)]) == 0);
        }
        REQUIRE_FALSE(*reader.next());
    }
}

TEST_CASE("a file whose rows are out of order seeds the newest charge by time, wherever it stands") {
    const auto* const offset = GENERATE("", "+00:00");  // of the same instants, in another form
    const auto one = [&](const char* time, double value) {
        const auto text = line(time, value);
        if (*offset == 0) return text;
        return std::string(time, 11) + (time[12] == '0' ? "08" : "09") + std::string(time + 13) + offset +
               text.substr(text.find(','));
    };
    for (int newest = 0; newest < 4; ++newest) {
        const char* times[] = {"2025-10-01T10:00:00", "2025-10-01T10:00:02", "2025-10-01T11:00:04"};
        std::vector<std::string> rows{one(times[0], 0.1), one(times[1], 0.2), one(times[2], 0.3),
                                      null_line("2025-10-01T11:30:00")};
        std::rotate(rows.begin(), rows.begin() + newest, rows.end());
        std::string text;
        for (const auto& r : rows)
            text += r;
        MemoryStore store;
        store["data/20251001_lib.csv"] = recording(text);
        CHECK(soc(store) == 0.3);
    }
}
