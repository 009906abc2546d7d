// The market platform as the site sees it: day-ahead plans come in, measurements go out. What is behind it
// (client, fetcher, outbox, poster) is this library's own business.
#pragma once

#include "base/blocking.hpp"
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
#include <vector>

namespace hil::market {

// Spec 6.1.
enum class Connection : std::uint8_t { disconnected, connecting, connected, error, disconnecting };
std::string_view to_string(Connection state);

enum class Health : std::uint8_t { unknown, ok, error, idle, disabled };
std::string_view to_string(Health health);

// How complete the day-ahead plan of one local day is.
struct DayStatus {
    LocalDate date;
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
};

struct PlantPosting {
    std::size_t pending = 0;
    std::optional<Duration> oldest_pending_age;
    std::optional<WallTime> last_success, last_attempt, last_enqueue;
    std::string last_error;  // cleared by a success
    std::uint64_t posted = 0, failed = 0, dropped = 0;
};

struct PostingStatus {
    bool enabled = false;    // the policy
    bool effective = false;  // it is done now: policy, connection, password, transport, clock
    std::string why_not;     // a sentence when not effective
    Health health = Health::disabled;
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
        std::function<void(std::string_view operation, std::string_view outcome)> on_request;
        std::function<void(std::size_t plant, std::string_view outcome, std::size_t count)> on_posting;
        std::function<void(std::string_view channel_text, bool bad)> on_news;  // for log and events
    };

    // `exchange` reaches config.base_url. Every measurement_post_period the latest sample of each plant that
    // is fresh (two measurement periods at most) enters the outbox.
    Market(Clock& clock, Blocking& database_thread, store::Database& database, const Zone& zone,
           const config::Config& config, net::Exchange& exchange, schedule::PlanStore& plans,
           const measure::LiveState& live, Settings settings, Hooks hooks = {});
    ~Market();
    Market(const Market&) = delete;
    Market& operator=(const Market&) = delete;

    // The outbox's tables.
    static const std::vector<store::Migration>& migrations();

    // Fetches and posts until cancelled.
    awaitable<void> run();

    // An empty password keeps the one there is. The error code's message is the command's code:
    // missing_password, auth_failed, connect_failed.
    awaitable<result<void>> connect(std::string password);
    // Keeps password, downloaded plans and the outbox; nothing is enqueued while disconnected by an operator.
    void disconnect();
    void set_posting(bool enabled);
    // Another transport answers from now on: samples of the old one are not posted.
    void transport_changed();

    [[nodiscard]] MarketStatus status() const;
    [[nodiscard]] PostingStatus posting() const;
    // Told when either status changed.
    Subscription subscribe(Publisher<>::Listener listener);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace hil::market
