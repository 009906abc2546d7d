#include "net/tls.hpp"
#include "site.hpp"
#include "test/net/certificates.hpp"

#include <boost/asio/error.hpp>

using namespace hil;
using namespace hil::net;
using namespace hil::net::test;

namespace {

const std::string upgrade =
    "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\n"
    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

// One frame as a client sends it, masked.
std::string frame(unsigned char opcode, const std::string& payload, bool last = true) {
    std::string out(1, static_cast<char>((last ? 0x80u : 0u) | opcode));
    if (payload.size() < 126) {
        out.push_back(static_cast<char>(0x80u | payload.size()));
    } else if (payload.size() < 65536) {
        out.push_back(static_cast<char>(0x80u | 126u));
        out.push_back(static_cast<char>(payload.size() >> 8u));
        out.push_back(static_cast<char>(payload.size() & 0xFFu));
    } else {
        out.push_back(static_cast<char>(0x80u | 127u));
        for (unsigned shift = 64; shift > 0;) {
            shift -= 8;
            out.push_back(static_cast<char>((payload.size() >> shift) & 0xFFu));
        }
    }
    const std::string mask = "\x11\x22\x33\x44";
    out += mask;
    for (std::size_t i = 0; i < payload.size(); ++i)
        out.push_back(static_cast<char>(payload[i] ^ mask[i % 4]));
    return out;
}

struct Heard {
    unsigned opcode = 0;
    std::string payload;
    bool gone = false;

    [[nodiscard]] unsigned close_code() const {
        return payload.size() < 2
                   ? 0
                   : static_cast<unsigned char>(payload[0]) * 256u + static_cast<unsigned char>(payload[1]);
    }
};

awaitable<std::string> hear_exactly(ByteStream& stream, std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t done = 0; done < size;) {
        const auto more = co_await read_some(stream, asio::buffer(text.data() + done, size - done));
        if (!more) co_return std::string();
        done += *more;
    }
    co_return text;
}

// The next frame of the server, which does not mask.
awaitable<Heard> hear_frame(ByteStream& stream) {
    const auto head = co_await hear_exactly(stream, 2);
    if (head.empty()) co_return Heard{0, {}, true};
    std::size_t size = static_cast<unsigned char>(head[1]);
    CHECK(size < 128);
    for (std::size_t more = size == 126 ? 2u : size == 127 ? 8u : 0u; more > 0;) {
        const auto bytes = co_await hear_exactly(stream, more);
        size = 0;
        for (const char c : bytes)
            size = size * 256 + static_cast<unsigned char>(c);
        more = 0;
    }
    Heard heard{static_cast<unsigned char>(head[0]) & 0x0Fu, {}, false};
    if (size > 0) heard.payload = co_await hear_exactly(stream, size);
    co_return heard;
}

void say_all(WebSocket& socket, std::initializer_list<std::string> texts) {
    REQUIRE(socket.ready());
    std::vector<SharedFrame> frames;
    for (const auto& text : texts)
        frames.push_back(make_frame(text));
    socket.send(frames);
}

struct SocketSite : Site {
    std::function<awaitable<void>(std::shared_ptr<WebSocket>)> conversation;
    std::vector<std::string> received;
    error_code ended;

    SocketSite() {
        conversation = [this](std::shared_ptr<WebSocket> socket) { return echo(std::move(socket)); };
        answers->on_upgrade = [this](Request) -> awaitable<std::variant<Response, Server::Conversation>> {
            co_return Server::Conversation(conversation);
        };
    }

    awaitable<void> echo(std::shared_ptr<WebSocket> socket) {
        for (;;) {
            auto text = co_await socket->receive();
            if (!text) {
                ended = text.error();
                co_return;
            }
            received.push_back(*text);
            say_all(*socket, {*text});
        }
    }

    awaitable<std::shared_ptr<ByteStream>> open(std::string early = {}) {
        std::shared_ptr<ByteStream> stream = co_await dial();
        co_await say(*stream, upgrade + early);
        const auto head = co_await hear_until(*stream, "\r\n\r\n");
        CHECK(status_of(head) == 101);
        CHECK(head.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n") != std::string::npos);
        CHECK(head.find("Extensions") == std::string::npos);
        co_return stream;
    }
};

constexpr unsigned char text_frame = 1, binary_frame = 2, close_frame = 8, ping_frame = 9, pong_frame = 10;

}  // namespace

