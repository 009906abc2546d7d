// Ten broken set-ups, each named with what to do; and the disk that will be full.
#include "care/doctor.hpp"
#include "care/disk_forecast.hpp"
#include "config/load.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <fmt/format.h>

#include <fstream>
#include <functional>

using namespace hil;
using namespace hil::care;
using namespace std::chrono_literals;
using Catch::Contains;

namespace {

Facts sound() {
    Facts f;
    f.config_file = "/etc/hil-scheduler/hil.json";
    f.directories = {
        {"general.data_dir", "/var/lib/hil-scheduler", true, true, 50'000'000'000, 100'000'000'000}};
    f.secrets = {{"istentore_api.password_file", "/etc/secret", true, false}};
    f.certificates = {{"dashboard.private", "a.pem", "", 200}};
    f.ports = {{"the operators' server", "127.0.0.1:8050", false, true}};
    f.clock_synchronised = true;
    f.year = 2026;
    f.descriptors = 65536;
    f.version = "0.1.0";
    f.libraries = "SQLite";
    return f;
}

std::vector<Line> wrong(const Facts& facts) {
    auto lines = judge(facts);
    std::erase_if(lines, [](const Line& line) { return line.grade == Grade::fine; });
    return lines;
}

}  // namespace

TEST_CASE("A sound set-up has nothing to be done") {
    CHECK(wrong(sound()).empty());
    CHECK(judge(sound()).size() >= 8);
    for (const auto& line : judge(sound()))
        CHECK(line.advice.empty());
}

