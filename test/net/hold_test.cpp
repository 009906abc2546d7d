// How a request and the pace of a scaled clock go together. The clock is paused by its holds, so what is
// compared is site time, not how long anything took.
#include "site.hpp"

using namespace hil;
using namespace hil::net;
using namespace hil::net::test;

namespace {

// A day of site time would pass in less than a second.
constexpr double speed = 100000;

struct FastSite {
    asio::io_context context{1};
    ScaledClock clock{context, WallTime{}, speed};
    MemoryNetwork network{clock};
    TaskGroup tasks{clock,
                    [](const TaskFailure& failure) { FAIL_CHECK(failure.task << ": " << failure.what); }};
    std::shared_ptr<Answers> answers = std::make_shared<Answers>();

    // Site time that passes while each of these requests is under way; the server takes `delay` of real time.
    std::vector<Duration> passed_during(int requests, const std::string& host, Duration delay,
                                        Client::Options options) {
        const Endpoint at{host, 80};
        Server server(clock, std::move(network.listen(at).value()), answers, std::nullopt, {});
        answers->on_request = [this, &delay](Request) -> awaitable<Response> {
            co_await clock.io_sleep_for(delay);
            co_return Response{};
        };
        tasks.spawn("server", [&] { return server.run(); });
        Client client(clock, network, parse_url("http://" + host).value(), options);
        std::vector<Duration> out;
        tasks.spawn("test", [&]() -> awaitable<void> {
            for (int i = 0; i < requests; ++i) {
                const auto before = clock.now();
                (void)co_await client.send(get("/"));
                out.push_back(clock.now() - before);
            }
            co_await server.stop(0s);
            clock.stop();
        });
        clock.run();
        return out;
    }
};

}  // namespace

TEST_CASE("site time stands while a platform on this machine is asked") {
    FastSite site;
    for (const auto passed : site.passed_during(3, "127.0.0.1", 3ms, {}))
        CHECK(passed == 0s);
}

TEST_CASE("site time goes on while a platform elsewhere is asked") {
    FastSite site;
    for (const auto passed : site.passed_during(2, "10.0.0.1", 3ms, {}))
        CHECK(passed > 0s);
}

TEST_CASE(
    "a platform that does not answer stops site time for a moment, and not again before it has answered") {
    FastSite site;
    Client::Options options;
    options.total_timeout = 20ms;
    options.hold = 5ms;
    const auto passed = site.passed_during(3, "127.0.0.1", 1h, options);
    REQUIRE(passed.size() == 3);
    for (const auto p : passed)
        CHECK(p > 0s);
}