TEST_CASE("messages are echoed, also those that came with the upgrade, in pieces and byte by byte") {
    SocketSite site;
    site.network.on_dial = [](const Endpoint&) {
        MemoryNetwork::Dial dial;
        dial.to_server.max_chunk = 1;
        return dial;
    };
    site.serve();
    const std::string large(60000, 'l');
    site.run([&]() -> awaitable<void> {
        auto stream = co_await site.open(frame(text_frame, "early"));
        CHECK((co_await hear_frame(*stream)).payload == "early");
        co_await say(*stream,
                     frame(text_frame, "one ", false) + frame(ping_frame, "p") + frame(0, "message"));
        const auto pong = co_await hear_frame(*stream);
        CHECK(pong.opcode == pong_frame);
        CHECK(pong.payload == "p");
        CHECK((co_await hear_frame(*stream)).payload == "one message");
        co_await say(*stream, frame(text_frame, large));
        CHECK((co_await hear_frame(*stream)).payload == large);
        co_await say(*stream, frame(close_frame, std::string("\x03\xe8", 2)));
        const auto bye = co_await hear_frame(*stream);
        CHECK(bye.opcode == close_frame);
        CHECK(bye.close_code() == 1000);
        CHECK((co_await hear_frame(*stream)).gone);
        co_await site.clock.io_sleep_for(10ms);
    });
    CHECK(site.ended == asio::error::eof);
    CHECK(site.received.size() == 3);
    CHECK(site.server->connections() == 0);
    CHECK(site.answered.front().first == 101);
}

TEST_CASE("what is no text message ends the conversation with its close code") {
    const auto code_after = [](const std::string& bytes, errc wanted) {
        SocketSite site;
        Server::Limits limits;
        limits.message_bytes = 1000;
        site.serve(limits);
        unsigned code = 0;
        site.run([&]() -> awaitable<void> {
            auto stream = co_await site.open();
            co_await say(*stream, bytes);
            code = (co_await hear_frame(*stream)).close_code();
            stream->close();
            co_await site.clock.io_sleep_for(5s);
        });
        CHECK(site.ended == wanted);
        CHECK(site.received.empty());
        CHECK(site.server->connections() == 0);
        return code;
    };
    CHECK(code_after(frame(binary_frame, "x"), errc::malformed) == 1003);
    CHECK(code_after(frame(text_frame, std::string(1001, 'x')), errc::body_too_large) == 1009);
    CHECK(code_after(frame(text_frame, std::string(70000, 'x')), errc::body_too_large) == 1009);
    CHECK(code_after(frame(text_frame, std::string(600, 'x'), false) + frame(0, std::string(600, 'x')),
                     errc::body_too_large) == 1009);
    CHECK(code_after(frame(text_frame, "\xff\xff"), errc::malformed) == 1007);
    CHECK(code_after(std::string("\x81\x01x", 3), errc::malformed) == 1002);  // not masked
    CHECK(code_after(frame(3, "x"), errc::malformed) == 1002);                // no such frame
}

TEST_CASE("a peer that is silent is pinged, and given up when it does not answer") {
    SocketSite site;
    site.serve();
    Duration gone{};
    site.run([&]() -> awaitable<void> {
        auto stream = co_await site.open();
        const auto began = site.elapsed();
        for (int i = 1; i <= 3; ++i) {
            CHECK((co_await hear_frame(*stream)).opcode == ping_frame);
            CHECK(site.elapsed() - began == i * 25s);
            co_await say(*stream, frame(pong_frame, ""));
        }
        CHECK((co_await hear_frame(*stream)).opcode == ping_frame);
        CHECK((co_await hear_frame(*stream)).gone);
        gone = site.elapsed() - began;
        co_await site.clock.io_sleep_for(10ms);
    });
    CHECK(gone == 5 * 25s);
    CHECK(site.ended == errc::timeout);
    CHECK(site.server->connections() == 0);
}

TEST_CASE("a peer that does not read is given up after the write limit, holding one message at most") {
    SocketSite site;
    site.network.on_dial = [](const Endpoint&) {
        MemoryNetwork::Dial dial;
        dial.to_client.capacity = 1000;
        return dial;
    };
    int sent = 0;
    Duration ended{};
    site.conversation = [&](std::shared_ptr<WebSocket> socket) -> awaitable<void> {
        for (; socket->ready(); ++sent)
            say_all(*socket, {std::string(400, 'x')});
        site.ended = (co_await socket->receive()).error();
        ended = site.elapsed();
    };
    site.serve();
    site.run([&]() -> awaitable<void> {
        auto stream = co_await site.open();
        co_await site.clock.io_sleep_for(60s);
        CHECK(site.server->connections() == 0);
    });
    CHECK(site.ended == errc::timeout);
    CHECK(sent == 3);  // the last one in part
    CHECK(ended == 30s);
}

