#include "observe/log.hpp"

#include "base/task_group.hpp"
#include "support/catch.hpp"

#include <unistd.h>
#include <zlib.h>

#include <fstream>
#include <sstream>

using namespace hil;
using namespace hil::observe;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

// Counts how often it is formatted, and shows that number.
struct Costly {
    int* formatted;
};

class Directory {
  public:
    Directory() {
        static int number = 0;
        path = fs::temp_directory_path() / fmt::format("hil-log-test-{}-{}", ::getpid(), ++number);
        fs::remove_all(path);
        fs::create_directories(path);
    }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    ~Directory() { fs::remove_all(path); }

    std::vector<std::string> names() const {
        std::vector<std::string> out;
        for (const auto& entry : fs::directory_iterator(path))
            out.push_back(entry.path().filename().string());
        std::sort(out.begin(), out.end());
        return out;
    }
    std::string read(const std::string& name) const {
        std::ifstream in(path / name);
        std::stringstream text;
        text << in.rdbuf();
        return text.str();
    }
    std::string unzip(const std::string& name) const {
        const gzFile in = ::gzopen((path / name).c_str(), "rb");
        REQUIRE(in != nullptr);
        std::string text(1 << 20, '\0');
        const int size = ::gzread(in, text.data(), static_cast<unsigned>(text.size()));
        CHECK(::gzclose(in) == Z_OK);
        text.resize(static_cast<std::size_t>(std::max(size, 0)));
        return text;
    }
    void put(const std::string& name, const std::string& text) const { std::ofstream(path / name) << text; }

    fs::path path;
};

struct Site {
    explicit Site(WallTime start = std::chrono::sys_days{std::chrono::year{2025} / 10 / 1} + 8h)
        : clock(context, start) {}

    asio::io_context context{1};
    VirtualClock clock;
    Zone zone = Zone::find("Europe/Madrid").value();
    std::unique_ptr<BlockingExecutor> blocking = make_inline_executor(clock);
};

LogLine sample_line() {
    LogLine line;
    line.time = std::chrono::sys_days{std::chrono::year{2025} / 10 / 1} + 8h + 250ms;
    line.level = Level::warning;
    line.channel = Channel::dispatch;
    line.message = "no answer";
    return line;
}

}  // namespace

template <>
struct fmt::formatter<Costly> : fmt::formatter<int> {
    template <class Context>
    auto format(const Costly& costly, Context& context) const {
        return fmt::formatter<int>::format(++*costly.formatted, context);
    }
};

TEST_CASE("a line as text says when, how grave, where, about which plant and on whose behalf") {
    const Zone zone = Zone::find("Europe/Madrid").value();
    LogLine line = sample_line();
    std::string text;
    append_text(text, line, zone);
    CHECK(text == "2025-10-01T10:00:00.250000+02:00 WARNING dispatch no answer");
    line.plant = "lib";
    line.correlation = "c-12";
    text.clear();
    append_text(text, line, zone);
    CHECK(text == "2025-10-01T10:00:00.250000+02:00 WARNING dispatch lib: no answer [c-12]");
}

TEST_CASE("a line as JSON has the same parts as members") {
    const Zone zone = Zone::find("Europe/Madrid").value();
    LogLine line = sample_line();
    std::string text;
    append_json(text, line, zone);
    CHECK(
        text ==
        R"({"time":"2025-10-01T10:00:00.250000+02:00","level":"WARNING","channel":"dispatch","message":"no answer"})");
    line.plant = "lib";
    line.correlation = "c-12";
    line.message = "said \"no\"\n";
    text.clear();
    append_json(text, line, zone);
    CHECK(
        text ==
        R"({"time":"2025-10-01T10:00:00.250000+02:00","level":"WARNING","channel":"dispatch","message":"said \"no\"\n","plant":"lib","correlation":"c-12"})");
}

TEST_CASE("a message cannot forge a second line") {
    LogLine line = sample_line();
    line.message = "x\n2025-10-01T10:00:00+02:00 ERROR control forged\r\x1b[2J";
    std::string text;
    append_text(text, line, Zone::utc());
    CHECK(text.find_first_of("\n\r\x1b") == std::string::npos);
    CHECK(text.ends_with(R"(x\n2025-10-01T10:00:00+02:00 ERROR control forged\x0d\x1b[2J)"));
}

