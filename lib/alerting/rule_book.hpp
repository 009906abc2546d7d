// What the rules of `alerting` find at an instant: alerts by their keys, figures by their thresholds. Without
// I/O; who asks says what is active and how the figures stand.
#pragma once

#include "config/alert_condition.hpp"
#include "config/alerting.hpp"
#include "observe/alerts.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hil::alerting {

// One thing that a rule finds wrong.
struct Finding {
    std::size_t rule = 0;  // its place in the configuration
    std::string rule_name;
    std::string key;  // of the alert, or the metric with its labels
    observe::Severity severity = observe::Severity::warning;
    std::string plant;
    std::string message;  // and what stands behind it
    bool acknowledged = false;
};

class RuleBook {
  public:
    explicit RuleBook(const config::Alerting& alerting);

    // What is found now, by rule and then by key. `metrics` gives the text of /metrics; it is asked only
    // where a rule is about a metric. A consequence of an alert that the same rule finds is not found beside
    // it.
    std::vector<Finding> look(const std::vector<observe::Alert>& active,
                              const std::function<std::string()>& metrics, WallTime now);

  private:
    struct Rule {
        config::AlertRule given;
        config::AlertCondition condition;
    };
    struct Held {
        WallTime since;
        bool found = false;
    };
    using Place = std::pair<std::size_t, std::string>;  // rule and key

    void look_at_alerts(std::size_t index, const std::vector<observe::Alert>& active,
                        const std::vector<std::string>& causes, std::vector<Finding>& out) const;
    void look_at_metric(std::size_t index, std::string_view text, std::vector<Finding>& out) const;

    std::vector<Rule> rules_;
    std::map<Place, Held> held_;
};

// The series of a metric with the given labels in the text of /metrics: its labels as they stand there
// ({plant="lib"}), and its value.
std::vector<std::pair<std::string, double>> series_of(std::string_view text,
                                                      const config::MetricThreshold& wanted);

}  // namespace hil::alerting
