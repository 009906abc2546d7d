// The market platform as an emulator: login, market products, measurements, and faults on demand. A handler
// for net::Server, over sockets in istentore_sim and over memory in tests and simulations.
//
//   POST /login              {email, password} -> {token}
//   GET  /market_products    ?id=4|3&delivery_period_gte=TIME&delivery_period_lte=TIME -> [product]
//   POST /measurements       {measurement_series, measurements: [{timestamp, measurement}, ...]}
//   GET  /_sim/measurements  {total, posts: [...]}: all that was posted, in order of arrival
//   PUT  /_sim/faults        replaces the faults (istentore_faults.hpp); GET shows what is left of them
//
// Requests other than login and /_sim need `Authorization: Bearer TOKEN`; errors are {"error": "sentence"}.
// Times are UTC, "2025-10-01T00:00:00+00:00"; nothing else is understood, as on the platform.
#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"
#include "net/server.hpp"
#include "plant_sim/istentore/faults.hpp"
#include "plant_sim/istentore/products.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace hil::plant_sim {

// One POST /measurements that was taken.
struct MeasurementPost {
    int series = 0;
    struct Value {
        std::string timestamp;  // as it was sent
        double measurement = 0;

        friend bool operator==(const Value&, const Value&) = default;
    };
    std::vector<Value> values;
    WallTime received;

    friend bool operator==(const MeasurementPost&, const MeasurementPost&) = default;
};

class IstentorePlatform final : public net::Server::Handler {
  public:
    struct Options {
        std::string email, password;
        // Whom the day-ahead products made by the emulator are for, and which power they use at most.
        std::vector<ProductPlant> plants = {{"lib", 100}, {"vrfb", 50}};
        std::size_t max_posts = 2'000'000;  // kept; the oldest go first
    };
    struct Statistics {
        std::uint64_t logins = 0, refused_logins = 0, product_requests = 0, posts = 0, values = 0;
        std::uint64_t unauthorised = 0, faults = 0;
    };

    // `random` decides tokens and faults with a probability. `clock` must outlive the platform.
    IstentorePlatform(Clock& clock, Random random, Options options);

    // Instead of the products made from the date.
    void set_products(ProductList products) { products_ = std::move(products); }
    void set_faults(std::vector<PlatformFault> faults) { faults_.set(std::move(faults)); }
    void expire_tokens() { tokens_.clear(); }
    void set_password(std::string password) { options_.password = std::move(password); }

    [[nodiscard]] const std::deque<MeasurementPost>& posts() const { return posts_; }
    [[nodiscard]] const Statistics& statistics() const { return statistics_; }

    // Told of every post that was taken, also when its answer is lost by a fault; of values that are stored.
    std::function<void(const MeasurementPost&)> on_post;
    // Told of every post that was answered 200 by an answer that denies it (PlatformFault::Reply), whole.
    std::function<void(const MeasurementPost&)> on_denied;
    // Told of every request: "login", "market_products", "measurements", and the status of the answer; 0 when
    // there was none.
    std::function<void(std::string_view operation, unsigned status)> on_request;

    // Told of every reply with products that goes out whole and at once: the periods that begin in
    // [first, last] of a market.
    std::function<void(int market, WallTime first, WallTime last)> on_products;

    [[nodiscard]] std::size_t body_limit(const net::Request& header, std::size_t usual) const override;
    awaitable<net::Response> handle(net::Request request) override;
    awaitable<std::variant<net::Response, net::Server::Conversation>> upgrade(net::Request request) override;

  private:
    awaitable<net::Response> serve(std::string_view operation, net::Request request, net::Target target);
    net::Response answer(std::string_view operation, const net::Request& request, const net::Target& target,
                         bool spoilt);
    net::Response login(const net::Request& request);
    net::Response market_products(const net::Target& target, bool spoilt);
    net::Response measurements(const net::Request& request);
    void store(MeasurementPost post);
    net::Response denied(const net::Request& request, const PlatformFault& fault);
    net::Response all_posts() const;
    net::Response faults(const net::Request& request);
    [[nodiscard]] bool authorised(const net::Request& request) const;

    Clock& clock_;
    Random random_;
    Options options_;
    ProductList products_;
    FaultList faults_;
    std::set<std::string, std::less<>> tokens_;
    std::deque<MeasurementPost> posts_;
    Statistics statistics_;
};

}  // namespace hil::plant_sim
