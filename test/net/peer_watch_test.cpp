// What a server notices of its peers while it is busy with them: one that goes away, one that goes on
// sending.
#include "site.hpp"

namespace hil::net {
namespace {

using namespace test;

const std::string question = "GET /long HTTP/1.1\r\nHost: x\r\n\r\n";

// Answers /long after a minute, or as soon as it is asked to stop, with what it knows by then.
void answer_after_a_minute(Site& site, std::vector<std::string>& ends) {
    site.answers->on_request = [&site, &ends](Request asked) -> awaitable<Response> {
        Response response;
        response.body = "whole";
        if (asked.target != "/long") co_return response;
        const auto stop = asked.watch_peer();
        for (int s = 0; s < 60 && !stop.stop_requested(); ++s)
            co_await site.clock.io_sleep_for(1s);
        response.body = stop.stop_requested() ? "cut" : "whole";
        ends.push_back(response.body);
        co_return response;
    };
}

TEST_CASE("work for a peer that goes away is asked to stop") {
    Site site;
    std::vector<std::string> ends;
    answer_after_a_minute(site, ends);
    site.serve();
    site.run([&]() -> awaitable<void> {
        auto stream = co_await site.dial();
        co_await say(*stream, question);
        co_await site.clock.io_sleep_for(3s);
        stream->close();
        co_await site.clock.io_sleep_for(2s);
    });
    CHECK(ends == std::vector<std::string>{"cut"});
    CHECK(site.server->connections() == 0);
}

TEST_CASE("a peer that waits, or asks the next thing meanwhile, has its answers whole") {
    Site site;
    std::vector<std::string> ends;
    answer_after_a_minute(site, ends);
    site.serve();
    std::string heard;
    site.run([&]() -> awaitable<void> {
        auto stream = co_await site.dial();
        co_await say(*stream, question);
        co_await site.clock.io_sleep_for(3s);
        co_await say(*stream, "GET /next HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        heard = co_await hear_all(*stream);
    });
    CHECK(ends == std::vector<std::string>{"whole"});
    REQUIRE(site.answered.size() == 2);
    CHECK(site.answered[0] == std::pair<unsigned, Duration>{200, 60s});
    CHECK(heard.ends_with("whole"));
}

TEST_CASE("a server that stops asks for what there is, and sends it") {
    Site site;
    std::vector<std::string> ends;
    answer_after_a_minute(site, ends);
    site.serve();
    std::string heard;
    site.run([&]() -> awaitable<void> {
        std::shared_ptr<ByteStream> stream = co_await site.dial();
        co_await say(*stream, question);
        site.spawn([&, stream]() -> awaitable<void> { heard = co_await hear_all(*stream); });
        co_await site.clock.io_sleep_for(10500ms);
        co_await site.server->stop(1s);
    });
    CHECK(ends == std::vector<std::string>{"cut"});
    CHECK(heard.ends_with("cut"));
    CHECK(site.failures.empty());
}

// A client as most are: it looks for an answer when everything is sent. What it got, and when it was done.
std::string sent_whole(std::size_t pieces, Duration pause) {
    Site site;
    site.serve();
    std::string answer;
    bool whole = true;
    site.run([&]() -> awaitable<void> {
        constexpr std::size_t piece = 1u << 20u;
        auto stream = co_await site.dial();
        co_await say(*stream, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " +
                                  std::to_string(pieces * piece) + "\r\n\r\n");
        const std::string text(piece, 'x');
        for (std::size_t i = 0; i < pieces && whole; ++i) {
            whole = bool(co_await write_all(*stream, asio::buffer(text)));
            co_await site.clock.io_sleep_for(pause);
        }
        if (whole) answer = co_await hear_until(*stream, "}\n");
    });
    CHECK(site.server->connections() <= 1);
    return whole ? answer : "cut off while sending";
}

TEST_CASE("a client that is still sending what is too large can read that it is") {
    CHECK(status_of(sent_whole(40, 0ms)) == 413);
    CHECK(status_of(sent_whole(20, 1s)) == 413);  // slower than any network
}

TEST_CASE("but not for ever: who sends on and on, or falls silent, is cut off") {
    CHECK(sent_whole(300, 0ms) == "cut off while sending");
    CHECK(sent_whole(50, 1s) == "cut off while sending");
    CHECK(sent_whole(4, 5s) == "cut off while sending");
}

}  // namespace
}  // namespace hil::net
