#include "observe/metrics.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <map>
#include <sstream>
#include <utility>

namespace hil::observe {
namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

using Labels = std::vector<prometheus::ClientMetric::Label>;

struct FamilyText {
    const char* name;
    const char* help;
    prometheus::MetricType type;
};

constexpr auto counter = prometheus::MetricType::Counter;
constexpr auto gauge = prometheus::MetricType::Gauge;
constexpr auto histogram = prometheus::MetricType::Histogram;

// In the order in which they are written out.
constexpr FamilyText families[] = {
    {"hil_build_info", "Version of this service; the value is always 1.", gauge},
    {"hil_plant_active_power_kw", "Active power, positive when discharging.", gauge},
    {"hil_plant_reactive_power_kvar", "Reactive power, positive when exported.", gauge},
    {"hil_plant_soc_ratio", "State of charge, 0 to 1.", gauge},
    {"hil_plant_voltage_kv", "Voltage at the point of interconnection.", gauge},
    {"hil_device_value", "What a watched device measures, by quantity.", gauge},
    {"hil_plant_transition", "1 for the state of the life cycle the plant is in.", gauge},
    {"hil_modbus_requests_total", "Modbus requests by function code and outcome.", counter},
    {"hil_modbus_request_duration_seconds", "From a Modbus request to its answer.", histogram},
    {"hil_dispatch_writes_total", "Setpoint writes by signal and outcome.", counter},
    {"hil_dispatch_lateness_seconds", "From the due time of a dispatch cycle to its begin.", histogram},
    {"hil_sample_lateness_seconds", "From the due time of a sample to its begin.", histogram},
    {"hil_samples_total", "Measurement samples by outcome.", counter},
    {"hil_recorder_rows_total", "Rows given to the recorder, by what became of them.", counter},
    {"hil_posting_queue_depth", "Measurements waiting to be posted to the market platform.", gauge},
    {"hil_posting_total", "Measurements posted to the market platform, by outcome.", counter},
    {"hil_market_requests_total", "Requests to the market platform by operation and outcome.", counter},
    {"hil_commands_total", "Operator commands by kind and final state.", counter},
    {"hil_events_total", "Events by kind.", counter},
    {"hil_alerts_active", "Alerts that are active, by severity.", gauge},
    {"hil_websocket_clients", "Connected WebSocket clients.", gauge},
    {"hil_http_requests_total", "HTTP requests by route and status.", counter},
    {"hil_event_loop_lag_seconds", "How late the event loop serves a due timer.", histogram},
};

// A local transaction takes tens of microseconds, one over a plant network milliseconds, a time-out a second.
const std::vector<double> round_trip_bounds{1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2,
                                            5e-2, 0.1,    0.25, 0.5,  1.0,    2.5,  5.0};
const std::vector<double> lateness_bounds{1e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2,
                                          0.1,  0.25, 0.5,  1.0,    2.5,  5.0,  10.0};

}  // namespace

struct Metrics::Registry {
    struct Series {
        Labels labels;
        double value = unknown;
        HistogramCell histogram;
    };
    struct Family {
        const FamilyText* text = nullptr;
        std::map<Labels, Series> series;
    };

    std::map<std::string, std::unique_ptr<PlantMetrics>, std::less<>> plants;
    std::array<Family, std::size(families)> all;

    Registry() {
        for (std::size_t i = 0; i < all.size(); ++i)
            all[i].text = &families[i];
    }

    // Series stay where they are for as long as the registry lives.
    Series& series(std::string_view family, Labels labels) {
        const auto found =
            std::ranges::find(all, family, [](const Family& f) { return std::string_view(f.text->name); });
        const auto [entry, made] = found->series.try_emplace(labels);
        if (made) {
            entry->second.labels = std::move(labels);
            if (found->text->type == counter) entry->second.value = 0;
        }
        return entry->second;
    }
    Counter make_counter(std::string_view family, Labels labels) {
        return Counter(&series(family, std::move(labels)).value);
    }
    Gauge make_gauge(std::string_view family, Labels labels) {
        return Gauge(&series(family, std::move(labels)).value);
    }
    Histogram make_histogram(std::string_view family, Labels labels, const std::vector<double>& bounds) {
        auto& cell = series(family, std::move(labels)).histogram;
        if (cell.bounds.empty()) {
            cell.bounds = bounds;
            cell.counts.assign(bounds.size() + 1, 0);
        }
        return Histogram(&cell);
    }
};

