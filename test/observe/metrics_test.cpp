#include "observe/metrics.hpp"

#include "observe/loop_lag.hpp"
#include "support/catch.hpp"

#include <cmath>
#include <limits>

using namespace hil;
using namespace hil::observe;
using namespace std::chrono_literals;

namespace {

bool has_line(const std::string& text, const std::string& line) {
    return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("every figure appears under its public name and labels") {
    Metrics metrics("1.2.3");
    PlantMetrics& lib = metrics.plant("lib");
    lib.active_power_setpoint.set(12.5);
    lib.active_power_battery.set(-3);
    lib.active_power_poi.set(0);
    lib.reactive_power_setpoint.set(1);
    lib.soc_ratio.set(0.5);
    lib.voltage_kv.set(20);
    lib.set_state("running");
    lib.modbus_requests(3, RequestOutcome::ok).add();
    lib.modbus_requests(3, RequestOutcome::ok).add();
    lib.modbus_requests(16, RequestOutcome::timeout).add();
    lib.modbus_duration.observe(0.002);
    lib.dispatch_writes(SignalName::p, WriteOutcome::ok).add(3);
    lib.dispatch_writes(SignalName::q, WriteOutcome::superseded).add();
    lib.samples(SampleOutcome::partial).add();
    lib.recorder_rows(RowKind::merged).add();
    lib.posting_queue_depth.set(7);
    lib.posting(PostOutcome::failed).add();
    metrics.dispatch_lateness.observe(0.001);
    metrics.sample_lateness.observe(0.001);
    metrics.event_loop_lag.observe(0.001);
    metrics.market_requests("login", "ok").add();
    metrics.commands("plant.start", "succeeded").add();
    metrics.alerts_active("alarm").set(1);
    metrics.websocket_clients.set(2);
    metrics.http_requests("/api/v1/status", 200).add();

    const std::string text = metrics.text();
    for (const auto* line : {R"(hil_build_info{version="1.2.3"} 1)",
                             R"(hil_plant_active_power_kw{plant="lib",at="setpoint"} 12.5)",
                             R"(hil_plant_active_power_kw{plant="lib",at="battery"} -3)",
                             R"(hil_plant_active_power_kw{plant="lib",at="poi"} 0)",
                             R"(hil_plant_reactive_power_kvar{plant="lib",at="setpoint"} 1)",
                             R"(hil_plant_soc_ratio{plant="lib"} 0.5)",
                             R"(hil_plant_voltage_kv{plant="lib"} 20)",
                             R"(hil_plant_transition{plant="lib",state="running"} 1)",
                             R"(hil_modbus_requests_total{plant="lib",function="3",outcome="ok"} 2)",
                             R"(hil_modbus_requests_total{plant="lib",function="16",outcome="timeout"} 1)",
                             R"(hil_modbus_request_duration_seconds_count{plant="lib"} 1)",
                             R"(hil_dispatch_writes_total{plant="lib",signal="p",outcome="ok"} 3)",
                             R"(hil_dispatch_writes_total{plant="lib",signal="q",outcome="superseded"} 1)",
                             R"(hil_dispatch_lateness_seconds_count 1)",
                             R"(hil_sample_lateness_seconds_count 1)",
                             R"(hil_samples_total{plant="lib",outcome="partial"} 1)",
                             R"(hil_recorder_rows_total{plant="lib",kind="merged"} 1)",
                             R"(hil_posting_queue_depth{plant="lib"} 7)",
                             R"(hil_posting_total{plant="lib",outcome="failed"} 1)",
                             R"(hil_market_requests_total{operation="login",outcome="ok"} 1)",
                             R"(hil_commands_total{kind="plant.start",state="succeeded"} 1)",
                             R"(hil_alerts_active{severity="alarm"} 1)",
                             R"(hil_websocket_clients 2)",
                             R"(hil_http_requests_total{route="/api/v1/status",status="200"} 1)",
                             R"(hil_event_loop_lag_seconds_count 1)",
                             R"(# TYPE hil_modbus_requests_total counter)",
                             R"(# TYPE hil_plant_soc_ratio gauge)",
                             R"(# TYPE hil_event_loop_lag_seconds histogram)"}) {
        INFO(line << "\n" << text);
        CHECK(has_line(text, line));
    }
}

TEST_CASE("a value that is not known is left out, and can become unknown again") {
    Metrics metrics;
    PlantMetrics& lib = metrics.plant("lib");
    CHECK(metrics.text().find("hil_plant_soc_ratio") == std::string::npos);
    lib.soc_ratio.set(0.4);
    CHECK(metrics.text().find("hil_plant_soc_ratio{") != std::string::npos);
    lib.soc_ratio.unset();
    CHECK(std::isnan(lib.soc_ratio.value()));
    CHECK(metrics.text().find("hil_plant_soc_ratio") == std::string::npos);
}

TEST_CASE("a plant is in one state at a time") {
    Metrics metrics;
    PlantMetrics& lib = metrics.plant("lib");
    lib.set_state("stopped");
    lib.set_state("starting");
    lib.set_state("starting");
    const std::string text = metrics.text();
    CHECK(has_line(text, R"(hil_plant_transition{plant="lib",state="starting"} 1)"));
    CHECK(has_line(text, R"(hil_plant_transition{plant="lib",state="stopped"} 0)"));
}

TEST_CASE("the handles of a plant are the same whenever they are asked for") {
    Metrics metrics;
    CHECK(&metrics.plant("lib") == &metrics.plant("lib"));
    CHECK(&metrics.plant("lib") != &metrics.plant("vrfb"));
    Counter& requests = metrics.plant("lib").modbus_requests(4, RequestOutcome::exception);
    CHECK(&requests == &metrics.plant("lib").modbus_requests(4, RequestOutcome::exception));
    for (int i = 0; i < 200; ++i)
        metrics.plant(fmt::format("p{}", i)).samples(SampleOutcome::ok).add();
    requests.add();
    CHECK(metrics.plant("lib").modbus_requests(4, RequestOutcome::exception).value() == 1);
    CHECK(has_line(metrics.text(), R"(hil_samples_total{plant="p199",outcome="ok"} 1)"));
    metrics.plant("lib").modbus_requests(200, RequestOutcome::ok).add();
    CHECK(has_line(metrics.text(),
                   R"(hil_modbus_requests_total{plant="lib",function="other",outcome="ok"} 1)"));
}

TEST_CASE("a histogram counts into cumulative buckets, its bounds included, and knows its quantiles") {
    Metrics metrics;
    const Histogram& lag = metrics.event_loop_lag;
    CHECK(lag.quantile(0.5) == 0);
    for (const double value : {0.0, 0.0001, 0.0002, 0.03, 60.0})
        lag.observe(value);
    const std::string text = metrics.text();
    CHECK(has_line(text, R"(hil_event_loop_lag_seconds_bucket{le="0.0001"} 2)"));
    CHECK(has_line(text, R"(hil_event_loop_lag_seconds_bucket{le="0.0005"} 3)"));
    CHECK(has_line(text, R"(hil_event_loop_lag_seconds_bucket{le="0.05"} 4)"));
    CHECK(has_line(text, R"(hil_event_loop_lag_seconds_bucket{le="10"} 4)"));
    CHECK(has_line(text, R"(hil_event_loop_lag_seconds_bucket{le="+Inf"} 5)"));
    CHECK(lag.count() == 5);
    CHECK(lag.quantile(0.4) == 0.0001);
    CHECK(lag.quantile(0.5) == 0.0005);
    CHECK(lag.quantile(0.8) == 0.05);
    CHECK(lag.quantile(1.0) == std::numeric_limits<double>::infinity());
}

TEST_CASE("handles made from nothing count nothing") {
    const Counter counter;
    counter.add();
    CHECK(counter.value() == 0);
    CHECK_FALSE(counter);
    const Gauge gauge;
    gauge.set(1);
    CHECK(std::isnan(gauge.value()));
    const Histogram histogram;
    histogram.observe(1);
    CHECK(histogram.count() == 0);
}

TEST_CASE("the lag of the event loop is how late a due timer is served") {
    asio::io_context context(1);
    VirtualClock clock(context, WallTime{});
    Metrics metrics;
    LoopLag lag(clock, metrics.event_loop_lag, 100ms);
    std::vector<Duration> stalls;
    lag.on_stall = [&](Duration d) { stalls.push_back(d); };
    clock.run_for(1s);
    CHECK(metrics.event_loop_lag.count() == 10);
    CHECK(lag.worst() == 0s);
    CHECK(stalls.empty());
}

TEST_CASE("a handler that blocks the loop is seen as lag") {
    asio::io_context context(1);
    RealClock clock(context);
    Metrics metrics;
    LoopLag lag(clock, metrics.event_loop_lag, 1ms);
    lag.stall_threshold = 10ms;
    Duration stalled{};
    lag.on_stall = [&](Duration d) {
        stalled = d;
        clock.stop();
    };
    asio::post(context, [&] {
        const auto until = clock.io_now() + 20ms;
        while (clock.io_now() < until) {
        }
    });
    clock.run();
    CHECK(stalled >= 10ms);
    CHECK(lag.worst() >= stalled);
    CHECK(metrics.event_loop_lag.quantile(1.0) >= 0.01);
}

TEST_CASE("without series of their own plants are counted together, and nobody's measurements are told") {
    Metrics metrics;
    metrics.per_device(false);
    auto& lib = metrics.plant("lib");
    CHECK(&metrics.plant("vrfb") == &lib);
    lib.samples(SampleOutcome::ok).add();
    metrics.plant("vrfb").samples(SampleOutcome::ok).add();
    lib.modbus_requests(3, RequestOutcome::ok).add(5);
    lib.modbus_duration.observe(0.002);
    lib.active_power_battery.set(12);
    lib.soc_ratio.set(0.5);
    lib.posting_queue_depth.set(3);
    lib.set_state("running");
    metrics.device_value("grid", "voltage", "V").set(230);
    const auto text = metrics.text();
    CHECK(has_line(text, R"(hil_samples_total{plant="all",outcome="ok"} 2)"));
    CHECK(has_line(text, R"(hil_modbus_requests_total{plant="all",function="3",outcome="ok"} 5)"));
    CHECK(has_line(text, R"(hil_modbus_request_duration_seconds_count{plant="all"} 1)"));
    for (const auto* family : {"hil_plant_active_power_kw", "hil_plant_soc_ratio", "hil_plant_transition",
                               "hil_posting_queue_depth", "hil_device_value", "lib", "vrfb"})
        CHECK(text.find(family) == std::string::npos);
}
