// A platform that answers as a test says, and remembers what it was asked.
#pragma once

#include "base/clock.hpp"
#include "net/client.hpp"

#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace hil::market::test {

inline net::Response reply(unsigned status, std::string body = "{}") {
    net::Response response;
    response.status = status;
    response.body = std::move(body);
    return response;
}

class ScriptedExchange final : public net::Exchange {
  public:
    explicit ScriptedExchange(Clock& clock) : clock_(clock) {}

    struct Seen {
        Instant at;
        net::Request request;

        // "POST /measurements", without the query.
        [[nodiscard]] std::string line() const {
            return request.method + " " + request.target.substr(0, request.target.find('?'));
        }
    };

    awaitable<result<net::Response>> send(net::Request request) override {
        seen.push_back({clock_.now(), request});
        auto outcome = answer(seen.back());
        if (delay > Duration::zero()) co_await clock_.io_sleep_for(delay);
        co_return outcome;
    }

    [[nodiscard]] std::vector<std::string> lines(std::size_t since = 0) const {
        std::vector<std::string> out;
        for (auto i = since; i < seen.size(); ++i)
            out.push_back(seen[i].line());
        return out;
    }
    [[nodiscard]] std::vector<Seen> all(std::string_view line, std::size_t since = 0) const {
        std::vector<Seen> out;
        for (auto i = since; i < seen.size(); ++i)
            if (seen[i].line() == line) out.push_back(seen[i]);
        return out;
    }

    std::function<result<net::Response>(const Seen&)> answer;
    Duration delay{};
    std::deque<Seen> seen;

  private:
    Clock& clock_;
};

}  // namespace hil::market::test
