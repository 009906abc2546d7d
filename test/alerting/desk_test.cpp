// The desk at work: an alert reaches a receiver that fails at first, over kills of the process.
#include "alerting/desk.hpp"
#include "base/memory_network.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <boost/json/serialize.hpp>

#include <fstream>
#include <set>

using namespace hil;
using namespace hil::alerting;
using namespace std::chrono_literals;
using Catch::Contains;
using observe::Severity;

namespace {

// Shared by the lives of a process: what the receiver outside has got, and how often it will fail.
struct Outside {
    int failures = 0;
    std::vector<std::string> keys, headlines;
};

class FakeSender final : public Sender {
  public:
    explicit FakeSender(Outside& outside) : outside_(outside) {}
    awaitable<std::string> send(Message message) override {
        if (outside_.failures > 0) {
            --outside_.failures;
            co_return "the receiver answered 503";
        }
        outside_.keys.push_back(message.key);
        outside_.headlines.push_back(headline(message));
        co_return std::string();
    }

  private:
    Outside& outside_;
};

config::Alerting to_hook() {
    config::Alerting out;
    config::AlertReceiver hook;
    hook.name = "hook";
    hook.webhook = config::WebReceiver{
        .url = "http://127.0.0.1:9", .token_file = {}, .token_variable = {}, .ca_file = {}};
    config::AlertRoute route;
    route.receiver = "hook";
    out.receivers = {hook};
    out.routes = {route};
    return out;
}

// One life of the process: what is not in the file is gone with it.
struct Life {
    Life(const std::filesystem::path& file, Outside& outside, WallTime begin)
        : clock(context, begin), events(clock), alerts(clock, events), worker(make_inline_executor(clock)) {
        database = std::make_shared<store::Database>(file, Desk::migrations());
        std::map<std::string, std::unique_ptr<Sender>> senders;
        senders["hook"] = std::make_unique<FakeSender>(outside);
        Desk::Hooks hooks;
        hooks.on_trouble = [this](const std::string&, const std::string& trouble) {
            troubles.push_back(trouble);
        };
        hooks.on_error = [this](const std::string& sentence) { errors.push_back(sentence); };
        desk.emplace(Desk::Parts{clock, alerts, [] { return std::string(); }, *worker, database, zone},
                     to_hook(), std::move(senders), "lab", std::move(hooks));
        tasks.spawn("desk", [this] { return desk->run(); });
    }
    ~Life() {
        tasks.cancel();
        clock.settle();
    }

    asio::io_context context{1};
    VirtualClock clock;
    observe::EventLog events;
    observe::Alerts alerts;
    std::unique_ptr<BlockingExecutor> worker;
    std::shared_ptr<store::Database> database;
    Zone zone = Zone::find("Europe/Madrid").value();
    std::optional<Desk> desk;
    std::vector<std::string> troubles, errors;
    TaskGroup tasks{clock};
};

const WallTime noon = WallTime(std::chrono::sys_days{std::chrono::year{2026} / 6 / 1} + 10h);

}  // namespace

TEST_CASE("An alert reaches a receiver that fails three times, and is over there, too") {
    const test::TemporaryDirectory directory;
    Outside outside{.failures = 3, .keys = {}, .headlines = {}};
    Life life(directory / "hil.sqlite", outside, noon);
    life.clock.run_for(5s);
    life.alerts.raise("lib/link", Severity::warning, "no answer in time", "lib");
    life.clock.run_for(30s);
    CHECK(outside.keys == std::vector<std::string>{"lab-1"});
    CHECK(outside.headlines[0] == "warning: no answer in time");
    REQUIRE(life.troubles.size() == 2);
    CHECK_THAT(life.troubles[0], Contains("3 attempts failed: the receiver answered 503"));
    CHECK(life.troubles[1].empty());
    life.alerts.clear("lib/link");
    life.clock.run_for(60s);
    CHECK(outside.headlines.back() == "over: no answer in time");
    CHECK(life.errors.empty());
    const auto text = boost::json::serialize(life.desk->state());
    CHECK_THAT(text, Contains("\"failed_attempts\":3") && Contains("\"trouble\":null"));
}

TEST_CASE("A process that is killed at any second loses no message") {
    for (int second = 1; second <= 40; second += 3) {
        INFO("killed every " << second << " s");
        const test::TemporaryDirectory directory;
        Outside outside{.failures = 3, .keys = {}, .headlines = {}};
        WallTime now = noon;
        // The condition lasts over the kills for some time, and is over afterwards.
        for (Duration passed{}; passed < 400s; passed += std::chrono::seconds(second)) {
            Life life(directory / "hil.sqlite", outside, now);
            if (passed < 100s) life.alerts.raise("lib/link", Severity::warning, "no answer", "lib");
            life.clock.run_for(std::chrono::seconds(second));
            now += std::chrono::seconds(second);
        }
        Life last(directory / "hil.sqlite", outside, now);
        last.clock.run_for(200s);
        const std::set<std::string> keys(outside.keys.begin(), outside.keys.end());
        CHECK(keys.contains("lab-1"));
        CHECK(outside.headlines.front() == "warning: no answer");
        CHECK(outside.headlines.back() == "over: no answer");
    }
}

