#include "site.hpp"

#include "base/random.hpp"

#include <boost/asio/error.hpp>

using namespace hil;
using namespace hil::net;
using namespace hil::net::test;

namespace {

// What a server with these limits says to these bytes until it closes, or has been silent for two minutes.
std::string reply(const std::string& bytes, Server::Limits limits = {}) {
    Site site;
    site.serve(limits);
    std::string answer;
    site.run([&]() -> awaitable<void> {
        auto stream = co_await site.dial();
        co_await say(*stream, bytes);
        answer = co_await hear_all(*stream);
    });
    return answer;
}

std::size_t count(const std::string& text, std::string_view part) {
    std::size_t n = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
        ++n;
    return n;
}

}  // namespace

TEST_CASE("a request is answered with length, date and the fields of the handler") {
    Site site;
    site.serve();
    std::string answer;
    site.run([&]() -> awaitable<void> {
        auto stream = co_await site.dial();
        co_await say(*stream, "POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nxyz");
        answer = co_await hear_until(*stream, "POST /a?b=c xyz");
    });
    CHECK(answer ==
          "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDate: Wed, 01 Oct 2025 00:00:00 GMT\r\n"
          "Content-Length: 15\r\n\r\nPOST /a?b=c xyz");
    REQUIRE(site.answers->seen.size() == 1);
    CHECK(site.answers->seen[0].peer == "127.0.0.1");
    CHECK_FALSE(site.answers->seen[0].tls);
    CHECK(site.answered == std::vector<std::pair<unsigned, Duration>>{{200, 0ns}});
}

