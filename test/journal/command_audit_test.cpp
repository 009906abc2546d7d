// The audit over runs of the service: what is kept, what is found again, what a crash leaves.
#include "journal/audit.hpp"

#include "support/catch.hpp"

#include <optional>

namespace hil::journal {
namespace {

using namespace hil::control;
using namespace hil::store;
using namespace std::chrono_literals;

const WallTime begin = WallTime(std::chrono::sys_days{std::chrono::year{2025} / 10 / 1}) + 10h;

std::shared_ptr<store::Database> new_database() {
    return std::make_shared<store::Database>("", Audit::migrations());
}

// One run of a service that has an engine and its audit.
struct Run {
    explicit Run(std::shared_ptr<store::Database> db, WallTime at = begin)
        : clock(context, at), database(std::move(db)), start(Audit::open(*database, at)) {
        store::WriteQueueHooks hooks;
        hooks.on_error = [this](std::string_view what) { problems.emplace_back(what); };
        hooks.on_recovered = [this] { problems.emplace_back("recovered"); };
        audit.emplace(clock, *worker, database, hooks);
        engine.emplace(clock, std::vector<std::string>{"lib", "vrfb"},
                       control::CommandEngine::Options{.first_number = start.first_number});
        control::CommandEngine::Kind kind;
        kind.fields = {"s"};
        kind.secrets = {"password"};
        kind.execute = [this](const control::Command& command,
                              const control::CommandEngine::Say&) -> awaitable<control::Outcome> {
            if (const auto* s = command.payload.if_contains("s"))
                co_await clock.sleep_for(seconds(s->to_number<double>()));
            co_return control::Outcome::failure("disable_failed",
                                                {{"threshold_reached", true}, {"disable_ok", false}});
        };
        engine->define("plant.stop", std::move(kind));
        audit->follow(*engine);
        tasks.spawn("audit", [this] { return audit->run(); });
    }
    ~Run() {
        tasks.cancel();
        engine.reset();
        clock.settle();
    }

    template <class T>
    T finish(std::function<awaitable<result<T>>()> question) {
        std::optional<result<T>> out;
        tasks.spawn("question", [&, question]() -> awaitable<void> { out.emplace(co_await question()); });
        clock.run_for(1s);
        REQUIRE(out.has_value());
        REQUIRE(out->has_value());
        if constexpr (!std::is_void_v<T>) return **out;
    }
    CommandPage page(std::uint64_t cursor, std::size_t limit, const CommandFilter& filter = {}) {
        return finish<CommandPage>([&] { return audit->before(cursor, limit, filter); });
    }
    void end_in_order() {
        finish<void>([this]() -> awaitable<result<void>> {
            co_await engine->close();
            co_return co_await audit->finish();
        });
    }
    std::string stop(const char* plant = "lib", double s = 0) {
        return engine->submit("plant.stop", plant, {{"s", s}}, "operator anna").id;
    }

