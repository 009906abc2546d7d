// The latest sample of every plant, recorded or not, and who wants to hear of it.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "measure/row.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
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
    using Listener = std::function<void(std::size_t plant, Change)>;

    explicit LiveState(std::size_t plants);

    [[nodiscard]] std::size_t size() const { return plants_.size(); }
    [[nodiscard]] const LivePlant& plant(std::size_t index) const { return plants_[index]; }

    void sampled(std::size_t plant, const Row& row, Instant due);
    void failed(std::size_t plant, error_code error);
    void recording(std::size_t plant, bool on, std::string file);
    // Another endpoint answers from now on: what is known of the old one is forgotten.
    void forget(std::size_t plant);

    // Calls the listener at every change until the subscription is destroyed; it may outlive the LiveState.
    // A listener must not subscribe or unsubscribe from within a call.
    class [[nodiscard]] Subscription {
      public:
        Subscription() = default;
        Subscription(Subscription&&) = default;
        Subscription& operator=(Subscription&& other) noexcept;
        ~Subscription() { cancel(); }
        void cancel();

      private:
        friend class LiveState;
        struct Listeners;
        std::weak_ptr<Listeners> listeners_;
        std::uint64_t id_ = 0;
    };
    Subscription subscribe(Listener listener);

  private:
    void tell(std::size_t plant, Change change);

    std::vector<LivePlant> plants_;
    std::shared_ptr<Subscription::Listeners> listeners_;
};

}  // namespace hil::measure