TEST_CASE("What is broken is named, one line each, with what to do") {
    struct Case {
        const char* topic;
        Grade grade;
        const char* found;
        std::function<void(Facts&)> break_it;
    };
    const std::vector<Case> cases{
        {"configuration", Grade::broken, "must be 0..65535",
         [](Facts& f) { f.config_problems = {"hil.json: /x: must be 0..65535"}; }},
        {"configuration", Grade::doubtful, "unknown variable",
         [](Facts& f) { f.config_warnings = {"unknown variable"}; }},
        {"permissions", Grade::doubtful, "everybody on this machine",
         [](Facts& f) { f.config_has_hashes = f.config_readable_by_all = true; }},
        {"permissions", Grade::broken, "cannot be written",
         [](Facts& f) { f.directories[0].writable = false; }},
        {"permissions", Grade::broken, "cannot be made",
         [](Facts& f) { f.directories[0].exists = f.directories[0].writable = false; }},
        {"disk", Grade::broken, "0.1 GB free", [](Facts& f) { f.directories[0].free = 100'000'000; }},
        {"disk", Grade::doubtful, "3.0 GB free, 3 %",
         [](Facts& f) { f.directories[0].free = 3'000'000'000; }},
        {"secrets", Grade::broken, "cannot be read", [](Facts& f) { f.secrets[0].readable = false; }},
        {"secrets", Grade::doubtful, "by everybody", [](Facts& f) { f.secrets[0].open_to_all = true; }},
        {"certificates", Grade::broken, "is not the key",
         [](Facts& f) { f.certificates[0].problem = "k is not the key of c"; }},
        {"certificates", Grade::broken, "ended 3 days ago",
         [](Facts& f) { f.certificates[0].days_left = -3; }},
        {"certificates", Grade::doubtful, "ends in 12 days",
         [](Facts& f) { f.certificates[0].days_left = 12; }},
        {"ports", Grade::broken, "taken by another program", [](Facts& f) { f.ports[0].taken = true; }},
        {"ports", Grade::broken, "may not listen", [](Facts& f) { f.ports[0].allowed = false; }},
        {"clock", Grade::broken, "the year 1970", [](Facts& f) { f.year = 1970; }},
        {"clock", Grade::doubtful, "is not synchronised", [](Facts& f) { f.clock_synchronised = false; }},
        {"clock", Grade::doubtful, "not known", [](Facts& f) { f.clock_synchronised.reset(); }},
        {"database", Grade::broken, "newer program",
         [](Facts& f) { f.database_problem = "of a newer program"; }},
        {"pages", Grade::doubtful, "not built", [](Facts& f) { f.pages_built = false; }},
        {"limits", Grade::doubtful, "256 open files", [](Facts& f) { f.descriptors = 256; }},
        {"plants", Grade::doubtful, "on_start_running", [](Facts& f) { f.remote_without_check = true; }},
    };
    for (const auto& one : cases) {
        INFO(one.found);
        auto facts = sound();
        one.break_it(facts);
        const auto lines = wrong(facts);
        REQUIRE(lines.size() == 1);
        CHECK(lines[0].topic == one.topic);
        CHECK(lines[0].grade == one.grade);
        CHECK_THAT(lines[0].found, Contains(one.found));
        CHECK(lines[0].advice.size() > 10);
    }
    // A port that the service itself holds is no trouble; nor a directory that is made at the start.
    auto runs = sound();
    runs.ports[0].taken = runs.service_runs = true;
    CHECK(wrong(runs).empty());
    auto fresh = sound();
    fresh.directories[0].exists = false;
    CHECK(wrong(fresh).empty());
}

TEST_CASE("This machine is looked at: directories, files of secrets, certificates, the database") {
    const test::TemporaryDirectory directory;
    auto config = config::load(HIL_SOURCE_DIR "/etc/hil.json").config;
    config.general.data_dir = directory / "data";
    config.general.log_dir = directory / "logs";
    std::filesystem::create_directories(config.general.data_dir);
    std::ofstream(config.general.data_dir / "hil.sqlite") << std::string(4096, 'x');
    std::ofstream(directory / "open") << "secret";
    config.istentore_api.password_file = directory / "open";
    config.private_dashboard.tls = config::Tls{directory / "none.pem", directory / "none.key"};
    config.private_dashboard.address = {"192.0.2.1", 8050};  // no address of this machine
    const auto facts = examine({.config_file = HIL_SOURCE_DIR "/etc/hil.json",
                                .config = &config,
                                .problems = {},
                                .warnings = {},
                                .version = "0.1.0",
                                .pages = directory / "www",
                                .service_runs = false,
                                .now = WallTime(std::chrono::sys_days{std::chrono::year{2026} / 6 / 1})});
    REQUIRE(facts.directories.size() == 2);
    CHECK(facts.directories[0].exists);
    CHECK_FALSE(facts.directories[1].exists);
    CHECK(facts.directories[1].writable);
    CHECK(facts.directories[0].size > facts.directories[0].free);
    REQUIRE(facts.secrets.size() == 1);
    CHECK(facts.secrets[0].open_to_all);
    REQUIRE(facts.certificates.size() == 1);
    CHECK_THAT(facts.certificates[0].problem, Contains("none.pem cannot be read"));
    CHECK_FALSE(facts.ports[0].allowed);
    CHECK_FALSE(facts.database_problem.empty());
    CHECK_FALSE(facts.pages_built);
    CHECK(facts.year == 2026);
}

TEST_CASE("A disk that fills is forecast from an hour on, one that does not is not") {
    DiskForecast forecast;
    WallTime now{};
    const auto look = [&](double free) { forecast.add(now, static_cast<std::uint64_t>(free)); };
    for (int minute = 0; minute < 59; ++minute, now += 1min)
        look(10e9 - minute * 1e6);
    CHECK_FALSE(forecast.days_left());
    for (int minute = 59; minute <= 120; ++minute, now += 1min)
        look(10e9 - minute * 1e6);
    // A megabyte a minute: 1.44 GB a day.
    REQUIRE(forecast.days_left());
    CHECK(*forecast.days_left() == Approx(9.88e9 / 1.44e9).epsilon(0.01));
    // It was cleaned up, and stays as it is from there on.
    for (int minute = 0; minute < 1441; ++minute, now += 1min)
        look(50e9);
    CHECK_FALSE(forecast.days_left());
    // Noise is no trend.
    DiskForecast noisy;
    for (int i = 0; i < 500; ++i)
        noisy.add(WallTime(i * 1min), 10'000'000'000u + static_cast<std::uint64_t>(i * 7919 % 13) * 1000u);
    CHECK_FALSE(noisy.days_left());
    // A clock that was set back makes nothing up.
    noisy.add(WallTime{}, 1);
    CHECK_FALSE(noisy.days_left());
}