TEST_CASE("names of levels and channels are read in any case") {
    CHECK(parse_level("warning") == Level::warning);
    CHECK(parse_level("DEBUG") == Level::debug);
    CHECK_FALSE(parse_level("LOUD").has_value());
    CHECK(parse_channel("Market") == Channel::market);
    CHECK_FALSE(parse_channel("marke").has_value());
}

TEST_CASE("lines below the level are not even formatted and the level can be changed") {
    Site site;
    Log log(site.clock, site.zone, {.directory = {}, .level = Level::warning}, *site.blocking);
    int formatted = 0;
    log.info(Channel::control, "not shown {}", Costly{&formatted});
    CHECK(formatted == 0);
    CHECK(log.tail().empty());
    CHECK_FALSE(log.enabled(Level::info));
    log.error(Channel::control, {.plant = "lib"}, "shown {}", Costly{&formatted});
    CHECK(formatted == 1);
    log.set_level(Level::debug);
    log.debug(Channel::web, {.correlation = "c-1"}, "shown too");
    REQUIRE(log.tail().size() == 2);
    CHECK(log.tail()[0].message == "shown 1");
    CHECK(log.tail()[0].plant == "lib");
    CHECK(log.tail()[0].level == Level::error);
    CHECK(log.tail()[1].correlation == "c-1");
    CHECK(log.tail()[1].channel == Channel::web);
    CHECK(log.tail()[1].number == 2);
}

TEST_CASE("the tail keeps the latest lines and listeners hear of each") {
    Site site;
    Log log(site.clock, site.zone, {.directory = {}, .tail_lines = 3}, *site.blocking);
    std::vector<std::string> heard;
    auto guard = log.subscribe([&](const LogLine& line) { heard.push_back(line.message); });
    for (int i = 0; i < 5; ++i)
        log.info(Channel::sim, "line {}", i);
    CHECK(log.tail().size() == 3);
    CHECK(log.tail().front().message == "line 2");
    guard.end();
    log.info(Channel::sim, "unheard");
    CHECK(heard == std::vector<std::string>{"line 0", "line 1", "line 2", "line 3", "line 4"});
}

TEST_CASE("each channel has its own file, in the configured zone and on the site's clock [D-27]", "[D-27]") {
    Site site;
    Directory directory;
    Log log(site.clock, site.zone, {.directory = directory.path}, *site.blocking);
    log.info(Channel::dispatch, {.plant = "lib"}, "wrote {} kW", 3.5);
    site.clock.run_for(1s);
    log.error(Channel::control, "lost");
    site.clock.settle();
    CHECK(directory.names() == std::vector<std::string>{"control.log", "dispatch.log"});
    CHECK(directory.read("dispatch.log") == "2025-10-01T10:00:00+02:00 INFO dispatch lib: wrote 3.5 kW\n");
    CHECK(directory.read("control.log") == "2025-10-01T10:00:01+02:00 ERROR control lost\n");
    CHECK(log.dropped() == 0);
}

TEST_CASE("logs of one process do not see each other's lines") {
    Site site;
    Directory one;
    Directory two;
    Log first(site.clock, site.zone, {.directory = one.path}, *site.blocking);
    Log second(site.clock, site.zone, {.directory = two.path, .format = LogFormat::json}, *site.blocking);
    first.info(Channel::web, "first");
    second.info(Channel::web, "second");
    site.clock.settle();
    CHECK(one.read("web.log") == "2025-10-01T10:00:00+02:00 INFO web first\n");
    CHECK(two.read("web.log") ==
          "{\"time\":\"2025-10-01T10:00:00+02:00\",\"level\":\"INFO\",\"channel\":\"web\",\"message\":"
          "\"second\"}\n");
}

TEST_CASE("a file is put aside compressed when the local day ends [D-27]", "[D-27]") {
    Site site(std::chrono::sys_days{std::chrono::year{2025} / 10 / 1} + 21h + 59min);  // 23:59 local
    Directory directory;
    Log log(site.clock, site.zone, {.directory = directory.path}, *site.blocking);
    log.info(Channel::market, "yesterday");
    site.clock.run_for(1min);
    log.info(Channel::market, "today");
    site.clock.settle();
    CHECK(directory.names() == std::vector<std::string>{"market.2025-10-01.log.gz", "market.log"});
    CHECK(directory.unzip("market.2025-10-01.log.gz") == "2025-10-01T23:59:00+02:00 INFO market yesterday\n");
    CHECK(directory.read("market.log") == "2025-10-02T00:00:00+02:00 INFO market today\n");
}

