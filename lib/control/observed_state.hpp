// What the plant was last seen to be, with its age: values are kept when a read fails, and called stale when
// they are older than three seconds, or one and a half reading periods where those are longer. The enable
// register has an age of its own: other values that arrive do not make an old one fresh.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <optional>

namespace hil::control {

enum class ReadStatus : std::uint8_t { unknown, ok, connect_failed, read_error };

class ObservedState {
  public:
    explicit ObservedState(Duration read_period = std::chrono::seconds(2));

    // A read of `attempted` succeeded: values that are known replace the old ones.
    void succeeded(Instant attempted, std::optional<bool> enabled);
    void measured(Instant at, double p_battery_kw, double q_battery_kvar);
    // A read of `attempted` failed or brought nothing: old values stay, the failure is counted.
    void failed(Instant attempted, ReadStatus status, error_code error);
    // Nothing is known any more (another endpoint is used).
    void reset();

    // Whether nothing at all was heard lately.
    [[nodiscard]] bool stale(Instant now) const;
    // Fresh knowledge of the enable register; none when unknown or stale.
    [[nodiscard]] std::optional<bool> enabled(Instant now) const;
    [[nodiscard]] std::optional<Duration> age(Instant now) const;

    [[nodiscard]] ReadStatus read_status() const { return status_; }
    [[nodiscard]] std::uint32_t consecutive_failures() const { return failures_; }
    [[nodiscard]] error_code last_error() const { return last_error_; }
    [[nodiscard]] std::optional<double> p_battery_kw() const { return p_battery_kw_; }
    [[nodiscard]] std::optional<double> q_battery_kvar() const { return q_battery_kvar_; }

  private:
    Duration stale_after_;
    std::optional<bool> enabled_;
    std::optional<double> p_battery_kw_, q_battery_kvar_;
    std::optional<Instant> last_attempt_, last_success_, enabled_at_;
    ReadStatus status_ = ReadStatus::unknown;
    std::uint32_t failures_ = 0;
    error_code last_error_;
};

}  // namespace hil::control