void Gauge::unset() const {
    set(unknown);
}

double Gauge::value() const {
    return cell_ ? *cell_ : unknown;
}

void Histogram::observe(double value) const {
    if (!cell_) return;
    const auto bucket = std::lower_bound(cell_->bounds.begin(), cell_->bounds.end(), value);
    ++cell_->counts[static_cast<std::size_t>(bucket - cell_->bounds.begin())];
    cell_->sum += value;
}

std::uint64_t Histogram::count() const {
    std::uint64_t all = 0;
    if (cell_) {
        for (const auto n : cell_->counts)
            all += n;
    }
    return all;
}

double Histogram::quantile(double q) const {
    const std::uint64_t all = count();
    if (all == 0) return 0;
    const auto rank =
        std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(all))));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < cell_->bounds.size(); ++i) {
        seen += cell_->counts[i];
        if (seen >= rank) return cell_->bounds[i];
    }
    return std::numeric_limits<double>::infinity();
}

PlantMetrics::PlantMetrics(Metrics& registry, std::string plant, bool own)
    : registry_(registry), plant_(std::move(plant)), own_(own) {
    auto& r = *registry_.registry_;
    modbus_duration =
        r.make_histogram("hil_modbus_request_duration_seconds", {{"plant", plant_}}, round_trip_bounds);
    if (!own_) return;
    const auto power = [&](const char* family, const char* at) {
        return r.make_gauge(family, {{"plant", plant_}, {"at", at}});
    };
    active_power_setpoint = power("hil_plant_active_power_kw", "setpoint");
    active_power_battery = power("hil_plant_active_power_kw", "battery");
    active_power_poi = power("hil_plant_active_power_kw", "poi");
    reactive_power_setpoint = power("hil_plant_reactive_power_kvar", "setpoint");
    reactive_power_battery = power("hil_plant_reactive_power_kvar", "battery");
    reactive_power_poi = power("hil_plant_reactive_power_kvar", "poi");
    soc_ratio = r.make_gauge("hil_plant_soc_ratio", {{"plant", plant_}});
    voltage_kv = r.make_gauge("hil_plant_voltage_kv", {{"plant", plant_}});
    posting_queue_depth = r.make_gauge("hil_posting_queue_depth", {{"plant", plant_}});
}

Counter& PlantMetrics::modbus_requests(std::uint8_t function, RequestOutcome outcome) {
    static constexpr const char* names[] = {"ok",           "exception", "timeout",
                                            "disconnected", "invalid",   "rejected"};
    const auto row = function < modbus_requests_.size() ? function : std::uint8_t{0};
    Counter& handle = modbus_requests_[row][static_cast<std::size_t>(outcome)];
    if (!handle) {
        handle = registry_.registry_->make_counter("hil_modbus_requests_total",
                                                   {{"plant", plant_},
                                                    {"function", row == 0 ? "other" : std::to_string(row)},
                                                    {"outcome", names[static_cast<std::size_t>(outcome)]}});
    }
    return handle;
}

Counter& PlantMetrics::dispatch_writes(SignalName signal, WriteOutcome outcome) {
    static constexpr const char* names[] = {"ok", "failed", "superseded", "rejected"};
    Counter& handle = dispatch_writes_[static_cast<std::size_t>(signal)][static_cast<std::size_t>(outcome)];
    if (!handle) {
        handle = registry_.registry_->make_counter("hil_dispatch_writes_total",
                                                   {{"plant", plant_},
                                                    {"signal", signal == SignalName::p ? "p" : "q"},
                                                    {"outcome", names[static_cast<std::size_t>(outcome)]}});
    }
    return handle;
}

Counter& PlantMetrics::made(Counter& handle, std::string_view family, std::string_view label,
                            std::string_view value) {
    if (!handle) {
        handle = registry_.registry_->make_counter(
            family, {{"plant", plant_}, {std::string(label), std::string(value)}});
    }
    return handle;
}

Counter& PlantMetrics::samples(SampleOutcome outcome) {
    static constexpr const char* names[] = {"ok", "partial", "failed", "skipped"};
    const auto i = static_cast<std::size_t>(outcome);
    return made(samples_[i], "hil_samples_total", "outcome", names[i]);
}