TEST_CASE("messages of every length arrive whole and in order, also when they are sent together") {
    const std::vector<std::size_t> lengths{0, 1, 125, 126, 65535, 65536, 70000};
    for (const std::size_t capacity : {std::size_t{100}, std::size_t{1} << 20u}) {
        SocketSite site;
        site.network.on_dial = [&](const Endpoint&) {
            MemoryNetwork::Dial dial;
            dial.to_client.capacity = capacity;
            return dial;
        };
        site.conversation = [&](std::shared_ptr<WebSocket> socket) -> awaitable<void> {
            std::vector<SharedFrame> frames;
            for (const auto length : lengths)
                frames.push_back(make_frame(std::string(length, 'x')));
            frames.push_back(make_frame("last"));
            socket->send(frames);
            (void)co_await socket->receive();
        };
        site.serve();
        site.run([&]() -> awaitable<void> {
            auto stream = co_await site.open();
            for (const auto length : lengths) {
                const auto heard = co_await hear_frame(*stream);
                CHECK(heard.opcode == text_frame);
                CHECK(heard.payload == std::string(length, 'x'));
            }
            CHECK((co_await hear_frame(*stream)).payload == "last");
        });
    }
}

TEST_CASE("what the protocol answers by itself comes between messages, never into one") {
    SocketSite site;
    site.network.on_dial = [](const Endpoint&) {
        MemoryNetwork::Dial dial;
        dial.to_client.capacity = 500;
        return dial;
    };
    int notified_ready = 0;
    site.conversation = [&](std::shared_ptr<WebSocket> socket) -> awaitable<void> {
        say_all(*socket, {std::string(5000, 'a')});
        CHECK_FALSE(socket->ready());
        socket->on_ready([&, s = socket.get()] {
            ++notified_ready;
            say_all(*s, {std::string(2000, 'b')});
            s->on_ready({});
        });
        (void)co_await socket->receive();
        CHECK_FALSE(socket->ready());  // the peer has said goodbye
    };
    site.serve();
    site.run([&]() -> awaitable<void> {
        auto stream = co_await site.open();
        co_await say(*stream, frame(ping_frame, "p"));
        co_await site.clock.io_sleep_for(1s);
        CHECK((co_await hear_frame(*stream)).payload == std::string(5000, 'a'));
        const auto pong = co_await hear_frame(*stream);
        CHECK(pong.opcode == pong_frame);
        CHECK(pong.payload == "p");
        co_await say(*stream, frame(close_frame, std::string("\x03\xe8", 2)));
        co_await site.clock.io_sleep_for(1ms);
        CHECK((co_await hear_frame(*stream)).payload == std::string(2000, 'b'));
        CHECK((co_await hear_frame(*stream)).opcode == close_frame);
        CHECK((co_await hear_frame(*stream)).gone);
        co_await site.clock.io_sleep_for(10ms);
    });
    CHECK(notified_ready == 1);
    CHECK(site.server->connections() == 0);
}

