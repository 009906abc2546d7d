#include "market/outbox.hpp"

#include "base/random.hpp"

#include "support/catch.hpp"

#include <unistd.h>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>

using namespace hil;
using namespace hil::market;
using namespace std::chrono_literals;

namespace {

constexpr WallTime start{std::chrono::sys_days{std::chrono::year{2025} / 10 / 1}};
const std::string platform = "https://platform.example.org";

OutboxItem item(int series, Duration since, double value, std::string plant = "lib") {
    return {std::move(plant), "p", series, {start + since, value}};
}

std::vector<double> values(const std::vector<Outbox::Entry>& entries) {
    std::vector<double> out;
    for (const auto& entry : entries)
        out.push_back(entry.measured.value);
    return out;
}

using Values = std::vector<double>;

// A file that outlives the processes of a test.
struct File {
    File() : path(std::filesystem::temp_directory_path() / ("hil-outbox-" + std::to_string(::getpid()))) {
        remove();
    }
    ~File() { remove(); }
    void remove() const {
        for (const char* suffix : {"", "-wal", "-shm"})
            std::filesystem::remove(path.string() + suffix);
    }
    std::filesystem::path path;
};

struct Process {
    explicit Process(const std::filesystem::path& file, std::size_t capacity = 2000,
                     const std::string& url = platform)
        : database(file, Outbox::migrations()), outbox(database, url, capacity) {}
    store::Database database;
    Outbox outbox;
};

}  // namespace

TEST_CASE("Values leave a series in the order in which they entered [D-20]", "[D-20]") {
    Process p({});
    const std::vector<OutboxItem> items{item(4, 0s, 1), item(6, 0s, 10), item(4, 60s, 2), item(4, 120s, 3)};
    CHECK(p.outbox.enqueue(items, start).taken.size() == 4);
    CHECK(values(p.outbox.oldest(4, 10)) == Values{1, 2, 3});
    const auto batch = p.outbox.oldest(4, 2);
    CHECK(values(batch) == Values{1, 2});
    CHECK(batch[0].measured.at == start);
    CHECK(batch[0].metric == "p");
    const auto removed = p.outbox.confirm(4, batch.back().id);
    REQUIRE(removed.size() == 1);
    CHECK(removed[0].plant == "lib");
    CHECK(removed[0].count == 2);
    CHECK(values(p.outbox.oldest(4, 10)) == Values{3});
    CHECK(values(p.outbox.oldest(6, 10)) == Values{10});
    CHECK(p.outbox.size() == 2);
}

TEST_CASE("The limit is over all plants, and each plant's drops are counted [D-20]", "[AC-60][D-20]") {
    Process p({}, 3);
    p.outbox.enqueue(std::vector{item(4, 0s, 1, "lib"), item(5, 0s, 2, "vrfb"), item(4, 60s, 3, "lib")},
                     start);
    const auto done =
        p.outbox.enqueue(std::vector{item(5, 60s, 4, "vrfb"), item(5, 120s, 5, "vrfb")}, start + 2min);
    CHECK(p.outbox.size() == 3);
    std::map<std::string, std::size_t> dropped;
    for (const auto& row : done.dropped)
        dropped[row.plant] += row.count;
    CHECK(dropped == std::map<std::string, std::size_t>{{"lib", 1}, {"vrfb", 1}});
    CHECK(values(p.outbox.oldest(4, 9)) == Values{3});
    CHECK(values(p.outbox.oldest(5, 9)) == Values{4, 5});
    CHECK(p.outbox.oldest_enqueued("lib") == start);
    CHECK(p.outbox.oldest_enqueued("vrfb") == start + 2min);
    CHECK_FALSE(p.outbox.oldest_enqueued("other"));
}

TEST_CASE("A series has one value a second, and its times rise, over restarts as well") {
    const File file;
    {
        Process p(file.path);
        CHECK(p.outbox.enqueue(std::vector{item(4, 10s, 1)}, start + 10s).repeated == 0);
        CHECK(p.outbox.enqueue(std::vector{item(4, 10s + 500ms, 2)}, start + 11s).repeated == 1);
        p.outbox.confirm(4, p.outbox.oldest(4, 1)[0].id);
    }
    Process p(file.path);
    // The clock was set back: the same second with another value would contradict what was posted.
    CHECK(p.outbox.enqueue(std::vector{item(4, 5s, 3), item(4, 10s, 4), item(4, 11s, 5)}, start + 11s)
              .repeated == 2);
    CHECK(values(p.outbox.oldest(4, 9)) == Values{5});
    // A time of the far future was a mistake, and does not silence the series.
    p.outbox.enqueue(std::vector{item(4, 24h * 400, 6)}, start + 24h * 400);
    CHECK(p.outbox.enqueue(std::vector{item(4, 1min, 7)}, start + 1min).taken.size() == 1);
}

TEST_CASE("What waits for one platform is never sent to another") {
    const File file;
    {
        Process emulator(file.path, 10, "http://127.0.0.1:8443");
        emulator.outbox.enqueue(std::vector{item(4, 0s, 1)}, start);
    }
    {
        Process real(file.path, 10);
        CHECK(real.outbox.waiting().empty());
        CHECK(real.outbox.oldest(4, 9).empty());
        CHECK(real.outbox.size() == 1);  // it takes its place in the limit
        real.outbox.enqueue(std::vector{item(4, 0s, 2)}, start);
        CHECK(values(real.outbox.oldest(4, 9)) == Values{2});
    }
    Process emulator(file.path, 10, "http://127.0.0.1:8443");
    CHECK(values(emulator.outbox.oldest(4, 9)) == Values{1});
}

