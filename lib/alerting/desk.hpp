// The desk that looks at alerts and figures, writes messages and has them sent.
#pragma once

#include "alerting/machine.hpp"
#include "alerting/sender.hpp"
#include "base/async_event.hpp"
#include "base/task_group.hpp"
#include "observe/alerts.hpp"
#include "store/database.hpp"

#include <boost/json/object.hpp>

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>

namespace hil::alerting {

class Desk {
  public:
    struct Parts {
        Clock& clock;
        observe::Alerts& alerts;
        std::function<std::string()> metrics;  // the text of /metrics
        BlockingExecutor& worker;              // the database's
        std::shared_ptr<store::Database> database;
        const Zone& zone;
    };
    struct Hooks {
        // A receiver does not take messages (three attempts failed), and takes them again (empty).
        std::function<void(const std::string& receiver, const std::string& trouble)> on_trouble;
        std::function<void(const std::string& sentence)> on_error;  // for the log
    };
    // What was kept is read here, before anything runs. `senders` by the receiver's name; of one that is
    // missing messages wait. `name`: of this installation, the first time.
    Desk(Parts parts, config::Alerting alerting, std::map<std::string, std::unique_ptr<Sender>> senders,
         const std::string& name, Hooks hooks);
    Desk(const Desk&) = delete;
    Desk& operator=(const Desk&) = delete;

    awaitable<void> run();
    // Ends what is sent; what was not delivered waits for the next run.
    awaitable<void> close();

    // A message to try a receiver by; false: there is none of that name.
    bool test(const std::string& receiver);
    // Receivers with what troubles them, what waits, what was delivered: for GET /api/v1/alerting.
    [[nodiscard]] boost::json::object state() const;

    static std::span<const store::Migration> migrations();

  private:
    awaitable<void> keep();
    void send_due();
    awaitable<void> send(Message message);
    void tell_trouble(const std::string& receiver);

    Parts parts_;
    config::Alerting alerting_;
    std::map<std::string, std::unique_ptr<Sender>> senders_;
    Hooks hooks_;
    RuleBook book_;
    Machine machine_;
    std::map<std::string, bool> troubled_;
    AsyncEvent wake_;
    Subscription news_;
    TaskGroup sends_;
};

}  // namespace hil::alerting