TEST_CASE("A webhook is posted with its token and key; what it answers decides") {
    const test::TemporaryDirectory directory;
    asio::io_context context(1);
    VirtualClock clock(context, noon);
    MemoryNetwork network(clock);
    const auto blocking = make_inline_executor(clock);
    const auto zone = Zone::find("UTC").value();
    auto listener = std::move(network.listen({"127.0.0.1", 9}).value());
    std::string heard;
    TaskGroup tasks(clock);
    tasks.spawn("receiver", [&]() -> awaitable<void> {
        for (const char* status : {"503 No", "204 Yes"}) {
            auto stream = std::move((co_await listener->accept()).value());
            heard.clear();
            char buffer[4096];
            while (heard.find("\"alerts\":[]}") == std::string::npos) {
                const auto got = co_await read_some(*stream, asio::buffer(buffer));
                if (!got) break;
                heard.append(buffer, *got);
            }
            const auto answer =
                std::string("HTTP/1.1 ") + status + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            (void)co_await write_all(*stream, asio::buffer(answer));
            stream->close();
        }
    });
    auto receiver = to_hook().receivers[0];
    receiver.webhook->url = "http://127.0.0.1:9/hooks/hil";
    receiver.webhook->token_variable = "HOOK";
    CHECK(on_this_machine(receiver));
    auto sender = std::move(
        std::get<0>(make_sender({clock, network, *blocking, zone,
                                 [](const std::string&) { return std::optional<std::string>("s3cret"); }},
                                receiver)));
    Message message;
    message.kind = MessageKind::test;
    message.key = "lab-9";
    std::vector<std::string> came;
    tasks.spawn("sender", [&]() -> awaitable<void> {
        came.push_back(co_await sender->send(message));
        came.push_back(co_await sender->send(message));
    });
    clock.run_for(60s);
    CHECK(came == std::vector<std::string>{"the receiver answered 503 Service Unavailable", ""});
    CHECK_THAT(heard, Contains("POST /hooks/hil HTTP/1.1") && Contains("Bearer s3cret") &&
                          Contains("Idempotency-Key: lab-9") && Contains("\"kind\":\"test\""));
    // A secret that cannot be read is said so, and nothing is sent.
    receiver.webhook->token_variable.clear();
    receiver.webhook->token_file = directory / "missing";
    sender = std::move(std::get<0>(make_sender(
        {clock, network, *blocking, zone, [](const std::string&) { return std::nullopt; }}, receiver)));
    tasks.spawn("sender", [&]() -> awaitable<void> { came.push_back(co_await sender->send(message)); });
    clock.run_for(10s);
    CHECK_THAT(came.back(), Contains("missing cannot be read"));
    tasks.cancel();
    clock.settle();
}

TEST_CASE("A mail is handed to its transport with the password of its file, and says why it was not taken") {
    const test::TemporaryDirectory directory;
    std::ofstream(directory / "password") << "pass word\n";
    asio::io_context context(1);
    VirtualClock clock(context, noon);
    MemoryNetwork network(clock);
    const auto blocking = make_inline_executor(clock);
    const auto zone = Zone::find("UTC").value();
    config::AlertReceiver receiver;
    receiver.name = "night";
    receiver.email = config::MailReceiver{.url = "smtp://mail.example.org:587",
                                          .from = "hil@example.org",
                                          .to = {"a@example.org"},
                                          .user = "hil",
                                          .password_file = directory / "password",
                                          .password_variable = {},
                                          .ca_file = {}};
    CHECK_FALSE(on_this_machine(receiver));
    std::vector<MailJob> jobs;
    Senders with{clock,
                 network,
                 *blocking,
                 zone,
                 [](const std::string&) { return std::nullopt; },
                 [&](const MailJob& job) {
                     jobs.push_back(job);
                     return std::string(jobs.size() == 1 ? "greylisted" : "");
                 }};
    auto sender = std::move(std::get<0>(make_sender(with, receiver)));
    Message message;
    message.kind = MessageKind::test;
    std::vector<std::string> came;
    TaskGroup tasks(clock);
    tasks.spawn("sender", [&]() -> awaitable<void> {
        came.push_back(co_await sender->send(message));
        came.push_back(co_await sender->send(message));
    });
    clock.run_for(1s);
    CHECK(came == std::vector<std::string>{"greylisted", ""});
    REQUIRE(jobs.size() == 2);
    CHECK(jobs[0].password == "pass word");
    CHECK_THAT(jobs[0].text, Contains("Subject: [hil-scheduler] this is a test"));
}

TEST_CASE("A mail to where nobody listens is not taken, and that is said") {
    MailJob job;
    job.receiver.url = "smtp://127.0.0.1:1";
    job.receiver.from = "hil@example.org";
    job.receiver.to = {"a@example.org"};
    CHECK_THAT(send_by_smtp(job), Contains("the mail was not taken: "));
}
