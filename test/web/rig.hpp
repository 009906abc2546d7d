// A site for the web servers, in memory and virtual time, and requests straight to the gateway.
#pragma once

#include "base/task_group.hpp"
#include "config/load.hpp"
#include "web/gateway.hpp"
#include "web/passwords.hpp"

#include "support/catch.hpp"

#include <boost/json/parse.hpp>

#include <sodium.h>

#include <array>
#include <filesystem>

namespace hil::web::test {

using namespace std::chrono_literals;
namespace json = boost::json;

inline const WallTime begin_of_time = std::chrono::sys_days{std::chrono::year{2025} / 10 / 1} + 8h;

// A hash as hash_password() makes it, but cheap: tests log in often.
inline std::string quick_hash(std::string_view password) {
    REQUIRE(sodium_init() >= 0);
    std::array<char, crypto_pwhash_STRBYTES> out{};
    REQUIRE(crypto_pwhash_str_alg(out.data(), password.data(), password.size(), 1, 8192,
                                  crypto_pwhash_ALG_ARGON2ID13) == 0);
    return out.data();
}

// Rows in memory; remembers what it was asked.
class MemoryHistory final : public measure::History {
  public:
    void append(std::size_t, config::TransportMode, std::vector<measure::Row> more) override {
        stored.insert(stored.end(), more.begin(), more.end());
    }
    awaitable<result<void>> flush() override { co_return result<void>(); }
    awaitable<result<measure::HistoryAnswer>> rows(std::size_t plant, config::TransportMode transport,
                                                   measure::Range range,
                                                   std::optional<std::size_t> points) override {
        ++questions;
        if (fail) co_return fail;
        measure::HistoryAnswer answer;
        answer.plant = plant == 0 ? "lib" : "vrfb";
        answer.transport = transport;
        for (const auto& row : stored) {
            if (plant == 0 && row.at >= range.from && row.at < range.to) answer.rows.push_back(row);
        }
        answer.rows_in_range = answer.rows.size();
        if (points && answer.rows.size() > *points) {
            answer.rows.resize(*points);
            answer.downsampled = true;
        }
        co_return answer;
    }
    awaitable<result<std::vector<measure::Bucket>>> buckets(std::size_t, config::TransportMode,
                                                            measure::Range, measure::Resolution) override {
        co_return std::vector<measure::Bucket>{};
    }
    awaitable<result<std::vector<measure::Interval>>> availability(std::size_t, config::TransportMode,
                                                                   measure::Range range, Duration) override {
        co_return std::vector<measure::Interval>{{range.from, range.to}};
    }
    awaitable<result<std::optional<measure::Range>>> extent(std::size_t, config::TransportMode) override {
        if (stored.empty()) co_return std::optional<measure::Range>();
        co_return std::optional<measure::Range>({stored.front().at, stored.back().at});
    }

    std::vector<measure::Row> stored;
    error_code fail;
    int questions = 0;
};

struct Rig {
    explicit Rig(ServerSettings with = {}, std::filesystem::path log_dir = {}) {
        config.general.data_dir = "/data";
        config.general.log_dir = log_dir.empty() ? std::filesystem::path("/nowhere/logs") : log_dir;
        for (const char* kind : {"plant.start", "plant.stop", "plant.dispatch_disable"})
            define(kind, control::CommandQueue::plant);
        for (const char* kind : {"fleet.start_all", "fleet.stop_all"})
            define(kind, control::CommandQueue::site);
        define("estop", control::CommandQueue::immediate, {"reason"});
        define("estop.reset", control::CommandQueue::immediate);
        with.www = "/nowhere/www";
        context = std::make_shared<Context>(site(), std::move(with));
        Hub::Submit submit;
        if (!context->read_only()) {
            submit = [this](std::string kind, std::string plant, json::object payload,
                            const Identity& who) -> const control::Command& {
                return context->submit(std::move(kind), std::move(plant), std::move(payload), who);
            };
        }
        hub = std::make_shared<Hub>(context, hub_settings(), std::move(submit));
        gateway =
            std::make_shared<Gateway>(context, hub, RequestGuard({"127.0.0.1", 8050}, {"lab.example.org"}),
                                      StaticFiles::load("/nowhere/www"));
    }

    static Hub::Settings hub_settings() {
        Hub::Settings settings;
        settings.queue = {.messages = 20, .bytes = 1u << 20u, .commands = 5};
        return settings;
    }

    // Accounts anna (operator, "correct horse", token "anna-token") and tom (viewer, "battery staple").
    static ServerSettings with_accounts() {
        ServerSettings settings;
        settings.address = {"0.0.0.0", 8050};
        settings.accounts = {{"anna", "operator", quick_hash("correct horse"), hash_token("anna-token")},
                             {"tom", "viewer", quick_hash("battery staple"), hash_token("tom-token")}};
        return settings;
    }
    static ServerSettings read_only() {
        ServerSettings settings;
        settings.kind = ServerKind::read_only;
        settings.basic = {"visitor", "open sesame"};
        return settings;
    }

    void define(const char* kind, control::CommandQueue queue, std::vector<std::string> fields = {}) {
        control::CommandEngine::Kind what;
        what.queue = queue;
        what.fields = std::move(fields);
        what.execute = [this](const control::Command& command,
                              control::CommandEngine::Say) -> awaitable<control::Outcome> {
            executed.push_back(command.kind);
            co_await clock.sleep_for(100ms);
            co_return control::Outcome::success();
        };
        commands.define(kind, std::move(what));
    }

