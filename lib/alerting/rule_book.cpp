#include "alerting/rule_book.hpp"

#include "observe/alert_causes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

namespace hil::alerting {
namespace {

using config::Comparison;
using observe::Severity;

Severity severity_of(const std::string& name, Severity otherwise) {
    if (name == "info") return Severity::info;
    if (name == "warning") return Severity::warning;
    return name == "alarm" ? Severity::alarm : otherwise;
}

bool holds(double value, Comparison comparison, double limit) {
    switch (comparison) {
        case Comparison::below:
            return value < limit;
        case Comparison::at_most:
            return value <= limit;
        case Comparison::above:
            return value > limit;
        case Comparison::at_least:
            return value >= limit;
    }
    return false;
}

// What a value must pass to be over it no more.
double limit_of_return(const config::MetricThreshold& threshold, double hysteresis) {
    const bool low = threshold.comparison == Comparison::below || threshold.comparison == Comparison::at_most;
    return threshold.limit + (low ? hysteresis : -hysteresis);
}

std::string_view sign_of(Comparison comparison) {
    switch (comparison) {
        case Comparison::below:
            return "below";
        case Comparison::at_most:
            return "not above";
        case Comparison::above:
            return "above";
        case Comparison::at_least:
            return "not below";
    }
    return "at";
}

// The value of a label in {plant="lib",at="poi"}.
std::string label_in(std::string_view labels, std::string_view name) {
    const auto start = fmt::format("{}=\"", name);
    for (std::size_t at = labels.find(start); at != std::string_view::npos; at = labels.find(start, at + 1)) {
        if (at == 0 || (labels[at - 1] != '{' && labels[at - 1] != ',')) continue;
        const auto value = labels.substr(at + start.size());
        return std::string(value.substr(0, value.find('"')));
    }
    return {};
}

std::string sentence_of(const config::AlertRule& rule, std::string text) {
    return rule.message.empty() ? text : fmt::format("{}: {}", rule.message, text);
}

}  // namespace

std::vector<std::pair<std::string, double>> series_of(std::string_view text,
                                                      const config::MetricThreshold& wanted) {
    std::vector<std::pair<std::string, double>> out;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (!line.starts_with(wanted.metric)) continue;
        auto rest = line.substr(wanted.metric.size());
        std::string_view labels;
        if (rest.starts_with('{')) {
            const auto close = rest.find("} ");
            if (close == std::string_view::npos) continue;
            labels = rest.substr(0, close + 1);
            rest = rest.substr(close + 1);
        }
        if (!rest.starts_with(' ')) continue;
        rest.remove_prefix(1);
        if (!std::ranges::all_of(wanted.labels, [&](const auto& label) {
                return label_in(labels, label.first) == label.second;
            }))
            continue;
        double value = 0;
        const auto [stop, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
        if (error == std::errc{} && std::isfinite(value)) out.emplace_back(std::string(labels), value);
    }
    return out;
}

RuleBook::RuleBook(const config::Alerting& alerting) {
    for (const auto& rule : alerting.rules)
        rules_.push_back({rule, config::parse_condition(rule.when)});
}

std::vector<Finding> RuleBook::look(const std::vector<observe::Alert>& active,
                                    const std::function<std::string()>& metrics, WallTime now) {
    const auto causes = observe::alert_causes(active);
    std::vector<Finding> there;
    std::string text;
    for (std::size_t i = 0; i < rules_.size(); ++i) {
        const auto& rule = rules_[i];
        if (!rule.given.enabled) continue;
        if (std::holds_alternative<config::AlertPatterns>(rule.condition)) {
            look_at_alerts(i, active, causes, there);
        } else if (std::holds_alternative<config::MetricThreshold>(rule.condition)) {
            if (text.empty()) text = metrics();
            look_at_metric(i, text, there);
        }
    }
    // What is there no more has to begin anew.
    std::set<Place> present;
    for (const auto& finding : there)
        present.emplace(finding.rule, finding.key);
    std::erase_if(held_, [&](const auto& entry) { return !present.contains(entry.first); });
    std::vector<Finding> out;
    for (auto& finding : there) {
        auto& held = held_.try_emplace({finding.rule, finding.key}, Held{now, false}).first->second;
        if (now < held.since) held.since = now;  // the wall clock was set back
        if (!held.found && now - held.since < rules_[finding.rule].given.for_) continue;
        held.found = true;
        out.push_back(std::move(finding));
    }
    return out;
}

void RuleBook::look_at_alerts(std::size_t index, const std::vector<observe::Alert>& active,
                              const std::vector<std::string>& causes, std::vector<Finding>& out) const {
    const auto& rule = rules_[index];
    const auto& keys = std::get<config::AlertPatterns>(rule.condition).keys;
    const auto meant = [&](std::string_view key) {
        return std::ranges::any_of(keys, [&](const auto& pattern) { return config::matches(pattern, key); });
    };
    for (std::size_t i = 0; i < active.size(); ++i) {
        const auto& alert = active[i];
        if (!meant(alert.key) || (!causes[i].empty() && meant(causes[i]))) continue;
        Finding finding{.rule = index,
                        .rule_name = rule.given.name,
                        .key = alert.key,
                        .severity = severity_of(rule.given.severity, alert.severity),
                        .plant = alert.plant,
                        .message = sentence_of(rule.given, alert.message),
                        .acknowledged = alert.acknowledged_at.has_value()};
        const auto cause = std::ranges::find(active, causes[i], &observe::Alert::key);
        if (cause != active.end()) finding.message += fmt::format("; behind it: {}", cause->message);
        out.push_back(std::move(finding));
    }
}

void RuleBook::look_at_metric(std::size_t index, std::string_view text, std::vector<Finding>& out) const {
    const auto& rule = rules_[index];
    const auto& threshold = std::get<config::MetricThreshold>(rule.condition);
    for (auto& [labels, value] : series_of(text, threshold)) {
        const auto key = threshold.metric + labels;
        const auto held = held_.find({index, key});
        const bool found = held != held_.end() && held->second.found;
        const double limit = found ? limit_of_return(threshold, rule.given.hysteresis) : threshold.limit;
        if (!holds(value, threshold.comparison, limit)) continue;
        out.push_back(
            {.rule = index,
             .rule_name = rule.given.name,
             .key = key,
             .severity = severity_of(rule.given.severity, Severity::warning),
             .plant = label_in(labels, "plant"),
             .message = sentence_of(rule.given, fmt::format("{} is {:g}, {} {:g}", key, value,
                                                            sign_of(threshold.comparison), limit))});
    }
}

}  // namespace hil::alerting
