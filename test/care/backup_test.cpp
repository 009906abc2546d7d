// Backups: what is in them, while somebody writes; what restore refuses.
#include "care/backup.hpp"
#include "care/tar.hpp"
#include "store/database.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <fstream>
#include <iterator>

using namespace hil;
using namespace hil::care;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

constexpr store::Migration tables[] = {{"test", 1, "CREATE TABLE numbers (n INTEGER PRIMARY KEY);"}};

void write(const fs::path& file, const std::string& text) {
    std::ofstream(file, std::ios::binary) << text;
}
std::string text_in(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string problem(const std::variant<std::vector<BackedUp>, std::string>& outcome) {
    const auto* why = std::get_if<std::string>(&outcome);
    return why ? *why : "";
}

struct Rig {
    Rig() {
        fs::create_directories(data);
        database = std::make_unique<store::Database>(data / "hil.sqlite", tables);
        for (std::int64_t n = 1; n <= 1000; ++n)
            database->prepare("INSERT INTO numbers VALUES (?1)").bind(1, n).run();
        write(data / "20260601_lib.csv", std::string(700'000, 'x') + "\n");
        write(data / "20260601_lib.csv.pending", "row");
        write(data / "safety.record", std::string(131072, '\0'));
        write(data / ".lock", "a service runs here");
        write(data / "hil.sqlite.damaged-1", "no");
        write(data / "notes.txt", "somebody's own");
    }
    std::variant<std::vector<BackedUp>, std::string> backup() {
        return make_backup({data, R"({"general":{}})", "0.1.0", "now"}, archive);
    }

    test::TemporaryDirectory directory;
    fs::path data = directory / "data", archive = directory / "b.tar", elsewhere = directory / "elsewhere";
    std::unique_ptr<store::Database> database;
};

}  // namespace

TEST_CASE("A backup is made while the database is open and written to, and restored elsewhere") {
    Rig rig;
    // A transaction that is under way is not in it.
    store::Database::Transaction open(*rig.database);
    rig.database->prepare("INSERT INTO numbers VALUES (5000)").run();
    const auto made = rig.backup();
    REQUIRE(problem(made) == "");
    open.commit();
    std::vector<std::string> names;
    for (const auto& file : std::get<0>(made))
        names.push_back(file.name);
    CHECK(names == std::vector<std::string>{"hil.sqlite", "20260601_lib.csv", "20260601_lib.csv.pending",
                                            "safety.record", "configuration.json"});
    CHECK((fs::status(rig.archive).permissions() & fs::perms::all) ==
          (fs::perms::owner_read | fs::perms::owner_write));
    // Nothing is left beside it.
    CHECK(std::distance(fs::directory_iterator(rig.directory.path()), {}) == 2);
    REQUIRE(problem(restore(rig.archive, rig.elsewhere)) == "");
    CHECK(text_in(rig.elsewhere / "20260601_lib.csv") == text_in(rig.data / "20260601_lib.csv"));
    CHECK(text_in(rig.elsewhere / "configuration.json") == R"({"general":{}})");
    CHECK_FALSE(fs::exists(rig.elsewhere / "manifest.json"));
    store::Database restored(rig.elsewhere / "hil.sqlite", tables);
    auto& count = restored.prepare("SELECT count(*), max(n) FROM numbers");
    REQUIRE(count.step());
    CHECK(count.integer(0) == 1000);
    CHECK(count.integer(1) == 1000);
}

TEST_CASE("An archive that is cut anywhere, or changed anywhere, is refused and nothing is written") {
    Rig rig;
    REQUIRE(problem(rig.backup()) == "");
    const auto whole = text_in(rig.archive);
    for (const double part : {0.0, 0.0001, 0.1, 0.5, 0.9, 0.99, 0.9999}) {
        INFO("cut after " << part);
        write(rig.archive,
              whole.substr(0, static_cast<std::size_t>(part * static_cast<double>(whole.size()))));
        CHECK_THAT(problem(restore(rig.archive, rig.elsewhere)), Contains("is not restored"));
        CHECK_FALSE(fs::exists(rig.elsewhere));
    }
    for (const std::size_t at : {std::size_t{5}, std::size_t{130}, std::size_t{600}, whole.size() / 2}) {
        INFO("changed at " << at);
        auto changed = whole;
        changed[at] ^= 1;
        write(rig.archive, changed);
        CHECK_THAT(problem(restore(rig.archive, rig.elsewhere)), Contains("is not restored"));
        CHECK_FALSE(fs::exists(rig.elsewhere));
    }
    write(rig.archive, whole);
    CHECK(problem(restore(rig.archive, rig.elsewhere)) == "");
}

TEST_CASE("A foreign archive is refused: of another program, a newer one, with names that lead elsewhere") {
    const test::TemporaryDirectory directory;
    const auto archive = directory / "x.tar", target = directory / "t";
    const auto made_of = [&](std::vector<std::pair<std::string, std::string>> files) {
        TarWriter tar(archive);
        for (const auto& [name, text] : files) {
            bool given = false;
            tar.add(name, text.size(), 0, [&] { return std::exchange(given, true) ? std::string() : text; });
        }
        tar.finish();
        return problem(restore(archive, target));
    };
    CHECK_THAT(made_of({{"a", "b"}}), Contains("no manifest"));
    CHECK_THAT(made_of({}), Contains("no manifest"));
    CHECK_THAT(made_of({{"manifest.json", "{}"}}), Contains("manifest cannot be read"));
    CHECK_THAT(made_of({{"manifest.json", R"({"program":"other","format":1,"version":"1","files":[]})"}}),
               Contains("another program"));
    CHECK_THAT(
        made_of({{"manifest.json", R"({"program":"hil-scheduler","format":9,"version":"7.0","files":[]})"}}),
        Contains("newer program (7.0)"));
    CHECK_THAT(
        made_of({{"a", "b"},
                 {"manifest.json", R"({"program":"hil-scheduler","format":1,"version":"1","files":[]})"}}),
        Contains("does not hold"));
    for (const char* name : {"../x", "/etc/x", ".lock", "a/b", "a b"})
        CHECK_THAT(made_of({{name, "b"}, {"manifest.json", "{}"}}),
                   Contains("no name of a file in a backup"));
    write(archive, "PK\x03\x04 a zip file" + std::string(2000, 'z'));
    CHECK_THAT(problem(restore(archive, target)), Contains("no archive of tar"));
    CHECK_THAT(problem(restore(directory / "missing", target)), Contains("is not there"));
    CHECK_FALSE(fs::exists(target));
}

TEST_CASE("Nothing is restored over what is there, and a backup that cannot be written leaves nothing") {
    Rig rig;
    REQUIRE(problem(rig.backup()) == "");
    fs::create_directories(rig.elsewhere);
    write(rig.elsewhere / ".lock", "");
    write(rig.elsewhere / "hil.sqlite", "mine");
    CHECK_THAT(problem(restore(rig.archive, rig.elsewhere)), Contains("is not empty (hil.sqlite)"));
    CHECK(text_in(rig.elsewhere / "hil.sqlite") == "mine");
    CHECK_THAT(problem(make_backup({rig.data, "{}", "1", "now"}, rig.directory / "no" / "b.tar")),
               Contains("No such file"));
    write(rig.data / "hil.sqlite",
          "not a database, and long enough to be read as one by somebody who does not look at it closely");
    rig.archive = rig.directory / "second.tar";
    CHECK_FALSE(problem(rig.backup()).empty());
    CHECK_FALSE(fs::exists(rig.archive));
}

TEST_CASE("Sizes beyond what octal digits hold are written and read") {
    const test::TemporaryDirectory directory;
    // Only the header: nobody writes nine gigabytes for a test.
    try {
        TarWriter tar(directory / "big.tar");
        tar.add("big.csv", 9'000'000'000, 0, [] { return std::string(); });
        FAIL("it was not refused");
    } catch (const std::runtime_error& error) {
        CHECK_THAT(error.what(), Contains("became shorter"));
    }
    TarReader tar(directory / "big.tar");
    const auto entry = tar.next();
    REQUIRE(entry);
    CHECK(entry->size == 9'000'000'000);
    CHECK(tar.read().empty());
    CHECK(tar.problem() == "it breaks off");
}
