// The market platform as the site sees it: day-ahead plans come in, measurements go out. What is behind it
// (client, fetcher, outbox, poster) is this library's own business.
#pragma once

#include "base/blocking_executor.hpp"
#include "base/clock.hpp"
#include "base/subscription.hpp"
#include "base/zone.hpp"
#include "config/config.hpp"
#include "measure/live_state.hpp"
#include "net/client.hpp"
#include "schedule/plan_store.hpp"
#include "store/database.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hil::market {

// Spec 6.1.
enum class Connection : std::uint8_t { disconnected, connecting, connected, error, disconnecting };
std::string_view to_string(Connection state);

enum class Health : std::uint8_t { unknown, ok, error, idle, disabled };
std::string_view to_string(Health health);

// How complete the day-ahead plan of one local day is.
struct DayStatus {
    LocalDate date{};
    bool fetched = false;        // every period of every plant is there
    std::vector<int> points;     // by plant
    int expected = 0;            // periods of the day: 92, 96 or 100
    std::optional<WallTime> at;  // of the last answer
};

struct Activation {  // mFRR, market 3: shown, never dispatched
    WallTime at;
    double power_kw = 0;
};

struct MarketStatus {
    Connection state = Connection::disconnected;
    std::string reason;  // "startup", "operator", "no_platform"
    bool desired_connected = false;
    std::string last_error;  // a code of spec 6.1 and a sentence; empty unless in error
    std::optional<WallTime> last_success, last_attempt;
    Health fetch = Health::unknown;
    DayStatus today, tomorrow;
    std::optional<Activation> next_activation;
    bool password_stored = false;  // one is known, wherever it came from
};

// One value on its way to the platform, as it is posted: kWh, W, var or V.
struct PostedValue {
    std::string metric;  // "soc", "p", "q", "v"
    int series = 0;
    double value = 0;
    WallTime at;  // of the measurement
};

struct PlantPosting {
    std::size_t pending = 0;
    std::optional<Duration> oldest_pending_age;  // since it was enqueued
    std::optional<WallTime> last_success, last_attempt, last_enqueue;
    std::string last_error;  // cleared by a success
    // Values since the start: taken by the platform; of attempts that failed (one that is tried three times
    // counts three); given up because too many waited; set aside because the platform will not have them.
    std::uint64_t posted = 0, failed = 0, dropped = 0, refused = 0;
    // The newest value of the last attempt and of the last success, and when a failed one is tried again.
    std::optional<PostedValue> attempted, succeeded;
    std::optional<Duration> next_retry;
};

struct PostingStatus {
    bool enabled = false;    // the policy
    bool effective = false;  // it is done now: policy, connection, password, transport, clock
    std::string why_not;     // a sentence when not effective
    Health health = Health::disabled;
    std::string last_error;                 // a code and a sentence; empty unless health is error
    std::size_t pending = 0, capacity = 0;  // over all plants, and those that are configured no more
    std::vector<PlantPosting> plants;
};

class Market {
  public:
    struct Settings {
        // The clock follows the real one and the transport is real, or the platform is on loopback: see
        // interfaces 5. Asked whenever something would go out.
        std::function<bool()> fetching_allowed, posting_allowed;
        std::string no_fetching, no_posting;  // the sentences shown when not
    };

    struct Hooks {
        // Every request, answered or not. Operations: login, day_ahead, mfrr, measurements. Outcomes: ok,
        // unauthorized (401, 403), client_error, server_error, unexpected (1xx, 3xx), timeout, unreachable,
        // certificate, bad_reply.
        std::function<void(std::string_view operation, std::string_view outcome)> on_request;
        // Values of a plant. Outcomes: ok, failed, dropped, refused; see PlantPosting.
        std::function<void(std::size_t plant, std::string_view outcome, std::size_t count)> on_posting;
        // For log and events; told once for what lasts.
        std::function<void(std::string_view sentence, bool bad)> on_news;
        // A condition that lasts: market/login (alarm: nothing is tried until the password changes),
        // market/fetch, market/posting, market/outbox (the database fails), market/dropped (too much waits),
        // market/refused (values were set aside; stays). Empty message: it is over.
        std::function<void(std::string_view key, std::string_view message)> on_condition;
    };

    // `exchange` reaches config.istentore_api.base_url; without one the market stays disconnected
    // ("no_platform"). Everything handed in outlives the market, the database its thread. Every
    // measurement_post_period the latest sample of each plant that is fresh (two measurement periods at most)
    // enters the outbox.
    Market(Clock& clock, BlockingExecutor& database_thread, store::Database& database, const Zone& zone,
           const config::Config& config, net::Exchange& exchange, schedule::PlanStore& plans,
           measure::LiveState& live, Settings settings, Hooks hooks = {});
    ~Market();
    Market(const Market&) = delete;
    Market& operator=(const Market&) = delete;

    // The outbox's tables.
    static const std::vector<store::Migration>& migrations();

    // Fetches and posts until cancelled. With a password from the environment or password_file it connects
    // by itself. Throws what a part of it throws (a programming error); may be run again.
    awaitable<void> run();

    // An empty password keeps the one there is, and looks into password_file again. The error code's message
    // is the command's code (errors.hpp): missing_password, auth_failed, connect_failed, already_connecting,
    // no_platform, not_allowed. Ends within a minute of unscaled time.
    awaitable<result<void>> connect(std::string password);
    // Keeps password, downloaded plans and the outbox; nothing is enqueued while disconnected by an operator.
    void disconnect();
    void set_posting(bool enabled);
    // Another transport answers from now on: samples of the old one are not posted.
    void transport_changed();

    [[nodiscard]] MarketStatus status() const;
    [[nodiscard]] PostingStatus posting() const;
    // The part of it that is about one plant.
    [[nodiscard]] PlantPosting posting(std::size_t plant) const;
    // Told when either status changed.
    Subscription subscribe(Publisher<>::Listener listener);

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace hil::market
