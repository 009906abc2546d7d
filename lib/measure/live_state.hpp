// The latest sample of every plant, recorded or not, and who wants to hear of it.
#pragma once

#include "base/result.hpp"
#include "base/subscription.hpp"
#include "base/time.hpp"
#include "measure/row.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hil::measure {

struct LivePlant {
    std::optional<Row> latest;     // kept when samples fail: see stale
    std::optional<Instant> taken;  // when `latest` was due
    bool stale = true;             // the last attempt failed, or there was none
    std::uint32_t consecutive_failures = 0;
    error_code last_error;  // none after a success
    bool recording = false;
    std::string file;  // of the recording; empty while off

    // False also when the sample is older than `max_age`: a sampler that hangs is not fresh.
    [[nodiscard]] bool fresh(Instant now, Duration max_age) const {
        return !stale && taken && now - *taken <= max_age;
    }
};

class LiveState {
  public:
    enum class Change : std::uint8_t { sampled, failed, recording };
    using Listener = Publisher<std::size_t, Change>::Listener;

    explicit LiveState(std::size_t plants);

    [[nodiscard]] std::size_t size() const { return plants_.size(); }
    [[nodiscard]] const LivePlant& plant(std::size_t index) const { return plants_[index]; }

    void sampled(std::size_t plant, const Row& row, Instant due);
    void failed(std::size_t plant, error_code error);
    void recording(std::size_t plant, bool on, std::string file);
    // Another endpoint answers from now on: what is known of the old one is forgotten.
    void forget(std::size_t plant);

    // Calls the listener at every change.
    Subscription subscribe(Listener listener) { return changes_.subscribe(std::move(listener)); }

  private:
    std::vector<LivePlant> plants_;
    Publisher<std::size_t, Change> changes_;
};

}  // namespace hil::measure
