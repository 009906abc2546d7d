// The way of every request into the service: host, target, route, who asks, where from, how often, what body;
// and the headers that go out with every answer.
#pragma once

#include "net/server.hpp"
#include "web/context.hpp"
#include "web/hub.hpp"
#include "web/request_guard.hpp"
#include "web/requester.hpp"
#include "web/router.hpp"
#include "web/static_files.hpp"

#include <memory>
#include <optional>

namespace hil::web {

class Gateway final : public net::Server::Handler {
  public:
    Gateway(std::shared_ptr<Context> context, std::shared_ptr<Hub> hub, RequestGuard guard,
            StaticFiles pages);

    [[nodiscard]] std::size_t body_limit(const net::Request& header, std::size_t usual) const override;
    awaitable<net::Response> handle(net::Request request) override;
    awaitable<std::variant<net::Response, net::Server::Conversation>> upgrade(net::Request request) override;

    // The pattern of the route a request was for, "page" or "none", for metrics.
    [[nodiscard]] std::string_view route_name(const net::Request& request) const;
    [[nodiscard]] const Router& router() const { return router_; }

  private:
    // One of the heavy answers that may be under way, as long as it is.
    class Place;
    // The request as who asks means it: from where it really comes, without the base path.
    Requester understand(net::Request& request) const;
    // Why a request that did not come from this machine itself is not looked at; none: it may go on. Without
    // accounts everybody is an operator, and a proxy on this machine would make everybody one.
    [[nodiscard]] std::optional<net::Response> refuse_stranger(const Requester& from) const;
    // Lets pages of configured origins read the answer.
    void share(const net::Request& request, net::Response& response) const;
    [[nodiscard]] bool shared_with(std::string_view origin) const;
    // `place` is taken where the route is a heavy one.
    awaitable<net::Response> answer(net::Request request, bool local, std::shared_ptr<Place>& place);
    // What a request is refused with before its route is called; none: it may go on.
    [[nodiscard]] std::optional<net::Response> check_body(const Route& route,
                                                          const net::Request& request) const;
    [[nodiscard]] std::optional<net::Response> check_query(const Route& route,
                                                           const net::Target& target) const;
    [[nodiscard]] net::Response refuse(const Authenticator::Found& found) const;
    [[nodiscard]] net::Response serve_page(const net::Request& request, const net::Target& target) const;

    std::shared_ptr<Context> context_;
    std::shared_ptr<Hub> hub_;
    RequestGuard guard_;
    Router router_;
    StaticFiles pages_;
};

}  // namespace hil::web