TEST_CASE("bytes may arrive one by one") {
    Site site;
    site.network.on_dial = [](const Endpoint&) {
        MemoryNetwork::Dial dial;
        dial.to_server.max_chunk = 1;
        return dial;
    };
    site.serve();
    std::string answer;
    site.run([&]() -> awaitable<void> {
        auto stream = co_await site.dial();
        co_await say(*stream,
                     "POST /one HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "3;note=1\r\nabc\r\n4\r\ndefg\r\n0\r\nTrailer: t\r\n\r\n"
                     "GET /two HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        answer = co_await hear_all(*stream);
    });
    CHECK(count(answer, "POST /one abcdefg") == 1);
    CHECK(count(answer, "GET /two ") == 1);
    REQUIRE(site.answers->seen.size() == 2);
    CHECK_FALSE(site.answers->seen[0].headers.find("Trailer"));
}

TEST_CASE("pipelined requests are answered in order, each after the one before") {
    Site site;
    site.serve();
    int under_way = 0, most = 0;
    site.answers->on_request = [&](Request request) -> awaitable<Response> {
        most = std::max(most, ++under_way);
        co_await site.clock.io_sleep_for(10ms);
        --under_way;
        Response response;
        response.body = request.target + ";";
        co_return response;
    };
    std::string answer, wanted;
    site.run([&]() -> awaitable<void> {
        auto stream = co_await site.dial();
        std::string all;
        for (int i = 0; i < 50; ++i)
            all += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n";
        co_await say(*stream, all);
        answer = co_await hear_until(*stream, "/49;");
    });
    CHECK(most == 1);
    std::size_t at = 0;
    for (int i = 0; i < 50; ++i) {
        const auto next = answer.find("/" + std::to_string(i) + ";", at);
        REQUIRE(next != std::string::npos);
        at = next;
    }
}

TEST_CASE("HEAD has the length of GET and no body") {
    const auto answer = reply("HEAD /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    CHECK(count(answer, "Content-Length: 8\r\n") == 1);
    CHECK(answer.ends_with("\r\n\r\n"));
}

TEST_CASE("HTTP/1.0 closes unless asked to stay") {
    const auto once = reply("GET /a HTTP/1.0\r\n\r\nGET /b HTTP/1.0\r\n\r\n");
    CHECK(count(once, "GET /a") == 1);
    CHECK(count(once, "GET /b") == 0);
    CHECK(count(once, "Connection: close\r\n") == 1);
    const auto twice = reply("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /b HTTP/1.0\r\n\r\n");
    CHECK(count(twice, "Connection: keep-alive\r\n") == 1);
    CHECK(count(twice, "GET /b") == 1);
}

TEST_CASE("what two readers could understand differently is refused") {
    const std::string head = "POST / HTTP/1.1\r\nHost: x\r\n";
    const auto status = [&](const std::string& rest) { return status_of(reply(head + rest)); };
    CHECK(status("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") == 400);
    CHECK(status("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n") == 400);
    CHECK(status("Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd") == 400);
    CHECK(status("Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd") == 400);
    CHECK(status("Content-Length: 4, 4\r\n\r\nabcd") == 400);
    CHECK(status("Content-Length: +4\r\n\r\nabcd") == 400);
    CHECK(status("Content-Length: -1\r\n\r\n") == 400);
    CHECK(status("Content-Length: 99999999999999999999\r\n\r\n") == 400);
    CHECK(status("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") == 400);
    CHECK(status("Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n") == 501);
    CHECK(status("Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n") == 400);
    CHECK(status("Host: y\r\n\r\n") == 400);
    CHECK(status("Content-Length : 4\r\n\r\nabcd") == 400);
    CHECK(status("Expect: a-miracle\r\n\r\n") == 417);
    CHECK(status_of(reply("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")) == 400);
    CHECK(status_of(reply("GET / HTTP/1.1\r\n\r\n")) == 400);
    CHECK(status_of(reply("GET / HTTP/2.0\r\nHost: x\r\n\r\n")) == 505);
    CHECK(status_of(reply("GET /\r\n\r\n")) == 400);
    CHECK(status_of(reply("\x16\x03\x01 not HTTP at all\r\n\r\n")) == 400);
}

TEST_CASE("what the server answers by itself is a problem document") {
    const auto answer = reply("GET / HTTP/1.1\r\n\r\n");
    CHECK(count(answer, "Content-Type: application/problem+json\r\n") == 1);
    CHECK(count(answer, "Connection: close\r\n") == 1);
    CHECK(answer.ends_with(R"({"type":"about:blank","title":"Bad Request","status":400,)"
                           R"("detail":"Exactly one Host field is needed."})"
                           "\n"));
}

TEST_CASE("header and body have their limits") {
    Server::Limits limits;
    limits.header_bytes = 1000;
    limits.body_bytes = 100;
    const auto with_header = [](std::size_t size) {
        return "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX: " + std::string(size, 'a') + "\r\n\r\n";
    };
    CHECK(status_of(reply(with_header(800), limits)) == 200);
    CHECK(status_of(reply(with_header(1000), limits)) == 431);
    CHECK(status_of(reply(with_header(1000000), limits)) == 431);
    const auto with_body = [](std::size_t size, std::string body) {
        return "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " + std::to_string(size) +
               "\r\n\r\n" + body;
    };
    CHECK(status_of(reply(with_body(100, std::string(100, 'b')), limits)) == 200);
    CHECK(status_of(reply(with_body(101, std::string(101, 'b')), limits)) == 413);
    CHECK(status_of(reply(with_body(1000000000000, ""), limits)) == 413);
    const std::string chunked =
        "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    std::string hundred;
    for (int i = 0; i < 100; ++i)
        hundred += "1\r\nc\r\n";
    CHECK(status_of(reply(chunked + hundred + "0\r\n\r\n", limits)) == 200);
    CHECK(status_of(reply(chunked + hundred + "1\r\nc\r\n0\r\n\r\n", limits)) == 413);
    CHECK(status_of(reply(chunked + "65\r\n" + std::string(101, 'c') + "\r\n0\r\n\r\n", limits)) == 413);
    CHECK(status_of(reply(chunked + "1;" + std::string(100000, 'e'), limits)) == 400);
}

TEST_CASE("the handler may allow a larger body for one route") {
    Site site;
    site.answers->limit = [](const Request& header, std::size_t usual) {
        return header.target == "/import" ? 1000 : usual;
    };
    Server::Limits limits;
    limits.body_bytes = 10;
    site.serve(limits);
    std::string import, other;
    site.run([&]() -> awaitable<void> {
        const std::string rest = " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 500\r\n\r\n" +
                                 std::string(500, 'a');
        auto first = co_await site.dial();
        co_await say(*first, "POST /import" + rest);
        import = co_await hear_all(*first);
        auto second = co_await site.dial();
        co_await say(*second, "POST /other" + rest);
        other = co_await hear_all(*second);
    });
    CHECK(status_of(import) == 200);
    CHECK(status_of(other) == 413);
}

TEST_CASE("a header or a body that does not come in time is answered 408; an idle connection just ends") {
    Site site;
    site.serve();
    const auto ended = [&](std::string first, std::string drip) {
        std::pair<unsigned, Duration> out;
        const auto began = site.elapsed();
        site.run([&]() -> awaitable<void> {
            std::shared_ptr<ByteStream> stream = co_await site.dial();
            co_await say(*stream, first);
            bool over = false;
            if (!drip.empty()) {
                site.spawn([&, stream]() -> awaitable<void> {
                    while (!over && co_await write_all(*stream, asio::buffer(drip)))
                        co_await site.clock.io_sleep_for(500ms);
                });
            }
            const auto text = co_await hear_until(*stream, "}\n");
            over = true;
            out = {status_of(text), site.elapsed() - began};
            stream->close();
            co_await site.clock.io_sleep_for(1s);
        });
        return out;
    };
    CHECK(ended("G", "") == std::pair<unsigned, Duration>{408, 10s});
    CHECK(ended("GET / HTTP/1.1\r\nHost: x\r\nX: ", "a") == std::pair<unsigned, Duration>{408, 10s});
    CHECK(ended("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n", "b") ==
          std::pair<unsigned, Duration>{408, 30s});
    CHECK(ended("", "") == std::pair<unsigned, Duration>{0, 60s});
    CHECK(site.server->connections() == 0);
}

TEST_CASE("a client that waits for 100 Continue is told to go on, or refused before it sends") {
    Site site;
    Server::Limits limits;
    limits.body_bytes = 10;
    site.serve(limits);
    std::string interim, answer, refused;
    site.run([&]() -> awaitable<void> {
        const std::string head =
            "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: ";
        auto stream = co_await site.dial();
        co_await say(*stream, head + "4\r\n\r\n");
        interim = co_await hear_until(*stream, "\r\n\r\n");
        co_await say(*stream, "body");
        answer = co_await hear_all(*stream);
        auto other = co_await site.dial();
        co_await say(*other, head + "40\r\n\r\n");
        refused = co_await hear_until(*other, "\r\n\r\n");
    });
    CHECK(interim == "HTTP/1.1 100 Continue\r\n\r\n");
    CHECK(answer.ends_with("POST / body"));
    CHECK(status_of(refused) == 413);
}

TEST_CASE("one connection too many is told so, and there is room again when one has ended") {
    Site site;
    Server::Limits limits;
    limits.connections = 2;
    site.serve(limits);
    site.answers->on_request = [&](Request asked) -> awaitable<Response> {
        if (asked.target == "/long") co_await site.clock.io_sleep_for(1min);
        co_return Response{};
    };
    std::string refused, later;
    site.run([&]() -> awaitable<void> {
        auto first = co_await site.dial();
        auto second = co_await site.dial();
        for (auto* busy : {first.get(), second.get()})
            co_await say(*busy, "GET /long HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        co_await site.clock.io_sleep_for(10ms);
        const std::string request = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        auto third = co_await site.dial();
        co_await say(*third, request);
        refused = co_await hear_all(*third);
        (void)co_await hear_all(*first);
        auto fourth = co_await site.dial();
        co_await say(*fourth, request);
        later = co_await hear_all(*fourth);
    });
    CHECK(status_of(refused) == 503);
    CHECK(status_of(later) == 200);
    CHECK(site.answers->seen.size() == 3);
}

TEST_CASE("what a handler throws becomes a 500 without details, and the connection stays [D-28]", "[D-28]") {
    Site site;
    site.serve();
    site.answers->on_request = [](Request request) -> awaitable<Response> {
        if (request.target == "/bad") throw std::runtime_error("secret");
        Response response;
        if (request.target == "/split") response.headers.set("X", "a\r\nSet-Cookie: b");
        response.body = "fine";
        co_return response;
    };
    std::string answer;
    site.run([&]() -> awaitable<void> {
        auto stream = co_await site.dial();
        co_await say(*stream,
                     "GET /bad HTTP/1.1\r\nHost: x\r\n\r\nGET /split HTTP/1.1\r\nHost: x\r\n\r\n"
                     "GET /good HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        answer = co_await hear_all(*stream);
    });
    CHECK(count(answer, "HTTP/1.1 500 ") == 2);
    CHECK(count(answer, "secret") == 0);
    CHECK(count(answer, "Set-Cookie") == 0);
    CHECK(answer.ends_with("fine"));
    REQUIRE(site.failures.size() == 2);
    CHECK(site.failures[0] == "secret");
}

TEST_CASE("a body made in pieces goes out chunked, a shared one whole, a broken one is seen to be cut") {
    Site site;
    site.serve();
    const auto shared = std::make_shared<const std::string>(300000, 's');
    site.answers->on_request = [&](Request request) -> awaitable<Response> {
        Response response;
        if (request.target == "/shared") {
            response.shared_body = shared;
            co_return response;
        }
        response.pieces = [&site, n = 0,
                           cut = request.target == "/cut"]() mutable -> awaitable<result<std::string>> {
            co_await site.clock.io_sleep_for(1s);
            ++n;
            if (cut && n == 3) co_return error_code(asio::error::operation_aborted);
            co_return n <= 5 ? "piece " + std::to_string(n) + ";" : std::string();
        };
        co_return response;
    };
    result<Response> whole = errc::closed, cut = errc::closed, large = errc::closed;
    std::string bare;
    site.run([&]() -> awaitable<void> {
        auto client = site.client();
        whole = co_await client->send(get("/whole"));
        large = co_await client->send(get("/shared"));
        cut = co_await client->send(get("/cut"));
        auto stream = co_await site.dial();
        co_await say(*stream, "GET /old HTTP/1.0\r\n\r\n");
        bare = co_await hear_all(*stream);
    });
    REQUIRE(whole);
    CHECK(whole->body == "piece 1;piece 2;piece 3;piece 4;piece 5;");
    CHECK(whole->headers.find("transfer-encoding") == "chunked");
    REQUIRE(large);
    CHECK(large->body == *shared);
    CHECK(cut.error() == errc::closed);
    CHECK(bare.ends_with("\r\n\r\npiece 1;piece 2;piece 3;piece 4;piece 5;"));
}

TEST_CASE("a peer that does not read its answer is given up") {
    Site site;
    site.network.on_dial = [](const Endpoint&) {
        MemoryNetwork::Dial dial;
        dial.to_client.capacity = 1000;
        return dial;
    };
    site.serve();
    site.answers->on_request = [](Request) -> awaitable<Response> {
        Response response;
        response.body = std::string(1000000, 'a');
        co_return response;
    };
    site.run([&]() -> awaitable<void> {
        auto stream = co_await site.dial();
        co_await say(*stream, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        co_await site.clock.io_sleep_for(29s);
        CHECK(site.server->connections() == 1);
        co_await site.clock.io_sleep_for(2s);
        CHECK(site.server->connections() == 0);
    });
}

TEST_CASE("stop ends idle connections at once, lets requests finish within the grace and cuts the rest") {
    Site site;
    site.serve();
    site.answers->on_request = [&](Request request) -> awaitable<Response> {
        co_await site.clock.io_sleep_for(request.target == "/short" ? 500ms : 1h);
        Response response;
        response.body = "done";
        co_return response;
    };
    std::string in_time, too_late;
    Duration idle_ended{}, stopped{};
    site.run([&]() -> awaitable<void> {
        auto idle = co_await site.dial();
        auto first = co_await site.dial();
        auto second = co_await site.dial();
        co_await say(*first, "GET /short HTTP/1.1\r\nHost: x\r\n\r\n");
        co_await say(*second, "GET /long HTTP/1.1\r\nHost: x\r\n\r\n");
        co_await site.clock.io_sleep_for(100ms);
        site.spawn([&]() -> awaitable<void> {
            co_await site.server->stop(1s);
            stopped = site.elapsed();
        });
        CHECK((co_await hear_all(*idle)).empty());
        idle_ended = site.elapsed();
        in_time = co_await hear_all(*first);
        too_late = co_await hear_all(*second);
        const auto refused = co_await site.network.connect(place, 1s);
        CHECK(refused.error() == asio::error::connection_refused);
    });
    CHECK(idle_ended == 100ms);
    CHECK(count(in_time, "Connection: close\r\n") == 1);
    CHECK(in_time.ends_with("done"));
    CHECK(too_late.empty());
    CHECK(stopped == 1100ms);
    CHECK(site.server->connections() == 0);
}

TEST_CASE("nothing a peer sends brings the server down or stays unanswered without an end") {
    const std::string good =
        "POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nX-A: b\r\n\r\n"
        "5\r\nhello\r\n0\r\n\r\nGET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    Random random(20251001);
    Site site;
    site.network.on_dial = [&](const Endpoint&) {
        MemoryNetwork::Dial dial;
        dial.to_server.max_chunk = 1 + random.below(40);
        return dial;
    };
    Server::Limits limits;
    limits.header_timeout = limits.body_timeout = limits.idle_timeout = 1s;
    site.serve(limits);
    site.run([&]() -> awaitable<void> {
        for (int round = 0; round < 400; ++round) {
            std::string text = good;
            for (std::uint64_t change = random.below(6); change-- > 0;) {
                const auto at = random.below(text.size());
                switch (random.below(4)) {
                    case 0:
                        text[at] = static_cast<char>(random.below(256));
                        break;
                    case 1:
                        text.erase(at, random.below(20));
                        break;
                    case 2:
                        text.insert(at, text.substr(random.below(text.size()), random.below(60)));
                        break;
                    default:
                        text.insert(at, 1, "\r\n\0:; 0\xff"[random.below(8)]);
                }
                if (text.empty()) text = "x";
            }
            auto stream = co_await site.dial();
            (void)co_await write_all(*stream, asio::buffer(text));
            const auto answer = co_await hear_all(*stream);
            CHECK((answer.empty() || status_of(answer) != 0));
        }
    });
    CHECK(site.failures.empty());
    CHECK(site.server->connections() == 0);
}
