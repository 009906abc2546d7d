// What was recorded and what happened: rows, daily files, events, alerts, logs.
#include "web/log_archive.hpp"

#include "support/temporary_directory.hpp"
#include "web/rig.hpp"

#include <fstream>

using namespace hil;
using namespace hil::web;
using namespace hil::web::test;

namespace {

void record(Rig& rig, int rows, Duration every = 2s) {
    for (int i = 0; i < rows; ++i) {
        measure::Row row;
        row.at = begin_of_time - rows * every + i * every;
        row.values.fill(0.25);
        row.values[measure::index(measure::Column::soc)] = measure::unknown;
        rig.history.stored.push_back(row);
    }
    rig.history.stored.push_back(measure::null_row(begin_of_time));
}

}  // namespace

TEST_CASE("history is rows of times and numbers, null where nothing is known") {
    Rig rig;
    record(rig, 2);
    const auto document = Rig::document(
        rig.get("/api/v1/measurements?plant=lib&from=2025-10-01T07:00:00Z&to=2025-10-01T09:00:00Z"));
    CHECK(document.at("columns").as_array().size() == 8);
    CHECK(document.at("transport") == "local");
    REQUIRE(document.at("rows").as_array().size() == 3);
    CHECK(document.at("rows").at(0).at(0) == "2025-10-01T07:59:56Z");
    CHECK(document.at("rows").at(0).at(5).is_null());
    CHECK(document.at("rows").at(0).at(8).is_number());
    for (std::size_t i = 1; i < 9; ++i)
        CHECK(document.at("rows").at(2).at(i).is_null());
    CHECK(Rig::document(rig.get("/api/v1/measurements?plant=lib&from=2025-10-01&points=10"))
              .at("downsampled") == false);
    for (const char* query :
         {"", "?plant=lib", "?plant=moon&from=2025-10-01", "?plant=lib&from=yesterday",
          "?plant=lib&from=2025-10-02&to=2025-10-01", "?plant=lib&from=2025-10-01&points=9",
          "?plant=lib&from=2025-10-01&points=1e3", "?plant=lib&from=2025-10-01&format=pdf",
          "?plant=lib&from=2025-10-01&format=xlsx", "?plant=lib&from=2025-10-01&transport=air"})
        CHECK(rig.get("/api/v1/measurements" + std::string(query)).status == 422);
    rig.history.fail = asio::error::access_denied;
    CHECK(rig.get("/api/v1/measurements?plant=lib&from=2025-10-01").status == 503);
}