TEST_CASE("over TLS messages arrive whole, with what the protocol answers between them") {
    Authority authority;
    const auto certificate = authority.issue();
    SocketSite site;
    site.conversation = [&](std::shared_ptr<WebSocket> socket) -> awaitable<void> {
        say_all(*socket, {"one", std::string(100'000, 'x')});
        socket->on_ready([s = socket.get()] {
            s->on_ready({});
            say_all(*s, {"last"});
        });
        co_await site.echo(std::move(socket));
    };
    Server server(site.clock, std::move(site.network.listen(place).value()), site.answers,
                  ServerTls{certificate.certificate_file, certificate.key_file}, {});
    site.spawn([&] { return server.run(); });
    site.run([&]() -> awaitable<void> {
        auto plain = co_await site.dial();
        auto secure = co_await TlsContext::client(authority.ca_file())
                          ->connect(site.clock, std::move(plain), place.host, site.elapsed() + 5s);
        REQUIRE(secure.has_value());
        auto& stream = **secure;
        co_await say(stream, upgrade + frame(ping_frame, "p"));
        CHECK(status_of(co_await hear_until(stream, "\r\n\r\n")) == 101);
        std::vector<std::string> heard;
        for (int i = 0; i < 4; ++i)
            heard.push_back((co_await hear_frame(stream)).payload);
        CHECK(heard == std::vector<std::string>{"one", std::string(100'000, 'x'), "p", "last"});
        co_await say(stream, frame(text_frame, "and back"));
        CHECK((co_await hear_frame(stream)).payload == "and back");
        co_await server.stop(0s);
    });
    CHECK(site.received == std::vector<std::string>{"and back"});
}

TEST_CASE("a goodbye waits for the message that is on its way, and takes nothing after it") {
    SocketSite site;
    site.network.on_dial = [](const Endpoint&) {
        MemoryNetwork::Dial dial;
        dial.to_client.capacity = 500;
        return dial;
    };
    site.conversation = [&](std::shared_ptr<WebSocket> socket) -> awaitable<void> {
        say_all(*socket, {std::string(5000, 'a')});
        socket->close(1008, "policy");
        socket->on_ready([] { FAIL_CHECK("nothing follows a goodbye"); });
        site.ended = (co_await socket->receive()).error();
    };
    site.serve();
    site.run([&]() -> awaitable<void> {
        auto stream = co_await site.open();
        CHECK((co_await hear_frame(*stream)).payload == std::string(5000, 'a'));
        CHECK((co_await hear_frame(*stream)).close_code() == 1008);
        stream->close();
        co_await site.clock.io_sleep_for(10ms);
    });
    CHECK(site.ended == asio::error::eof);
    CHECK(site.server->connections() == 0);
}

TEST_CASE("closing says the code and the reason, and ends although the peer does not answer") {
    SocketSite site;
    site.conversation = [&](std::shared_ptr<WebSocket> socket) -> awaitable<void> {
        socket->close(1008, "policy");
        site.ended = (co_await socket->receive()).error();
    };
    site.serve();
    site.run([&]() -> awaitable<void> {
        auto stream = co_await site.open();
        const auto bye = co_await hear_frame(*stream);
        CHECK(bye.opcode == close_frame);
        CHECK(bye.close_code() == 1008);
        CHECK(bye.payload.substr(2) == "policy");
        CHECK((co_await hear_frame(*stream)).gone);
        co_await site.clock.io_sleep_for(10ms);
    });
    CHECK(site.ended == asio::error::eof);
    CHECK(site.server->connections() == 0);
}

TEST_CASE("a goodbye said just before the conversation returns still reaches the peer") {
    SocketSite site;
    site.conversation = [&](std::shared_ptr<WebSocket> socket) -> awaitable<void> {
        say_all(*socket, {"last words"});
        socket->close(1013, "try again later");
        co_return;
    };
    site.serve();
    site.run([&]() -> awaitable<void> {
        auto stream = co_await site.open();
        CHECK((co_await hear_frame(*stream)).payload == "last words");
        CHECK((co_await hear_frame(*stream)).close_code() == 1013);
        co_await say(*stream, frame(close_frame, std::string("\x03\xf5", 2)));
        CHECK((co_await hear_frame(*stream)).gone);
    });
}

TEST_CASE("a server that stops says 1001 to its sockets and does not wait for the silent") {
    SocketSite site;
    site.serve();
    Duration stopped{};
    site.run([&]() -> awaitable<void> {
        auto polite = co_await site.open();
        auto silent = co_await site.open();
        const auto began = site.elapsed();
        site.spawn([&, began]() -> awaitable<void> {
            co_await site.server->stop(1s);
            stopped = site.elapsed() - began;
        });
        CHECK((co_await hear_frame(*polite)).close_code() == 1001);
        co_await say(*polite, frame(close_frame, std::string("\x03\xe9", 2)));
        CHECK((co_await hear_frame(*polite)).gone);
        CHECK((co_await hear_frame(*silent)).close_code() == 1001);
        CHECK((co_await hear_frame(*silent)).gone);
        co_await site.clock.io_sleep_for(10ms);
    });
    CHECK(stopped == 1s);
    CHECK(site.server->connections() == 0);
}

TEST_CASE("an upgrade can be refused, by the handler or for its form, and the connection stays") {
    Site site;
    site.serve();
    std::string answer;
    site.run([&]() -> awaitable<void> {
        auto stream = co_await site.dial();
        auto old = upgrade, keyless = upgrade;
        old.replace(old.find("Version: 13"), 11, "Version: 8");
        keyless.replace(keyless.find("Key: dGhl"), 9, "Key: ");
        co_await say(*stream,
                     upgrade + old + keyless + "GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        answer = co_await hear_all(*stream);
    });
    CHECK(answer.find("HTTP/1.1 404 ") == 0);
    CHECK(answer.find("HTTP/1.1 426 ") != std::string::npos);
    CHECK(answer.find("Sec-WebSocket-Version: 13") != std::string::npos);
    CHECK(answer.find("HTTP/1.1 400 ") != std::string::npos);
    CHECK(answer.ends_with("GET /last "));
}

TEST_CASE("what a conversation throws ends its socket only") {
    SocketSite site;
    site.conversation = [](std::shared_ptr<WebSocket>) -> awaitable<void> {
        throw std::runtime_error("lost");
        co_return;
    };
    site.serve();
    site.run([&]() -> awaitable<void> {
        auto stream = co_await site.open();
        CHECK((co_await hear_frame(*stream)).opcode == close_frame);
    });
    CHECK(site.failures == std::vector<std::string>{"lost"});
}
