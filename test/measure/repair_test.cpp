#include "measure/repair.hpp"

#include "measure/pending_file.hpp"
#include "measure/site.hpp"

#include <boost/system/errc.hpp>

using namespace hil;
using namespace hil::measure;
using namespace std::chrono_literals;

namespace {

const WallTime ten = at("2025-10-01T10:00:00");
const std::filesystem::path path = "data/20251001_lib.csv";
const std::filesystem::path beside = "data/20251001_lib.csv.pending";

std::string line(const Row& r) {
    std::string text;
    append_row(text, r, shipped_format(), madrid());
    return text;
}

std::string kept(const Row& r) {
    return pending_slot(line(r));
}

std::string whole(int rows) {
    std::string text(csv_header());
    for (int i = 0; i < rows; ++i)
        text += line(row(ten + i * 2s, i));
    return text;
}

}  // namespace

TEST_CASE("a file cut at any byte is repaired to its whole lines, and says what was cut") {
    const auto text = whole(4);
    for (std::size_t length = 0; length <= text.size(); ++length) {
        CAPTURE(length);
        MemoryStore store;
        store[path] = text.substr(0, length);
        auto sound = text.substr(0, length).rfind('\n') + 1;
        if (length < csv_header().size()) sound = 0;
        const auto report = repair(store, "data", madrid());
        CHECK(report.problems.empty());
        REQUIRE(store[path] == text.substr(0, sound));
        if (sound == length) {
            REQUIRE(report.repaired.empty());
        } else {
            REQUIRE(report.repaired.size() == 1);
            REQUIRE(report.repaired[0].file == path);
            REQUIRE(report.repaired[0].cut_bytes == length - sound);
        }
    }
}

TEST_CASE("the repaired file is named with the bytes it lost and the row it won") {
    MemoryStore store;
    store[path] = whole(2) + "2025-10-01T10:00:04+02:00,2";
    store[beside] = kept(row(ten + 30s));
    const auto report = repair(store, "data", madrid());
    REQUIRE(report.repaired.size() == 1);
    CHECK(report.repaired[0].message(madrid()) ==
          "data/20251001_lib.csv: cut off a torn last line of 27 bytes; took over the pending row of "
          "2025-10-01T10:00:30+02:00");
    CHECK(store[path] == whole(2) + line(row(ten + 30s)));
}

TEST_CASE("blocks of zeros that a power cut left are cut off") {
    MemoryStore store;
    store[path] = whole(3) + std::string(500, '\0') + "\n" + std::string(20, '\0');
    CHECK(repair(store, "data", madrid()).repaired.size() == 1);
    CHECK(store[path] == whole(3));
}

TEST_CASE("a pending row is taken over only when it is newer than the last row, and goes in any case") {
    MemoryStore store;
    store[path] = whole(3);
    store[beside] = kept(row(ten + 4s));
    CHECK(repair(store, "data", madrid()).repaired.empty());
    CHECK(store[path] == whole(3));
    CHECK(store.files().size() == 1);

    store[path] = whole(3) + line(null_row(ten + 6s));
    store[beside] = kept(row(ten + 5s));
    CHECK(repair(store, "data", madrid()).repaired.empty());
    CHECK(store[path] == whole(3) + line(null_row(ten + 6s)));

    store[beside] = kept(row(ten + 60s));
    const auto report = repair(store, "data", madrid());
    REQUIRE(report.repaired.size() == 1);
    CHECK(report.repaired[0].pending_taken);
    CHECK(report.repaired[0].pending_at == ten + 60s);
    CHECK(store[path] == whole(3) + line(null_row(ten + 6s)) + line(row(ten + 60s)));
    CHECK(repair(store, "data", madrid()).repaired.empty());  // once is enough
}

TEST_CASE("a pending row whose file is gone is not lost") {
    MemoryStore store;
    store[beside] = kept(row(ten));
    CHECK(repair(store, "data", madrid()).repaired.size() == 1);
    CHECK(store[path] == std::string(csv_header()) + line(row(ten)));
}

TEST_CASE("a pending file that cannot be read is no row") {
    const auto sound = kept(row(ten + 1h));
    auto changed = sound;
    changed[30] = changed[30] == '1' ? '2' : '1';
    for (const auto& text :
         {std::string(), std::string("garbage\n"), line(row(ten + 1h)), changed, sound.substr(0, 40)}) {
        MemoryStore store;
        store[path] = whole(1);
        store[beside] = text;
        CHECK(repair(store, "data", madrid()).repaired.empty());
        CHECK(store[path] == whole(1));
    }
}

TEST_CASE("a slot torn at any byte leaves the row of the other") {
    const auto older = kept(row(ten + 10s, 1)), newer = kept(row(ten + 12s, 2)),
               oldest = kept(row(ten + 8s, 3));
    for (std::size_t length = 0; length <= newer.size(); ++length) {
        const auto torn = newer.substr(0, length) + oldest.substr(length);
        for (const auto& file : {torn + older, older + torn, older + newer.substr(0, length)}) {
            const auto found = read_pending(file, madrid());
            REQUIRE(found);
            const bool whole = found->line == line(row(ten + 12s, 2));
            REQUIRE((whole || found->line == line(row(ten + 10s, 1))));
            if (length == newer.size()) REQUIRE(whole);
        }
    }
}

TEST_CASE("files that are no recordings are left alone, whatever their name") {
    MemoryStore store;
    store["data/20251001_lib.csv"] = "a,b,c\n1,2";
    store["data/20251002_lib.csv"] = std::string(200000, 'x');
    store["data/notes.csv"] = "torn";
    store["data/20251001_lib.csv.bak"] = "torn";
    const auto before = store.files();
    const auto report = repair(store, "data", madrid());
    CHECK(report.repaired.empty());
    CHECK(report.problems.empty());
    CHECK(store.files() == before);
}

TEST_CASE("what cannot be repaired is reported with its file and the others are repaired") {
    MemoryStore store;
    const auto refused = make_error_code(boost::system::errc::permission_denied);
    store[path] = whole(1) + "torn";
    store["data/20251002_lib.csv"] = whole(1) + "torn";
    store.on_action = [&](MemoryStore::Action action, const std::filesystem::path& file) {
        const bool bad = action == MemoryStore::Action::write_at && file == path;
        return MemoryStore::Verdict{bad ? refused : error_code{}, 0};
    };
    const auto report = repair(store, "data", madrid());
    REQUIRE(report.problems.size() == 1);
    CHECK(report.problems[0].file == path);
    CHECK(report.problems[0].error == refused);
    REQUIRE(report.repaired.size() == 1);
    CHECK(report.repaired[0].file == "data/20251002_lib.csv");
}

TEST_CASE("a directory that does not exist needs no repair") {
    MemoryStore store;
    const auto report = repair(store, "elsewhere", madrid());
    CHECK(report.repaired.empty());
    CHECK(report.problems.empty());
}
