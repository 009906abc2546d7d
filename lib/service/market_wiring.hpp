// The market platform of this site: the connection to it, and what may go out to it when.
#pragma once

#include "market/market.hpp"
#include "net/client.hpp"
#include "service/persistence.hpp"
#include "service/service.hpp"

#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace hil::service {

class MarketWiring {
  public:
    // Everything outlives it. A sentence when the platform's certificates cannot be used. Without
    // istentore_api.base_url there is a market that says so.
    static std::variant<std::unique_ptr<MarketWiring>, std::string> make(Service& site,
                                                                         Persistence& persistence);
    MarketWiring(const MarketWiring&) = delete;
    MarketWiring& operator=(const MarketWiring&) = delete;

    // Fetches and posts until cancelled.
    awaitable<void> run() { return market_->run(); }
    void close();

    [[nodiscard]] market::Market& market() { return *market_; }

  private:
    MarketWiring(Service& site, Persistence& persistence, std::optional<net::Url> platform);
    market::Market::Settings settings() const;
    market::Market::Hooks hooks();
    void show();

    Service& site_;
    std::optional<net::Url> platform_;
    std::unique_ptr<net::Client> client_;
    std::unique_ptr<net::Exchange> exchange_;  // where there is no client
    std::unique_ptr<market::Market> market_;
    Subscription news_;
};

}  // namespace hil::service