TEST_CASE("an export has every row of a long range and asks for a little at a time") {
    Rig rig;
    record(rig, 50'000);
    auto response = rig.get("/api/v1/measurements?plant=lib&from=2025-09-01&to=2025-10-02&format=csv");
    REQUIRE(response.status == 200);
    CHECK(response.headers.find("Content-Disposition") ==
          "attachment; filename=\"measurements_lib_20250901T000000+0200_20251002T000000+0200.csv\"");
    CHECK(rig.history.questions == 0);  // nothing is read before it is asked for
    const auto text = rig.drain(response);
    CHECK(std::count(text.begin(), text.end(), '\n') == 50'002);
    CHECK(text.starts_with("timestamp,p_setpoint_kw"));
    CHECK(text.ends_with("2025-10-01T10:00:00+02:00,,,,,,,,\n"));
    CHECK(rig.history.questions > 5);
    CHECK(rig.history.questions < 100);
}

TEST_CASE("a recording is found by its name in the directory and never by a path [AC-67]") {
    Rig rig;
    (*rig.files)["/data/20250930_lib.csv"] = "timestamp,p_setpoint_kw\n2025-09-30T00:00:00+02:00,1.0\n";
    (*rig.files)["/data/20251001_lib.csv"] = "timestamp,p_setpoint_kw\n";
    (*rig.files)["/data/20251001_vrfb.remote.csv"] = "timestamp,p_setpoint_kw\n";
    (*rig.files)["/data/secret.csv"] = "secret";
    (*rig.files)["/etc/passwd"] = "root";
    const auto document = Rig::document(rig.get("/api/v1/recordings"));
    REQUIRE(document.at("recordings").as_array().size() == 3);
    CHECK(document.at("recordings").at(2).at("name") == "20250930_lib.csv");
    CHECK(document.at("recordings").at(2).at("day") == "2025-09-30");
    CHECK(document.at("recordings").at(2).at("first") == "2025-09-29T22:00:00Z");
    CHECK(Rig::document(rig.get("/api/v1/recordings?plant=lib&limit=1")).at("next") == "20251001_lib.csv");
    CHECK(Rig::document(rig.get("/api/v1/recordings?transport=remote")).at("recordings").as_array().size() ==
          1);

    auto file = rig.get("/api/v1/recordings/20250930_lib.csv");
    REQUIRE(file.status == 200);
    CHECK(rig.drain(file) == rig.files->files().at("/data/20250930_lib.csv"));

    std::vector<std::string> read;
    rig.files->on_action = [&](measure::MemoryStore::Action action, const std::filesystem::path& path) {
        if (action == measure::MemoryStore::Action::read) read.push_back(path.string());
        return measure::MemoryStore::Verdict{};
    };
    for (const char* name :
         {"secret.csv", "..%2f..%2fetc%2fpasswd", "%2fetc%2fpasswd", "..", "/etc/passwd",
          "20250930_lib.csv%2f..%2fsecret.csv", ".%2f20250930_lib.csv", "20250929_lib.csv"}) {
        INFO(name);
        CHECK(rig.get("/api/v1/recordings/" + std::string(name)).status == 404);
    }
    CHECK(read.empty());
}

TEST_CASE("a recording's rows are counted once as long as its size stays") {
    Rig rig;
    const std::string header = "timestamp,p_setpoint_kw\n", row = "2025-10-01T00:00:00+02:00,1.0\n";
    (*rig.files)["/data/20250930_lib.csv"] = header + row + row;
    (*rig.files)["/data/20251001_lib.csv"] = header + row + "2025-10-01T00:00:02+02:00,to";
    const auto rows = [&] {
        const auto document = Rig::document(rig.get("/api/v1/recordings"));
        std::vector<std::int64_t> out;
        for (const auto& recording : document.at("recordings").as_array())
            out.push_back(recording.at("rows").to_number<std::int64_t>());
        return out;
    };
    CHECK(rows() == std::vector<std::int64_t>{1, 2});
    std::uint64_t reads = 0;
    rig.files->on_action = [&](measure::MemoryStore::Action action, const std::filesystem::path&) {
        reads += action == measure::MemoryStore::Action::read ? 1 : 0;
        return measure::MemoryStore::Verdict{};
    };
    CHECK(rows() == std::vector<std::int64_t>{1, 2});
    const auto of_known_sizes = std::exchange(reads, 0);
    (*rig.files)["/data/20251001_lib.csv"] = header + row + row + row;
    CHECK(rows() == std::vector<std::int64_t>{3, 2});
    CHECK(reads > of_known_sizes);
}

TEST_CASE("the figures of a range are asked of history and weigh by time") {
    Rig rig;
    record(rig, 10);
    const auto document = Rig::document(
        rig.get("/api/v1/measurements/summary?plant=lib&from=2025-10-01T07:59:40Z&to=2025-10-01T08:00:20Z"));
    CHECK(document.at("plant") == "lib");
    CHECK(document.at("from") == "2025-10-01T07:59:40Z");
    CHECK(document.at("rows") == 10);
    CHECK(document.at("coverage").to_number<double>() == 0.5);
    CHECK(document.at("energy_at") == "poi");
    CHECK(document.at("discharged_kwh").to_number<double>() == Approx(0.25 * 20 / 3600).margin(0.0005));
    CHECK(document.at("charged_kwh").to_number<double>() == 0);
    CHECK(document.at("round_trip").is_null());
    CHECK(document.at("round_trip_why_not") == "nothing was charged");
    CHECK(document.at("stored_kwh").is_null());
    CHECK(document.at("tracking_p").at("rms").to_number<double>() == 0);
    const auto by_hour = Rig::document(rig.get(
        "/api/v1/measurements/energy?plant=lib&from=2025-10-01T07:00:00Z&to=2025-10-01T08:00:20Z&by=hour"));
    CHECK(by_hour.at("rows").as_array().size() == 2);
    double discharged = 0, asked = 0;
    for (const auto& row : by_hour.at("rows").as_array()) {
        if (row.at("discharged_kwh").is_null()) continue;
        discharged += row.at("discharged_kwh").to_number<double>();
        asked += row.at("asked_kwh").to_number<double>();
        CHECK(row.at("missing_kwh").to_number<double>() == Approx(0).margin(0.001));
    }
    CHECK(discharged == Approx(document.at("discharged_kwh").to_number<double>()).margin(0.002));
    CHECK(asked == Approx(document.at("delivery").at("asked_kwh").to_number<double>()).margin(0.002));
    CHECK(rig.get("/api/v1/measurements/energy?plant=lib&from=2020-10-01&to=2025-10-01&by=hour").status ==
          422);
    CHECK(rig.get("/api/v1/measurements/energy?plant=lib&from=2025-10-01&by=week").status == 422);
    for (const char* query : {"", "?plant=lib", "?plant=moon&from=2025-10-01", "?plant=lib&from=yesterday",
                              "?plant=lib&from=2025-10-02&to=2025-10-01"})
        CHECK(rig.get("/api/v1/measurements/summary" + std::string(query)).status == 422);
    rig.history.fail = asio::error::access_denied;
    CHECK(rig.get("/api/v1/measurements/summary?plant=lib&from=2025-10-01").status == 503);
}

TEST_CASE("a report is a page that the browser keeps apart from the site") {
    Rig rig;
    const auto response =
        rig.get("/api/v1/report?plant=vrfb,lib&from=2025-10-01&to=2025-10-02&transport=remote");
    REQUIRE(response.status == 200);
    CHECK(response.headers.find("Content-Type") == "text/html; charset=utf-8");
    CHECK(response.headers.find("Content-Disposition") ==
          "inline; filename=\"report_vrfb_lib_20251001T000000+0200_20251002T000000+0200.html\"");
    const auto policy = std::string(response.headers.find("Content-Security-Policy").value_or(""));
    CHECK(policy.find("sandbox allow-scripts") != std::string::npos);
    CHECK(policy.find("allow-same-origin") == std::string::npos);
    CHECK(policy.find("default-src 'none'") != std::string::npos);
    CHECK(response.headers.count("Content-Security-Policy") == 1);
    REQUIRE(rig.reports.size() == 1);
    CHECK(rig.reports[0].plants == std::vector<std::size_t>{1, 0});
    CHECK(rig.reports[0].transport == config::TransportMode::remote);
    CHECK(rig.get("/api/v1/report?from=2025-10-01").status == 200);
    CHECK(rig.reports[1].plants.empty());
    for (const char* query :
         {"", "?plant=lib", "?plant=moon&from=2025-10-01", "?plant=lib,&from=x", "?plant=&from=2025-10-01",
          "?from=2025-10-02&to=2025-10-01", "?from=2025-10-01&transport=air"})
        CHECK(rig.get("/api/v1/report" + std::string(query)).status == 422);
    CHECK(rig.reports.size() == 2);
}

TEST_CASE("few reports are made at once, further ones are told to come again") {
    Rig rig;
    rig.report_takes = 10s;
    TaskGroup tasks(rig.clock);
    std::vector<unsigned> statuses;
    for (int i = 0; i < 6; ++i) {
        tasks.spawn("report", [&]() -> awaitable<void> {
            auto response =
                co_await rig.gateway->handle(Rig::request("GET", "/api/v1/report?from=2025-10-01"));
            statuses.push_back(response.status);
        });
    }
    rig.clock.settle();
    CHECK(statuses == std::vector<unsigned>{429, 429});
    rig.clock.run_for(11s);
    CHECK(statuses == std::vector<unsigned>{429, 429, 200, 200, 200, 200});
}

TEST_CASE("so many heavy answers are made at once, further ones are told to come again, commands are not") {
    ServerSettings settings;
    settings.heavy_answers = 2;
    Rig rig(settings);
    rig.why_takes = 10s;
    TaskGroup tasks(rig.clock);
    std::vector<unsigned> statuses;
    for (int i = 0; i < 4; ++i) {
        tasks.spawn("why", [&]() -> awaitable<void> {
            auto response = co_await rig.gateway->handle(Rig::request("GET", "/api/v1/why?plant=lib"));
            if (response.status == 503) CHECK(response.headers.find("Retry-After") == "1");
            statuses.push_back(response.status);
        });
    }
    rig.clock.settle();
    CHECK(statuses == std::vector<unsigned>{503, 503});
    CHECK(rig.get("/api/v1/schedules/effective?plant=lib").status == 503);
    CHECK(rig.get("/api/v1/status").status == 200);
    CHECK(rig.ask(Rig::request("POST", "/api/v1/estop")).status == 202);
    rig.clock.run_for(11s);
    CHECK(statuses == std::vector<unsigned>{503, 503, 200, 200});
    CHECK(rig.get("/api/v1/schedules/effective?plant=lib").status == 200);
}

TEST_CASE("a heavy answer in pieces keeps its place until it is sent or given up") {
    ServerSettings settings;
    settings.heavy_answers = 1;
    Rig rig(settings);
    record(rig, 10);
    const char* target = "/api/v1/measurements?plant=lib&from=2025-10-01T00:00:00Z&format=csv";
    for (const char* coding : {"identity", "gzip"}) {
        auto request = Rig::request("GET", target);
        request.headers.set("Accept-Encoding", coding);
        auto download = std::make_optional(rig.ask(request));
        REQUIRE(download->status == 200);
        CHECK(rig.get(target).status == 503);
        CHECK_FALSE(rig.drain(*download).empty());
        download.reset();
        CHECK(rig.get(target).status == 200);
    }
    CHECK(rig.context->heavy_under_way == 0);
}

TEST_CASE("availability is asked for all that was recorded unless a range is given") {
    Rig rig;
    CHECK(Rig::document(rig.get("/api/v1/measurements/availability?plant=lib"))
              .at("stretches")
              .as_array()
              .empty());
    record(rig, 10);
    const auto document = Rig::document(rig.get("/api/v1/measurements/availability?plant=lib"));
    CHECK(document.at("stretches").at(0).at("from") == "2025-10-01T07:59:40Z");
}

TEST_CASE("events are paged newest first, from memory and then from what is stored") {
    Rig rig;
    for (int i = 1; i <= 5; ++i) {
        observe::Event event;
        event.kind = i % 2 == 0 ? "plant.started" : "alert.raised";
        event.severity = i == 5 ? observe::Severity::alarm : observe::Severity::info;
        event.message = "m" + std::to_string(i);
        if (i == 2) event.plant = "lib";
        rig.events.emit(std::move(event));
    }
    std::vector<std::int64_t> ids;
    std::string target = "/api/v1/events?limit=2";
    for (;;) {
        const auto page = Rig::document(rig.get(target));
        for (const auto& event : page.at("events").as_array())
            ids.push_back(event.at("id").as_int64());
        if (page.at("next").is_null()) break;
        target = "/api/v1/events?limit=2&cursor=" + std::string(page.at("next").as_string().c_str());
    }
    CHECK(ids == std::vector<std::int64_t>{5, 4, 3, 2, 1});
    const auto count = [&](const char* query) {
        return Rig::document(rig.get("/api/v1/events" + std::string(query))).at("events").as_array().size();
    };
    CHECK(count("?severity=alarm") == 1);
    CHECK(count("?plant=lib") == 1);
    CHECK(count("?kind=plant") == 2);
    CHECK(count("?correlation=cmd-000009") == 0);
    CHECK(rig.get("/api/v1/events?severity=terrible").status == 422);
    CHECK(rig.get("/api/v1/events?cursor=-1").status == 422);
}

TEST_CASE("alerts are active or over") {
    Rig rig;
    rig.alerts.raise("lib/link", observe::Severity::alarm, "no answer", "lib");
    for (const char* key : {"a", "b", "c"}) {
        rig.alerts.raise(key, observe::Severity::warning, "m");
        rig.alerts.clear(key);
    }
    const auto page = Rig::document(rig.get("/api/v1/alerts?limit=2"));
    CHECK(page.at("active").at(0).at("key") == "lib/link");
    CHECK(page.at("active").at(0).at("plant") == "lib");
    CHECK(page.at("history").at(0).at("key") == "c");
    const auto next = std::string(page.at("next").as_string().c_str());
    const auto last = Rig::document(rig.get("/api/v1/alerts?limit=2&cursor=" + next));
    CHECK(last.at("history").at(0).at("key") == "a");
    CHECK(last.at("next").is_null());
}

TEST_CASE("log lines of today are paged from memory and filtered [D-27]", "[D-27]") {
    Rig rig;
    for (int i = 1; i <= 4; ++i)
        rig.log.info(observe::Channel::dispatch, {.plant = i == 2 ? "lib" : ""}, "Line {}", i);
    rig.log.error(observe::Channel::market, "no login");
    const auto first = Rig::document(rig.get("/api/v1/logs?limit=3"));
    CHECK(first.at("lines").at(0).at("message") == "no login");
    const auto second = Rig::document(
        rig.get("/api/v1/logs?limit=3&cursor=" + std::string(first.at("next").as_string().c_str())));
    CHECK(second.at("lines").as_array().size() == 2);
    CHECK(second.at("next").is_null());
    const auto count = [&](const char* query) {
        return Rig::document(rig.get("/api/v1/logs" + std::string(query))).at("lines").as_array().size();
    };
    CHECK(count("?channel=market") == 1);
    CHECK(count("?level=error") == 1);
    CHECK(count("?plant=lib") == 1);
    CHECK(count("?text=LINE") == 4);
    CHECK(rig.get("/api/v1/logs?channel=secret").status == 422);
}

TEST_CASE("older log files are read by their names alone [AC-67][D-27]", "[AC-67][D-27]") {
    const hil::test::TemporaryDirectory directory;
    const auto write = [&](const char* name, const std::string& text) {
        std::ofstream(directory.path() / name) << text;
    };
    write("control.log", "2025-10-01T10:00:00+02:00 INFO control lib: started [cmd-000003]\n");
    write("control.2025-09-30.log",
          "2025-09-30T10:00:00+02:00 INFO control one\nnot a line\n"
          "{\"time\":\"2025-09-30T10:00:01+02:00\",\"level\":\"ERROR\",\"channel\":\"control\",\"message\":"
          "\"two\"}\n"
          "2025-09-30T10:00:02+02:00 WARNING control moon: three\n");
    write("passwords.txt", "secret");
    write("control.2025-09-30.log.bak", "secret");
    std::filesystem::create_symlink("/etc/passwd", directory.path() / "web.log");
    Rig rig({}, directory.path());
    const auto today = Rig::document(rig.get("/api/v1/logs?file=control.log"));
    CHECK(today.at("files") == json::array{"control.log", "control.2025-09-30.log"});
    CHECK(today.at("lines").at(0).at("plant") == "lib");
    CHECK(today.at("lines").at(0).at("message") == "started");
    CHECK(today.at("lines").at(0).at("correlation") == "cmd-000003");
    const auto page = Rig::document(rig.get("/api/v1/logs?file=control.2025-09-30.log&limit=2"));
    CHECK(page.at("lines").at(0).at("message") == "moon: three");
    CHECK(page.at("lines").at(1).at("level") == "error");
    CHECK(page.at("next") == "3");
    const auto rest = Rig::document(rig.get("/api/v1/logs?file=control.2025-09-30.log&limit=2&cursor=3"));
    CHECK(rest.at("lines").as_array().size() == 1);
    CHECK(rest.at("next").is_null());
    for (const char* name :
         {"../../etc/passwd", "/etc/passwd", "passwords.txt", "web.log", "control.2025-09-30.log.bak", "..",
          "", "control.2025-09-29.log", "%2e%2e/passwords.txt"}) {
        INFO(name);
        CHECK(rig.get("/api/v1/logs?file=" + std::string(name)).status == 404);
    }
}