    Site site() {
        return {.clock = clock,
                .blocking = *blocking,
                .solver = *solver,
                .zone = zone,
                .config = config,
                .commands = commands,
                .plans = plans,
                .drafts = drafts,
                .arbiter = arbiter,
                .history = history,
                .live = live,
                .events = events,
                .alerts = alerts,
                .log = log,
                .metrics = metrics,
                .files = files,
                .version = "0.1.0",
                .transport = [] { return config::TransportMode::local; },
                .state = [this] { return state; },
                .state_of =
                    [this](const observe::Subject& subject) {
                        return subject.kind == observe::Subject::Kind::site ? state : json::object{};
                    },
                .on_change =
                    [this](std::function<void(const observe::Subject&)> listener) {
                        return state_changes.subscribe(std::move(listener));
                    },
                .why = [this](std::size_t plant, WallTime) -> awaitable<result<json::object>> {
                    if (why_takes > Duration::zero()) co_await clock.sleep_for(why_takes);
                    co_return json::object{{"plant", plant}};
                },
                .health = [this] { return health; },
                .stored_events = {},
                .state_of_charge = [](std::size_t) { return std::optional(0.5); },
                .workbook = {},
                .report = [this](ReportQuestion question) -> awaitable<result<std::string>> {
                    reports.push_back(std::move(question));
                    if (report_takes > Duration::zero()) co_await clock.sleep_for(report_takes);
                    co_return "<!DOCTYPE html><title>Report</title>";
                },
                .random_bytes =
                    [this](std::span<std::byte> into) {
                        for (auto& byte : into)
                            byte = static_cast<std::byte>(++drawn);
                    }};
    }

    static config::Config load_config() {
        auto loaded = config::load(HIL_SOURCE_DIR "/etc/hil.json");
        REQUIRE(loaded.problems.empty());
        return std::move(loaded.config);
    }

    static net::Request request(std::string method, std::string target) {
        net::Request out;
        out.method = std::move(method);
        out.target = std::move(target);
        out.headers = {{"Host", "localhost:8050"}};
        out.peer = "127.0.0.1";
        return out;
    }
    static net::Request request(std::string method, std::string target, std::string type, std::string body) {
        auto out = request(std::move(method), std::move(target));
        out.headers.set("Content-Type", std::move(type));
        out.body = std::move(body);
        return out;
    }
    net::Response ask(net::Request what) {
        std::optional<net::Response> answer;
        TaskGroup tasks(clock);
        tasks.spawn("request",
                    [&]() -> awaitable<void> { answer = co_await gateway->handle(std::move(what)); });
        clock.settle();
        REQUIRE(answer);
        return std::move(*answer);
    }
    net::Response get(std::string target) { return ask(request("GET", std::move(target))); }
    net::Response send(std::string method, std::string target, std::string body) {
        return ask(request(std::move(method), std::move(target), "application/json", std::move(body)));
    }
    // The whole of a body that comes in pieces.
    std::string drain(net::Response& response) {
        std::string whole;
        bool done = false;
        TaskGroup tasks(clock);
        tasks.spawn("pieces", [&]() -> awaitable<void> {
            for (;;) {
                auto piece = co_await response.pieces();
                REQUIRE(piece);
                if (piece->empty()) break;
                whole += *piece;
            }
            done = true;
        });
        clock.settle();
        REQUIRE(done);
        return whole;
    }
    static json::object document(const net::Response& response) {
        INFO(response.body);
        return json::parse(response.body).as_object();
    }
    // Nobody has asked for anything, staged anything, or logged in.
    void check_untouched() const {
        CHECK(commands.recent(10).empty());
        CHECK(executed.empty());
        for (std::size_t plant = 0; plant < plans.plant_count(); ++plant) {
            CHECK(plans.revision(plant) == 1);
            for (const auto signal : schedule::all_signals)
                CHECK_FALSE(drafts.draft(plant, signal).staged());
        }
        CHECK(drawn == 0);
    }

    asio::io_context io{1};
    VirtualClock clock{io, begin_of_time};
    std::unique_ptr<BlockingExecutor> blocking = make_inline_executor(clock);
    Duration solver_takes{};
    std::unique_ptr<BlockingExecutor> solver = make_inline_executor(clock, [this] { return solver_takes; });
    config::Config config = load_config();
    Zone zone = *Zone::find("Europe/Madrid");
    observe::Log log{clock, zone, {}, *blocking};
    observe::EventLog events{clock};
    observe::Alerts alerts{clock, events};
    observe::Metrics metrics;
    schedule::PlanStore plans{{"lib", "vrfb"}};
    schedule::Drafts drafts{2};
    schedule::Arbiter arbiter{plans, config::ScheduleSource::manual, 15min};
    MemoryHistory history;
    measure::LiveState live{2};
    control::CommandEngine commands{clock, {"lib", "vrfb"}, {}};
    std::shared_ptr<measure::MemoryStore> files = std::make_shared<measure::MemoryStore>();
    Publisher<observe::Subject> state_changes;
    json::object state{{"time", "2025-10-01T08:00:00Z"},
                       {"plants", json::object{{"lib", json::object{{"p", 100.0}, {"q", nullptr}}}}}};
    Health health;
    unsigned drawn = 0;  // random bytes
    std::vector<std::string> executed;
    std::vector<ReportQuestion> reports;
    Duration report_takes{}, why_takes{};
    std::shared_ptr<Context> context;
    std::shared_ptr<Hub> hub;
    std::shared_ptr<Gateway> gateway;
};

}  // namespace hil::web::test