TEST_CASE("A refused value is kept where somebody can look, with the reason") {
    Process p({});
    p.outbox.enqueue(std::vector{item(4, 0s, 1), item(4, 60s, 2)}, start);
    const auto removed = p.outbox.dead_letter(4, p.outbox.oldest(4, 1)[0].id, "422", start + 1h);
    REQUIRE(removed.size() == 1);
    CHECK(removed[0].count == 1);
    CHECK(values(p.outbox.oldest(4, 9)) == Values{2});
    CHECK(p.outbox.size() == 1);
    auto& row = p.database.prepare("SELECT value, reason FROM outbox_refused");
    REQUIRE(row.step());
    CHECK(row.real(0) == 1);
    CHECK(row.text(1) == "422");
    row.reset();
}

TEST_CASE("A failure in the middle of a statement's work leaves everything as it was") {
    const File file;
    Process p(file.path, 4);
    p.outbox.enqueue(std::vector{item(4, 0s, 1), item(6, 0s, 2), item(4, 60s, 3)}, start);
    const auto fail_at = [&](const char* when) {
        p.database.execute(std::string("CREATE TEMP TRIGGER fail ") + when +
                           " BEGIN SELECT RAISE(ABORT, 'the disk is gone'); END;");
    };
    const auto as_before = [&] {
        p.database.execute("DROP TRIGGER fail;");
        CHECK(p.outbox.size() == 3);
        CHECK(values(p.outbox.oldest(4, 9)) == Values{1, 3});
        CHECK(values(p.outbox.oldest(6, 9)) == Values{2});
        Process other(file.path, 4);
        CHECK(values(other.outbox.oldest(4, 9)) == Values{1, 3});
        CHECK(other.outbox.size() == 3);
    };
    const std::vector more{item(6, 60s, 4), item(4, 120s, 5)};
    for (const char* when :
         {"BEFORE INSERT ON outbox WHEN NEW.value = 4", "BEFORE INSERT ON outbox WHEN NEW.value = 5",
          "BEFORE INSERT ON outbox_latest", "AFTER UPDATE ON outbox_latest", "BEFORE DELETE ON outbox"}) {
        INFO(when);
        fail_at(when);
        CHECK_THROWS_AS(p.outbox.enqueue(more, start), store::DatabaseError);
        as_before();
    }
    fail_at("BEFORE DELETE ON outbox WHEN OLD.value = 3");
    CHECK_THROWS_AS(p.outbox.confirm(4, 100), store::DatabaseError);
    as_before();
    fail_at("AFTER INSERT ON outbox_refused");
    CHECK_THROWS_AS(p.outbox.dead_letter(4, 1, "x", start), store::DatabaseError);
    as_before();
    fail_at("BEFORE DELETE ON outbox");
    CHECK_THROWS_AS(p.outbox.dead_letter(4, 1, "x", start), store::DatabaseError);
    as_before();
    CHECK(p.outbox.enqueue(more, start).taken.size() == 2);
}

// The process ends after any step of anything; the platform sees a post before the outbox hears of it.
TEST_CASE("Whenever the process ends, nothing is lost, the order is kept and repeats are the same [D-20]",
          "[D-20]") {
    const auto seed = GENERATE(range(1u, 25u));
    Random random(seed);
    const File file;
    std::optional<Process> process;
    // What the outbox took, and what reached the platform, by series.
    std::map<int, std::vector<Measurement>> taken, first_arrivals;
    std::map<int, std::map<WallTime, double>> arrived;
    Duration clock{};
    int crashes = 0, repeats = 0;

    const auto post = [&](int series, std::size_t limit) -> std::int64_t {
        const auto batch = process->outbox.oldest(series, limit);
        for (const auto& entry : batch) {
            const auto [at, is_new] = arrived[series].emplace(entry.measured.at, entry.measured.value);
            if (is_new) {
                first_arrivals[series].push_back(entry.measured);
            } else {
                ++repeats;
                CHECK(at->second == entry.measured.value);
            }
        }
        return batch.empty() ? 0 : batch.back().id;
    };

    for (int step = 0; step < 300; ++step) {
        if (!process) process.emplace(file.path, 100'000);
        clock += std::chrono::seconds(random.below(3));  // sometimes none: the same second again
        const int series = static_cast<int>(4 + random.below(3));
        switch (random.below(4)) {
            case 0: {
                std::vector<OutboxItem> items;
                for (int s = 4; s < 7; ++s)
                    items.push_back(item(s, clock, random.uniform(-1000, 1000)));
                const bool fails = random.chance(0.2);
                if (fails) {
                    process->database.execute(
                        "CREATE TEMP TRIGGER fail BEFORE INSERT ON outbox WHEN NEW.series = 5 "
                        "BEGIN SELECT RAISE(ABORT, 'power'); END;");
                }
                try {
                    for (const auto& one : process->outbox.enqueue(items, start + clock).taken)
                        taken[one.series].push_back(one.measured);
                } catch (const store::DatabaseError&) {
                    process.reset();
                    ++crashes;
                    continue;
                }
                if (fails) process->database.execute("DROP TRIGGER fail;");
                break;
            }
            case 1:
                if (const auto last = post(series, 1 + random.below(20)))
                    process->outbox.confirm(series, last);
                break;
            case 2:  // the answer came, and the process ended before it was noted
                post(series, 1 + random.below(20));
                break;
            default:
                break;
        }
        if (random.chance(0.1)) {
            process.reset();
            ++crashes;
        }
    }
    if (!process) process.emplace(file.path, 100'000);
    for (int series = 4; series < 7; ++series)
        while (const auto last = post(series, 50))
            process->outbox.confirm(series, last);

    CHECK(process->outbox.size() == 0);
    CHECK(crashes > 5);
    CHECK(repeats > 5);
    for (const auto& [series, all] : taken) {
        INFO("series " << series);
        CHECK(first_arrivals[series] == all);
    }
}
