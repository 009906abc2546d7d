// Faults that an emulated plant is told to have, over the control endpoint or by a scenario.
//
// As JSON: {"kind": "delay", "ms": 300, "jitter_ms": 50, "plant": "lib", "after_s": 10, "for_s": 60,
//           "probability": 0.2}. `plant` is every plant when it is left out, `after_s` counts from when the
// fault was given, without `for_s` it lasts until it is taken back, and `probability` is drawn for every
// connection, answer, write or sample it could spoil. Times are site time.
//
//   refuse_connections                            new connections are closed at once
//   drop_responses {function?, address?}          answers are swallowed; address: of a write (function 6, 16)
//   delay {ms, jitter_ms?}                        answers come later (unscaled time)
//   disconnect {after_bytes}                      the connection is reset after so many bytes of answers
//   exception {code, function?, address?}         requests are answered with this exception
//   wrong_transaction_id                          of answers
//   truncate                                      an answer is cut in its middle, then the connection ends
//   swallow_first {ms}                            what is asked so early on a connection is lost (unscaled)
//   need_pause {ms}                               what is asked so soon after an answer is lost (unscaled)
//   close_idle {ms}                               an idle connection is closed after so long (unscaled)
//   one_at_a_time                                 what is asked while an answer is due is lost; with delay
//   other_unit {unit}                             answers come from this unit
//   freeze_measurements                           all measurements stay as they are
//   stuck_point {point, value}                    a measurement shows this value
//   not_available {point}                         a measurement reads as its first not_available value, or as
//                                                 devices of its format usually say so (0xFFFF, 0x8000, NaN)
//   other_device {value}                          the point of modbus.expect shows this value
//   noise {point, sigma}                          normal noise on a measurement
//   bias {point, offset}                          an offset on a measurement
//   ignore_writes {point}                         writes of a point are acknowledged and have no effect
//   refuse_values {point, high?, low?, code?, function?}
//                                                 values above or below are answered with an exception
//   clamp_values {point, high?, low?}             they are taken for the limit
//   round_values {point, step, direction?}        values become multiples of it: nearest, up or down in size
//   late_values {point, ms}                       a value can be read, and has effect, only so much later
//   setpoint_watchdog {hold_s}                    setpoints not written for so long mean 0; registers stay
//   wrong_echo {point, offset}                    answers to function 6 echo another value
#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/subscription.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hil::plant_sim {

enum class FaultKind : std::uint8_t {
    refuse_connections,
    drop_responses,
    delay,
    disconnect,
    exception,
    wrong_transaction_id,
    truncate,
    swallow_first,
    need_pause,
    close_idle,
    one_at_a_time,
    other_unit,
    freeze_measurements,
    stuck_point,
    noise,
    bias,
    ignore_writes,
    refuse_values,
    clamp_values,
    round_values,
    late_values,
    setpoint_watchdog,
    wrong_echo,
    not_available,
    other_device,
};

// To which multiple a device rounds, by size: 100.5 down is 100, and so is -100.5 to -100.
enum class Rounding : std::uint8_t { nearest, up, down };
std::string_view to_string(FaultKind kind);

struct Fault {
    FaultKind kind{};
    std::string plant;  // empty: every plant
    Duration after{};
    std::optional<Duration> lasts;
    double probability = 1;

    Duration delay{}, jitter{};
    Duration hold{};                  // of a watchdog
    std::optional<double> high, low;  // of values refused or clamped, in the unit of the point
    Rounding rounding = Rounding::nearest;
    std::uint64_t after_bytes = 0;
    std::uint8_t code = 4;                 // of the exception
    std::uint8_t unit = 0;                 // of other_unit
    std::optional<std::uint8_t> function;  // none: any
    std::optional<std::uint16_t> address;  // a request that touches this register; none: any; of dropped
                                           // answers the first register written
    std::string point;
    double amount =
        0;  // value, sigma, offset or step, in the unit of the plant's output (kW, kvar, kV, 0..1)
};

// Whose faults there can be; for checking and for messages.
struct FaultSubject {
    std::string plant;
    std::vector<std::string> points;
};

// A sentence naming key, value and rule when it is no fault.
std::variant<Fault, std::string> parse_fault(const boost::json::value& json,
                                             const std::vector<FaultSubject>& subjects);
boost::json::object to_json(const Fault& fault);

class Faults {
  public:
    Faults(Clock& clock, Random random) : clock_(clock), random_(random) {}

    struct Entry {
        std::uint64_t id = 0;
        Fault fault;
        Instant from;                  // in force in [from, until)
        std::optional<Instant> until;  // none: until taken back
        std::uint64_t hits = 0;
    };

    std::uint64_t add(Fault fault);
    bool remove(std::uint64_t id);
    void clear() { entries_.clear(); }
    void clear_but(FaultKind kept);
    // Those that are over are gone.
    [[nodiscard]] const std::vector<Entry>& entries();

    // Whether anything could happen to this plant now: cheap, for the usual case of no faults.
    [[nodiscard]] bool quiet() const { return entries_.empty(); }
    // The first fault of that kind in force for the plant, if chance lets it strike now.
    const Fault* strike(std::string_view plant, FaultKind kind);
    // Every one in force, chance included.
    std::vector<const Fault*> strikes(std::string_view plant, FaultKind kind);

    [[nodiscard]] Clock& clock() { return clock_; }
    [[nodiscard]] Random& random() { return random_; }

    // Told of the first hit of each fault.
    std::function<void(const Entry&)> on_first_hit;

  private:
    void drop_past();
    bool hit(Entry& entry);

    Clock& clock_;
    Random random_;
    std::uint64_t next_id_ = 1;
    std::vector<Entry> entries_;
};

}  // namespace hil::plant_sim