TEST_CASE("lines of two days written at once still go to the file of their day") {
    Site site(std::chrono::sys_days{std::chrono::year{2025} / 10 / 1} + 21h + 59min);
    Directory directory;
    const auto slow = make_inline_executor(site.clock, [] { return Duration{10min}; });
    Log log(site.clock, site.zone, {.directory = directory.path}, *slow);
    log.info(Channel::market, "first");
    site.clock.settle();  // this write takes ten minutes, the others wait for it
    log.info(Channel::market, "yesterday");
    site.clock.run_for(2min);
    log.info(Channel::market, "today");
    site.clock.run();
    CHECK(directory.unzip("market.2025-10-01.log.gz").ends_with("yesterday\n"));
    CHECK(directory.read("market.log") == "2025-10-02T00:01:00+02:00 INFO market today\n");
}

TEST_CASE("a file is put aside before it grows past its limit, under numbered names within a day [D-27]",
          "[D-27]") {
    Site site;
    Directory directory;
    Log log(site.clock, site.zone, {.directory = directory.path, .rotate_bytes = 100}, *site.blocking);
    for (int i = 0; i < 5; ++i) {
        log.info(Channel::sim, "{:->50}", i);  // 85 bytes a line
        site.clock.settle();
    }
    CHECK(directory.names() == std::vector<std::string>{"sim.2025-10-01.1.log.gz", "sim.2025-10-01.2.log.gz",
                                                        "sim.2025-10-01.3.log.gz", "sim.2025-10-01.log.gz",
                                                        "sim.log"});
    CHECK(directory.unzip("sim.2025-10-01.2.log.gz").ends_with("-2\n"));
    CHECK(directory.read("sim.log").ends_with("-4\n"));
}

TEST_CASE("a restart goes on with today's file and puts yesterday's aside") {
    Site site;
    Directory directory;
    directory.put("control.log", "2025-10-01T09:00:00+02:00 INFO control before\n");
    directory.put("web.log", "{\"time\":\"2025-09-30T09:00:00+02:00\",\"message\":\"old\"}\n");
    directory.put("sim.2025-09-29.log", "interrupted while it was compressed\n");
    directory.put("sim.2025-09-29.log.gz.part", "half");
    Log log(site.clock, site.zone, {.directory = directory.path}, *site.blocking);
    log.info(Channel::control, "after");
    log.info(Channel::web, "new");
    site.clock.settle();
    CHECK(directory.read("control.log") ==
          "2025-10-01T09:00:00+02:00 INFO control before\n2025-10-01T10:00:00+02:00 INFO control after\n");
    CHECK(directory.names() == std::vector<std::string>{"control.log", "sim.2025-09-29.log.gz",
                                                        "web.2025-09-30.log.gz", "web.log"});
    CHECK(directory.unzip("sim.2025-09-29.log.gz") == "interrupted while it was compressed\n");
}

TEST_CASE("files older than the retention time are removed, nothing else is touched [D-27]", "[D-27]") {
    Site site;
    Directory directory;
    for (const auto* name :
         {"control.2025-09-01.log.gz", "sim.2025-08-31.2.log.gz", "dispatch.2025-08-31.log",
          "notes.2020-01-01.log.gz", "control.2020-01-01.txt", "20200101_lib.csv"}) {
        directory.put(name, "x");
    }
    Log log(site.clock, site.zone, {.directory = directory.path, .retention_days = 30}, *site.blocking);
    log.info(Channel::control, "tidy");
    site.clock.settle();
    CHECK(directory.names() == std::vector<std::string>{"20200101_lib.csv", "control.2020-01-01.txt",
                                                        "control.2025-09-01.log.gz", "control.log",
                                                        "notes.2020-01-01.log.gz"});
}