Counter& PlantMetrics::recorder_rows(RowKind kind) {
    static constexpr const char* names[] = {"kept", "merged", "null"};
    const auto i = static_cast<std::size_t>(kind);
    return made(recorder_rows_[i], "hil_recorder_rows_total", "kind", names[i]);
}

Counter& PlantMetrics::posting(PostOutcome outcome) {
    static constexpr const char* names[] = {"ok", "failed", "dropped"};
    const auto i = static_cast<std::size_t>(outcome);
    return made(posting_[i], "hil_posting_total", "outcome", names[i]);
}

void PlantMetrics::set_state(std::string_view state) {
    if (!own_ || state == state_) return;
    const auto of = [&](std::string_view name) {
        return registry_.registry_->make_gauge("hil_plant_transition",
                                               {{"plant", plant_}, {"state", std::string(name)}});
    };
    if (!state_.empty()) of(state_).set(0);
    of(state).set(1);
    state_ = state;
}

Metrics::Metrics(std::string_view version) : registry_(std::make_unique<Registry>()) {
    auto& r = *registry_;
    if (!version.empty()) r.make_gauge("hil_build_info", {{"version", std::string(version)}}).set(1);
    dispatch_lateness = r.make_histogram("hil_dispatch_lateness_seconds", {}, lateness_bounds);
    sample_lateness = r.make_histogram("hil_sample_lateness_seconds", {}, lateness_bounds);
    event_loop_lag = r.make_histogram("hil_event_loop_lag_seconds", {}, lateness_bounds);
    websocket_clients = r.make_gauge("hil_websocket_clients", {});
}

Metrics::~Metrics() = default;

PlantMetrics& Metrics::plant(std::string_view id) {
    if (!per_device_) id = "all";
    auto found = registry_->plants.find(id);
    if (found == registry_->plants.end()) {
        found =
            registry_->plants
                .emplace(std::string(id),
                         std::unique_ptr<PlantMetrics>(new PlantMetrics(*this, std::string(id), per_device_)))
                .first;
    }
    return *found->second;
}

Counter Metrics::market_requests(std::string_view operation, std::string_view outcome) {
    return registry_->make_counter("hil_market_requests_total", {{"operation", std::string(operation)},
                                                                 {"outcome", std::string(outcome)}});
}

Counter Metrics::commands(std::string_view kind, std::string_view state) {
    return registry_->make_counter("hil_commands_total",
                                   {{"kind", std::string(kind)}, {"state", std::string(state)}});
}

Counter Metrics::http_requests(std::string_view route, int status) {
    return registry_->make_counter("hil_http_requests_total",
                                   {{"route", std::string(route)}, {"status", std::to_string(status)}});
}

Counter Metrics::events(std::string_view kind) {
    return registry_->make_counter("hil_events_total", {{"kind", std::string(kind)}});
}

Gauge Metrics::alerts_active(std::string_view severity) {
    return registry_->make_gauge("hil_alerts_active", {{"severity", std::string(severity)}});
}

Gauge Metrics::device_value(std::string_view device, std::string_view quantity, std::string_view unit) {
    if (!per_device_) return {};
    return registry_->make_gauge(
        "hil_device_value",
        {{"device", std::string(device)}, {"quantity", std::string(quantity)}, {"unit", std::string(unit)}});
}

std::string Metrics::text() const {
    std::vector<prometheus::MetricFamily> out;
    for (const auto& family : registry_->all) {
        prometheus::MetricFamily written{family.text->name, family.text->help, family.text->type, {}};
        for (const auto& [labels, series] : family.series) {
            prometheus::ClientMetric metric;
            metric.label = labels;
            if (family.text->type == histogram) {
                const auto& cell = series.histogram;
                auto& to = metric.histogram;
                to.sample_sum = cell.sum;
                for (std::size_t i = 0; i < cell.counts.size(); ++i) {
                    to.sample_count += cell.counts[i];
                    const double bound =
                        i < cell.bounds.size() ? cell.bounds[i] : std::numeric_limits<double>::infinity();
                    to.bucket.push_back({to.sample_count, bound});
                }
            } else if (std::isnan(series.value)) {
                continue;
            } else if (family.text->type == counter) {
                metric.counter.value = series.value;
            } else {
                metric.gauge.value = series.value;
            }
            written.metric.push_back(std::move(metric));
        }
        if (!written.metric.empty()) out.push_back(std::move(written));
    }
    return prometheus::TextSerializer().prometheus::Serializer::Serialize(out);
}

}  // namespace hil::observe
