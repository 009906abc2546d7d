// A server, its clients and bare connections on a network in memory, in virtual time.
#pragma once

#include "base/memory_network.hpp"
#include "base/task_group.hpp"
#include "net/client.hpp"
#include "net/errors.hpp"
#include "net/server.hpp"
#include "support/catch.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace hil::net::test {

using namespace std::chrono_literals;

// Asks the test what to answer.
class Answers final : public Server::Handler {
  public:
    std::function<awaitable<Response>(Request)> on_request;
    std::function<awaitable<std::variant<Response, Server::Conversation>>(Request)> on_upgrade;
    std::function<std::size_t(const Request&, std::size_t)> limit;
    std::vector<Request> seen;

    std::size_t body_limit(const Request& header, std::size_t usual) const override {
        return limit ? limit(header, usual) : usual;
    }
    awaitable<Response> handle(Request request) override {
        seen.push_back(request);
        if (on_request) co_return co_await on_request(std::move(request));
        Response response;
        response.headers.set("Content-Type", "text/plain");
        response.body = request.method + " " + request.target + " " + request.body;
        co_return response;
    }
    awaitable<std::variant<Response, Server::Conversation>> upgrade(Request request) override {
        seen.push_back(request);
        if (on_upgrade) co_return co_await on_upgrade(std::move(request));
        Response response;
        response.status = 404;
        co_return response;
    }
};

inline const Endpoint place{"127.0.0.1", 8050};

struct Site {
    asio::io_context context{1};
    VirtualClock clock{context, WallTime{std::chrono::sys_days{std::chrono::year{2025} / 10 / 1}}};
    MemoryNetwork network{clock};
    std::vector<std::string> failures;
    TaskGroup tasks{clock,
                    [](const TaskFailure& failure) { FAIL_CHECK(failure.task << ": " << failure.what); }};
    std::shared_ptr<Answers> answers = std::make_shared<Answers>();
    std::vector<std::pair<unsigned, Duration>> answered;
    std::unique_ptr<Server> server;

    void serve(Server::Limits limits = {}) {
        Server::Hooks hooks;
        hooks.on_answer = [this](const Request&, unsigned status, Duration took) {
            answered.emplace_back(status, took);
        };
        hooks.on_failure = [this](const TaskFailure& failure) { failures.emplace_back(failure.what); };
        server = std::make_unique<Server>(clock, std::move(network.listen(place).value()), answers,
                                          std::nullopt, limits, std::move(hooks));
        spawn([this] { return server->run(); });
    }

    void spawn(TaskGroup::Body body) { tasks.spawn("test", std::move(body)); }

    // Runs the body to its end, however long it takes in virtual time; not beyond an hour.
    void run(TaskGroup::Body body) {
        bool over = false;
        spawn([&over, body = std::move(body)]() -> awaitable<void> {
            co_await body();
            over = true;
        });
        for (int i = 0; i < 36000 && !over; ++i)
            clock.run_for(100ms);
        CHECK(over);
    }

    [[nodiscard]] Duration elapsed() const { return clock.now().time_since_epoch(); }

    Url origin() const { return parse_url("http://" + to_string(place)).value(); }
    std::unique_ptr<Client> client(Client::Options options = {}) {
        return std::make_unique<Client>(clock, network, origin(), std::move(options));
    }
    awaitable<std::unique_ptr<ByteStream>> dial() {
        auto stream = co_await network.connect(place, 5s);
        co_return std::move(stream.value());
    }
};

inline awaitable<void> say(ByteStream& stream, std::string text) {
    CHECK(co_await write_all(stream, asio::buffer(text)));
}

// Everything until the peer closes.
inline awaitable<std::string> hear_all(ByteStream& stream) {
    std::string text;
    std::array<char, 4096> buffer{};
    for (;;) {
        const auto size = co_await read_some(stream, asio::buffer(buffer));
        if (!size) co_return text;
        text.append(buffer.data(), *size);
    }
}

// Everything up to and with `end`, or until the peer closes.
inline awaitable<std::string> hear_until(ByteStream& stream, std::string end) {
    std::string text;
    char c = 0;
    while (!text.ends_with(end)) {
        const auto size = co_await read_some(stream, asio::buffer(&c, 1));
        if (!size) co_return text;
        text.push_back(c);
    }
    co_return text;
}

inline unsigned status_of(const std::string& answer) {
    return answer.size() > 12 && answer.starts_with("HTTP/1.1 ")
               ? static_cast<unsigned>(std::stoul(answer.substr(9, 3)))
               : 0;
}

inline Request get(std::string target) {
    Request request;
    request.target = std::move(target);
    return request;
}

inline Request post(std::string target, std::string body) {
    Request request;
    request.method = "POST";
    request.target = std::move(target);
    request.body = std::move(body);
    return request;
}

}  // namespace hil::net::test