    asio::io_context context{1};
    VirtualClock clock;
    std::unique_ptr<BlockingExecutor> worker = make_inline_executor(clock);
    std::shared_ptr<store::Database> database;
    Audit::Start start;
    std::vector<std::string> problems;
    std::optional<Audit> audit;
    std::optional<control::CommandEngine> engine;
    TaskGroup tasks{clock};
};

std::vector<std::string> ids(const CommandPage& page) {
    std::vector<std::string> out;
    for (const auto& command : page.commands)
        out.push_back(command.id);
    return out;
}

}  // namespace

TEST_CASE("every command is found again after a restart, with who asked and how it ended") {
    const auto database = new_database();
    control::Command before;
    {
        Run run(database);
        const auto id = run.stop("lib", 2);
        run.clock.run_for(5s);
        before = *run.engine->find(id);
        run.end_in_order();
    }
    Run run(database, begin + 1h);
    CHECK(run.start.interrupted.empty());
    CHECK(run.start.first_number == 2);
    const auto found = run.finish<std::optional<Command>>([&] { return run.audit->find("cmd-000001"); });
    REQUIRE(found.has_value());
    CHECK(to_json(*found) == to_json(before));
    CHECK(found->result.at("threshold_reached").as_bool());
    CHECK_FALSE(run.finish<std::optional<Command>>([&] { return run.audit->find("cmd-000002"); }));
    CHECK_FALSE(run.finish<std::optional<Command>>([&] { return run.audit->find("nonsense"); }));
    CHECK(run.stop() == "cmd-000002");
}

TEST_CASE("what a crash interrupted is failed from the next start on, and no id is given twice") {
    const auto database = new_database();
    std::string running, waiting;
    {
        Run run(database);
        running = run.stop("lib", 60);
        waiting = run.stop("lib", 60);
        run.clock.run_for(1s);
        run.stop("vrfb");  // never written: the process ends at this instant
    }
    Run run(database, begin + 1h);
    REQUIRE(run.start.interrupted.size() == 2);
    CHECK(run.start.interrupted[0].id == running);
    CHECK(run.start.interrupted[1].id == waiting);
    CHECK(run.start.first_number > 3);
    const auto page = run.page(0, 10);
    REQUIRE(page.commands.size() == 2);
    for (const auto& command : page.commands) {
        CHECK(command.state == control::CommandState::failed);
        CHECK(command.message == "interrupted");
        CHECK(command.finished_at == begin + 1h);
    }
}

TEST_CASE("the audit is read page by page, newest first, also what was not written yet") {
    Run run(new_database());
    for (int i = 0; i < 25; ++i)
        run.stop(i % 5 == 0 ? "vrfb" : "lib");
    const auto first = run.page(0, 10);
    CHECK(first.commands.front().id == "cmd-000025");
    CHECK(first.next == 16);
    const auto second = run.page(first.next, 10);
    CHECK(second.commands.front().id == "cmd-000015");
    const auto third = run.page(second.next, 10);
    CHECK(third.commands.size() == 5);
    CHECK(third.next == 0);
    CommandFilter filter;
    filter.plant = "vrfb";
    CHECK(ids(run.page(0, 3, filter)) == std::vector<std::string>{"cmd-000021", "cmd-000016", "cmd-000011"});
    filter.state = control::CommandState::queued;
    CHECK(run.page(0, 3, filter).commands.empty());
    filter = {.plant = "", .kind = "plant.start", .state = std::nullopt};
    CHECK(run.page(0, 3, filter).commands.empty());
}

TEST_CASE("old commands go by retention, those under way stay") {
    Run run(new_database());
    run.stop("vrfb", 1e6);
    for (int i = 0; i < 3; ++i)
        run.stop();
    run.clock.run_for(48h);
    run.stop();
    run.page(0, 10);
    CHECK(run.finish<std::uint64_t>([&] { return run.audit->prune(begin + 24h); }) == 3);
    CHECK(ids(run.page(0, 10)) == std::vector<std::string>{"cmd-000005", "cmd-000001"});
}

TEST_CASE("secrets are not in the file") {
    Run run(new_database());
    run.engine->submit("plant.stop", "lib", {{"password", "tr1cky"}}, "operator");
    run.engine->submit("plant.stop", "lib", {{"pasword", "tr1cky"}}, "operator");
    run.engine->submit("market.conect", "", {{"password", "tr1cky"}}, "operator");
    run.clock.run_for(5s);
    std::string all;
    auto& row = run.database->prepare("SELECT payload || message || result || kind FROM commands");
    while (row.step())
        all += row.text(0);
    CHECK(all.find("***") != std::string::npos);
    CHECK(all.find("tr1cky") == std::string::npos);
}

TEST_CASE("a sick disk delays the audit, is told once, and loses nothing within the bound") {
    Run run(new_database());
    run.stop();
    run.clock.run_for(1s);
    run.database->execute("ALTER TABLE commands RENAME TO gone");
    for (int i = 0; i < 40; ++i) {
        run.stop();
        run.clock.run_for(1s);
    }
    CHECK(run.problems.size() == 1);
    CHECK(run.audit->waiting() == 40);
    run.database->execute("ALTER TABLE gone RENAME TO commands");
    run.clock.run_for(2min);
    REQUIRE(run.problems.size() == 2);
    CHECK(run.problems[1] == "recovered");
    CHECK(run.audit->waiting() == 0);
    CHECK(run.page(0, 100).commands.size() == 41);
    CHECK(run.audit->dropped() == 0);
}

TEST_CASE("too much waiting for a sick disk gives up the oldest and counts it") {
    asio::io_context context{1};
    VirtualClock clock(context, begin);
    const auto worker = make_inline_executor(clock);
    const auto database = new_database();
    WriteQueue<control::Command> queue(clock, *worker, database, [](store::Database&, const auto&) {},
                                       {.name = "commands", .ahead = 10, .capacity = 100}, {});
    for (std::uint64_t i = 1; i <= 150; ++i)
        queue.put(i, {});
    CHECK(queue.waiting() == 100);
    CHECK(queue.dropped() == 50);
}

}  // namespace hil::journal
