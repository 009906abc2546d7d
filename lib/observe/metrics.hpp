// The figures the service exports, under the names of its public interface.
//
// Parts keep handles: adding to one is an addition in memory. A handle that was made from nothing counts
// nothing, so a part can be used without a registry. Values live on the reactor; text() is called there.
// A gauge whose value is not known (never set, or set to NaN) is left out of the text.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hil::observe {

class Counter {
  public:
    Counter() = default;
    explicit Counter(double* cell) : cell_(cell) {}
    void add(double by = 1) const {
        if (cell_) *cell_ += by;
    }
    [[nodiscard]] double value() const { return cell_ ? *cell_ : 0; }
    // Whether it counts anywhere.
    explicit operator bool() const { return cell_ != nullptr; }

  private:
    double* cell_ = nullptr;
};

class Gauge {
  public:
    Gauge() = default;
    explicit Gauge(double* cell) : cell_(cell) {}
    void set(double value) const {
        if (cell_) *cell_ = value;
    }
    void unset() const;
    [[nodiscard]] double value() const;  // NaN when not known

  private:
    double* cell_ = nullptr;
};

struct HistogramCell {
    std::vector<double> bounds;  // ascending upper bounds; one more count than bounds
    std::vector<std::uint64_t> counts;
    double sum = 0;
};

class Histogram {
  public:
    Histogram() = default;
    explicit Histogram(HistogramCell* cell) : cell_(cell) {}
    void observe(double value) const;
    [[nodiscard]] std::uint64_t count() const;
    // Upper bound of the bucket in which the q-quantile (0..1) lies; 0 without observations, infinity beyond
    // the last bound.
    [[nodiscard]] double quantile(double q) const;

  private:
    HistogramCell* cell_ = nullptr;
};

enum class RequestOutcome : std::uint8_t { ok, exception, timeout, disconnected, invalid, rejected };
enum class WriteOutcome : std::uint8_t { ok, failed, superseded, rejected };
enum class SampleOutcome : std::uint8_t { ok, partial, failed, skipped };
enum class RowKind : std::uint8_t { kept, merged, null };
enum class PostOutcome : std::uint8_t { ok, failed, dropped };
enum class SignalName : std::uint8_t { p, q };

// Everything that is counted per plant. Handles are made on first use and then only looked up in an array.
class PlantMetrics {
  public:
    Gauge active_power_setpoint, active_power_battery, active_power_poi;        // kW
    Gauge reactive_power_setpoint, reactive_power_battery, reactive_power_poi;  // kvar
    Gauge soc_ratio, voltage_kv;
    Histogram modbus_duration;  // seconds
    Gauge posting_queue_depth;

    // `function` is the Modbus function code, 1..24.
    Counter& modbus_requests(std::uint8_t function, RequestOutcome outcome);
    Counter& dispatch_writes(SignalName signal, WriteOutcome outcome);
    Counter& samples(SampleOutcome outcome);
    Counter& recorder_rows(RowKind kind);
    Counter& posting(PostOutcome outcome);
    // The named state is 1, every other one this plant was in is 0.
    void set_state(std::string_view state);

  private:
    friend class Metrics;
    // Of one plant, or, without its own gauges, of all.
    PlantMetrics(class Metrics& registry, std::string plant, bool own);
    Counter& made(Counter& handle, std::string_view family, std::string_view label, std::string_view value);

    Metrics& registry_;
    std::string plant_;
    bool own_;
    std::array<std::array<Counter, 6>, 25> modbus_requests_;
    std::array<std::array<Counter, 4>, 2> dispatch_writes_;
    std::array<Counter, 4> samples_;
    std::array<Counter, 3> recorder_rows_;
    std::array<Counter, 3> posting_;
    std::string state_;
};

class Metrics {
  public:
    explicit Metrics(std::string_view version = {});
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;
    ~Metrics();

    // Whether each plant and device has series of its own. Without, what is counted of all plants stands
    // under `plant="all"`, and what one of them measures stands nowhere. To be said before anything is asked
    // for.
    void per_device(bool on) { per_device_ = on; }
    // The same object for the same id; lives as long as the registry.
    PlantMetrics& plant(std::string_view id);

    Histogram dispatch_lateness, sample_lateness, event_loop_lag;  // seconds
    Gauge websocket_clients;

    // These look their labels up: keep the handle where they are frequent.
    Counter market_requests(std::string_view operation, std::string_view outcome);
    Counter commands(std::string_view kind, std::string_view state);
    Counter http_requests(std::string_view route, int status);  // the route's pattern, never a path
    Counter events(std::string_view kind);
    Gauge alerts_active(std::string_view severity);
    // Of a device that is only watched.
    Gauge device_value(std::string_view device, std::string_view quantity, std::string_view unit);

    // The text exposition format of Prometheus.
    [[nodiscard]] std::string text() const;

  private:
    friend class PlantMetrics;
    struct Registry;
    std::unique_ptr<Registry> registry_;
    bool per_device_ = true;
};

}  // namespace hil::observe