TEST_CASE("what the writer cannot keep up with is dropped, counted and said") {
    Site site;
    Directory directory;
    const auto slow = make_inline_executor(site.clock, [] { return Duration{1s}; });
    Log log(site.clock, site.zone, {.directory = directory.path, .queue_bytes = 1000}, *slow);
    log.info(Channel::sim, "first");
    site.clock.settle();
    for (int i = 0; i < 100; ++i)
        log.info(Channel::sim, "line {}", i);
    const auto dropped = log.dropped();
    CHECK(dropped > 50);
    CHECK(dropped < 100);
    site.clock.run();
    const std::string text = directory.read("sim.log");
    CHECK(text.ends_with(fmt::format(" WARNING sim {} log lines were lost here\n", dropped)));
    CHECK(static_cast<std::uint64_t>(std::ranges::count(text, '\n')) == 102 - dropped);
    CHECK(log.tail().size() == 102);  // memory has them all
}

TEST_CASE("a directory that cannot be written costs lines, never the service, and is shown") {
    Site site;
    Directory directory;
    directory.put("occupied", "a file where a directory is needed");
    Log log(site.clock, site.zone, {.directory = directory.path / "occupied"}, *site.blocking);
    log.info(Channel::sim, "one");
    log.info(Channel::web, "two");
    site.clock.settle();
    CHECK(log.dropped() == 2);
    CHECK(log.last_error());
    fs::remove(directory.path / "occupied");
    log.info(Channel::sim, "three");
    site.clock.settle();
    CHECK_FALSE(log.last_error());
    CHECK(log.dropped() == 2);
    std::ifstream in(directory.path / "occupied" / "sim.log");
    std::string line;
    std::getline(in, line);
    CHECK(line.ends_with("three"));
    std::getline(in, line);
    CHECK(line.ends_with("1 log lines were lost here"));
}

TEST_CASE("close waits until every line is in its file") {
    Site site;
    Directory directory;
    const auto slow = make_inline_executor(site.clock, [] { return Duration{5s}; });
    Log log(site.clock, site.zone, {.directory = directory.path}, *slow);
    TaskGroup tasks(site.clock);
    Duration flushed{};
    Duration closed{};
    tasks.spawn("end", [&]() -> awaitable<void> {
        log.info(Channel::sim, "one");
        co_await log.flush();
        flushed = site.clock.now().time_since_epoch();
        co_await log.flush();  // nothing to wait for
        log.info(Channel::sim, "two");
        log.info(Channel::web, "three");
        co_await log.close();
        closed = site.clock.now().time_since_epoch();
        log.info(Channel::sim, "too late for a file");
    });
    site.clock.run();
    CHECK(flushed == 5s);
    CHECK(closed == 10s);
    CHECK(directory.read("sim.log").ends_with("two\n"));
    CHECK(directory.read("web.log").ends_with("three\n"));
    CHECK(log.tail().back().message == "too late for a file");
}

TEST_CASE("a log that goes without being closed writes what it still has") {
    Site site;
    Directory directory;
    {
        Log log(site.clock, site.zone, {.directory = directory.path}, *site.blocking);
        log.error(Channel::control, "last words");
    }
    CHECK(directory.read("control.log").ends_with("last words\n"));
    site.clock.settle();
    CHECK(directory.names() == std::vector<std::string>{"control.log"});
}

TEST_CASE("a real pool writes the same files") {
    asio::io_context context(1);
    RealClock clock(context);
    const auto pool = make_pool(clock);
    Directory directory;
    TaskGroup tasks(clock);
    {
        Log log(clock, Zone::utc(), {.directory = directory.path, .rotate_bytes = 2000}, *pool);
        tasks.spawn("test", [&]() -> awaitable<void> {
            for (int i = 0; i < 200; ++i) {
                log.info(Channel::sim, "line {}", i);
                if (i % 10 == 0) co_await asio::post(clock.executor(), asio::use_awaitable);
            }
            co_await log.close();
            clock.stop();
        });
        clock.run();
        CHECK(log.dropped() == 0);
    }
    std::size_t lines = 0;
    for (const auto& name : directory.names()) {
        const std::string text = name.ends_with(".gz") ? directory.unzip(name) : directory.read(name);
        lines += static_cast<std::size_t>(std::ranges::count(text, '\n'));
        CHECK(text.size() <= 2000);
    }
    CHECK(lines == 200);
}
