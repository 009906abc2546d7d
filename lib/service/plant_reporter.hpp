// What becomes of what happens at a plant: happenings (log, event, alert), metrics, the why of a value, news
// for whoever shows it. It decides nothing and writes nothing to the plant.
#pragma once

#include "base/async_event.hpp"
#include "service/endpoint_runtime.hpp"
#include "service/plan_following.hpp"
#include "service/recent_count.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace hil::service {

// Who follows a plant from outside, such as a simulation: notified after the service itself. All may be
// empty.
struct PlantObserver {
    std::function<void(const control::PlantControl::WriteEvent&)> on_write;
    std::function<void(const measure::Row&)> on_sample;
    std::function<void(error_code)> on_sample_failure;
    std::function<void(const plant::LinkStatus&)> on_link;
    std::function<void()> on_bound;  // another transport is in use, and nothing has been asked there yet
};

class PlantReporter {
  public:
    // All outlive it.
    PlantReporter(const SiteContext& context, const PlantSite& site, std::size_t index,
                  PlanFollowing& following);

    // The endpoint in use from now on; of another one neither its link nor its values are heard.
    void present(const EndpointRuntime& runtime) { present_ = &runtime; }
    // The endpoint that was in use has ended: conditions of it are over.
    void moved(const EndpointRuntime& from);

    void observe(PlantObserver observer) { observer_ = std::move(observer); }

    void on_link(const EndpointRuntime& runtime, const plant::LinkStatus& status);
    // Trouble on a link that stands: the peer answers, but not as the plant would. What a lost link says
    // comes by on_link(), and a single lost answer is no news.
    void on_trouble(const EndpointRuntime& runtime, const plant::LinkStatus& status);
    void on_exchange(const modbus::Exchange& exchange);
    void on_reading(const EndpointRuntime& runtime, const plant::ReadingNews& news);
    void on_notice(const EndpointRuntime& runtime, const control::Notice& notice);
    void on_idle(const EndpointRuntime& runtime, const std::optional<std::string>& idle);
    void on_write(const EndpointRuntime& runtime, const control::PlantControl::WriteEvent& write);
    void on_dispatch(bool enabled);
    void on_sample(EndpointRuntime& runtime, const measure::Row& row, const TickStep& step);
    void on_sample_failure(EndpointRuntime& runtime, error_code error, const TickStep& step);

    // Notified at every change of the link in use.
    [[nodiscard]] AsyncEvent& link_changed() { return link_changed_; }

    struct RoundTrips {
        Duration total{};
        std::uint64_t requests = 0;  // answered or not
        std::uint64_t answers = 0;   // exceptions included
        std::uint64_t errors = 0;    // exceptions, and requests without an answer
    };
    [[nodiscard]] const RoundTrips& round_trips() const { return round_trips_; }
    // Requests that were not answered in the last ten minutes.
    [[nodiscard]] std::uint64_t lost_requests() const { return lost_.count(context_.clock.io_now()); }
    [[nodiscard]] const observe::PlantMetrics& metrics() const { return metrics_; }

  private:
    void notify(Happening what, std::string text, std::string_view part = {}, std::string log = {});
    void show_expected(const plant::LinkStatus& status);
    void log_write(std::string_view name, const control::PlantControl::WriteEvent& write);

    const SiteContext& context_;
    const PlantSite& site_;
    std::size_t index_;
    const config::Plant& plant_;
    PlanFollowing& following_;
    observe::PlantMetrics& metrics_;
    const EndpointRuntime* present_ = nullptr;
    PlantObserver observer_;
    AsyncEvent link_changed_;
    RoundTrips round_trips_;
    RecentCount lost_;
    bool one_at_a_time_notified_ = false;
    bool trouble_notified_ = false;  // of a link that stands
};

}  // namespace hil::service
