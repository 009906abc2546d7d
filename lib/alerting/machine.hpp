// From what is found wrong to messages, and from messages to what was delivered: who is told what and when,
// once. Without I/O; what it must not forget is one JSON value (save), stored before anything is sent, so
// that a killed process sends again (at least once, with the same key) and loses nothing.
#pragma once

#include "alerting/message.hpp"
#include "alerting/rule_book.hpp"
#include "base/zone.hpp"
#include "config/alerting.hpp"

#include <boost/json/value.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hil::alerting {

// What became of a message, newest last.
struct Outcome {
    std::uint64_t number = 0;
    std::string receiver, headline, problem;  // problem: empty once it is delivered
    MessageKind kind{};
    std::uint32_t attempts = 0;  // that failed before
    WallTime at;
};

class Machine {
  public:
    // `name` makes the keys of this installation differ from every other's. `zone` is that of quiet hours.
    Machine(config::Alerting alerting, Zone zone, std::string name);

    // What was saved before, or nothing. What was active then counts as active until it was not seen for some
    // time: a service that starts knows nothing yet.
    void restore(const boost::json::value& saved, WallTime now);
    [[nodiscard]] boost::json::value save() const;
    // Whether save() differs from what it was at the last call of this.
    bool take_changed() { return std::exchange(changed_, false); }

    // What is found now; makes messages.
    void update(const std::vector<Finding>& findings, WallTime now);
    // A message to try a receiver by; false: there is none of that name.
    bool test(const std::string& receiver, WallTime now);

    // What is to be sent now, one at a time for each receiver, in their order. Each stays until one of the
    // two says what became of it.
    std::vector<Message> due(WallTime now);
    void delivered(std::uint64_t number, WallTime now);
    void failed(std::uint64_t number, const std::string& why, WallTime now);
    // Takes back that something is under way: nobody waits for its end any more.
    void forget_under_way() { under_way_.clear(); }

    [[nodiscard]] const std::deque<Message>& waiting() const { return waiting_; }
    [[nodiscard]] const std::deque<Outcome>& outcomes() const { return outcomes_; }
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
    // How often in a row the newest message to it failed, and why; empty: it works, or was not tried.
    [[nodiscard]] std::string trouble(const std::string& receiver) const;

    static constexpr std::size_t most_waiting = 1000, most_outcomes = 200;

  private:
    struct Told {
        bool firing = false;
        observe::Severity severity{};
        WallTime at;
        bool escalated = false;
    };
    struct Active {
        Finding finding;
        WallTime since;
        std::optional<WallTime> gone;  // not found since
        std::uint64_t flaps = 0;
        std::map<std::size_t, Told> told;  // by route
    };
    struct Flush {
        std::optional<WallTime> first;  // something has waited since
        std::optional<WallTime> last;   // the last message was made
    };

    [[nodiscard]] bool meant_for(const config::AlertRoute& route, const Active& active) const;
    [[nodiscard]] bool quiet(const config::AlertRoute& route, WallTime now) const;
    // Another rule that the same route knows, and that stands later, has the same alert.
    [[nodiscard]] bool covered(const config::AlertRoute& route, const Active& active) const;
    void flush(std::size_t route, WallTime now);
    void escalate(std::size_t route, WallTime now);
    void forget_over(WallTime now);
    void enqueue(std::string receiver, MessageKind kind, std::vector<Entry> entries, bool repeats,
                 WallTime now);
    [[nodiscard]] Entry entry_of(const Active& active, bool firing, WallTime now) const;
    [[nodiscard]] bool over(const Active& active, WallTime now) const;
    [[nodiscard]] bool forgets(const std::string& receiver) const;
    [[nodiscard]] bool waits_for(const std::string& receiver) const;
    void keep(const Message& message, const std::string& problem, WallTime now);

    config::Alerting alerting_;
    Zone zone_;
    std::string name_;
    std::map<std::pair<std::string, std::string>, Active> active_;  // by rule and key
    std::map<std::size_t, Flush> flushes_;                          // by route
    std::deque<Message> waiting_;
    std::map<std::string, std::uint64_t> under_way_;  // by receiver
    std::deque<Outcome> outcomes_;
    std::optional<WallTime> dead_man_last_;
    std::uint64_t next_ = 1, dropped_ = 0;
    bool changed_ = false;
};

// First 2 s, twice as long each time, five minutes at most.
Duration retry_delay(std::uint32_t failures);

}  // namespace hil::alerting
