#include "service/market_wiring.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

namespace hil::service {
namespace {

// Stands where no platform is configured; the market never asks it.
class NoPlatform final : public net::Exchange {
  public:
    awaitable<result<net::Response>> send(net::Request) override {
        co_return make_error_code(boost::system::errc::destination_address_required);
    }
};

}  // namespace

std::variant<std::unique_ptr<MarketWiring>, std::string> MarketWiring::make(Service& site,
                                                                            Persistence& persistence) {
    const auto& api = site.parts().setup.config.istentore_api;
    std::optional<net::Url> platform;
    if (!api.base_url.empty()) {
        const auto parsed = net::parse_url(api.base_url);
        if (!parsed)
            return fmt::format("istentore_api.base_url: \"{}\": {}", api.base_url, parsed.error().message());
        platform = *parsed;
    }
    try {
        return std::unique_ptr<MarketWiring>(new MarketWiring(site, persistence, std::move(platform)));
    } catch (const std::invalid_argument& error) {
        return fmt::format("istentore_api.ca_file: {}", error.what());
    }
}

MarketWiring::MarketWiring(Service& site, Persistence& persistence, std::optional<net::Url> platform)
    : site_(site), platform_(std::move(platform)) {
    const auto& around = site.parts().context;
    const auto& config = site.parts().setup.config;
    if (platform_) {
        net::Client::Options options;
        options.ca_file = config.istentore_api.ca_file;
        client_ = std::make_unique<net::Client>(around.clock, around.network, *platform_, options);
    } else {
        exchange_ = std::make_unique<NoPlatform>();
    }
    auto& exchange = client_ ? static_cast<net::Exchange&>(*client_) : *exchange_;
    market_ = std::make_unique<market::Market>(around.clock, persistence.worker(), *persistence.database(),
                                               site.parts().setup.zone, config, exchange, site.parts().plans,
                                               site.parts().live, settings(), hooks());
    news_ = market_->subscribe([this] { show(); });
    site.set_market(market_.get());
}

market::Market::Settings MarketWiring::settings() const {
    // Simulated hours are nobody's business but a simulator's own.
    const bool near = platform_ && platform_->loopback();
    market::Market::Settings settings;
    settings.fetching_allowed = [&site = site_, near] { return near || site.real_time(); };
    settings.posting_allowed = [&site = site_, near] {
        const bool real_values = site.transport() == config::TransportMode::remote ||
                                 site.parts().setup.config.istentore_api.post_in_local_mode;
        return real_values && (near || site.real_time());
    };
    settings.no_fetching =
        "a platform that is not on this machine is asked only in real time, not with --from "
        "or --speed";
    settings.no_posting =
        site_.parts().setup.config.istentore_api.post_in_local_mode
            ? "measurements are posted to a platform that is not on this machine only in real time"
            : "values of emulators are not posted: istentore_api.post_in_local_mode is off";
    return settings;
}

market::Market::Hooks MarketWiring::hooks() {
    market::Market::Hooks hooks;
    hooks.on_request = [this](std::string_view operation, std::string_view outcome) {
        site_.parts().context.metrics.market_requests(operation, outcome).add();
    };
    hooks.on_posting = [this](std::size_t plant, std::string_view outcome, std::size_t count) {
        auto& metrics = site_.parts().context.metrics.plant(site_.parts().setup.plant_ids[plant]);
        const auto kind = outcome == "ok"       ? observe::PostOutcome::ok
                          : outcome == "failed" ? observe::PostOutcome::failed
                                                : observe::PostOutcome::dropped;  // refused ones never arrive
        metrics.posting(kind).add(static_cast<double>(count));
    };
    hooks.on_news = [this](std::string_view sentence, bool bad) {
        site_.parts().context.happenings.notify(bad ? Happening::market_trouble : Happening::market_news,
                                                std::string(sentence));
    };
    hooks.on_condition = [this](std::string_view key, std::string_view message) {
        const auto part = std::string(key.substr(key.find('/') + 1));
        const auto what = message.empty()   ? Happening::market_condition_over
                          : part == "login" ? Happening::market_login
                                            : Happening::market_condition;
        site_.parts().context.happenings.notify(what, std::string(message), {.part = part});
    };
    return hooks;
}

void MarketWiring::show() {
    const auto posting = market_->posting();
    for (std::size_t i = 0; i < posting.plants.size() && i < site_.size(); ++i) {
        site_.parts()
            .context.metrics.plant(site_.parts().setup.plant_ids[i])
            .posting_queue_depth.set(static_cast<double>(posting.plants[i].pending));
    }
    site_.changed();
}

void MarketWiring::close() {
    if (client_) client_->close();
}

}  // namespace hil::service
