// How a device is reached over Modbus TCP: its address, its points, and what it demands of who asks.
#pragma once

#include "base/byte_stream.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hil::config {

enum class Format : std::uint8_t { int16, uint16, int32, uint32, float32, int64, uint64, float64 };
// Which table of the device a point lies in; input registers (function 4) can only be read.
enum class RegisterType : std::uint8_t { holding, input };
enum class Access : std::uint8_t { read, write, read_write };
enum class ByteOrder : std::uint8_t { big, little };
enum class WordOrder : std::uint8_t { msw_first, lsw_first };
// When a setpoint counts as confirmed: the register reads as it was written, is as near to it as `step` or
// `tolerance` say, or the write was acknowledged.
enum class Confirm : std::uint8_t { exact, within, acknowledged };
// Which function writes registers; automatic: 6 for one and 16 for more, or what the device turns out to
// know.
enum class WriteFunction : std::uint8_t { automatic, single, multiple };
// When a start writes the setpoints.
enum class SetpointOrder : std::uint8_t { before_enable, after_enable };
// What a value is replaced by that the device refuses though it took others.
enum class OnRefused : std::uint8_t { search, zero };

// Units on the wire; `percent` is written `%` or `pc`, `phase_v` and `phase_kv`, of a voltage that is kept in
// volts, `V` and `kV`.
enum class Unit : std::uint8_t {
    raw,
    pu,
    percent,
    w,
    kw,
    mw,
    var,
    kvar,
    mvar,
    v,
    kv,
    a,
    phase_v,
    phase_kv,
    wh,
    kwh,
    mwh
};

// What a point measures. Internal units: raw, kW, kvar, pu, kV, A, V, kWh.
enum class Quantity : std::uint8_t {
    raw,
    active_power,
    reactive_power,
    state_of_charge,
    voltage,
    current,
    phase_voltage,
    energy
};

// A value as the registers of a point hold it: a number, before scale and offset, or bits in hexadecimal
// ("0x8000").
using RawValue = std::variant<std::int64_t, double, std::string>;

struct Point {
    std::string name;
    std::uint16_t address = 0;
    Format format = Format::uint16;
    Access access = Access::read;
    Unit unit = Unit::raw;
    RegisterType register_type = RegisterType::holding;
    std::optional<Quantity> quantity =
        {};  // of a watched device's point; none: by its name, see quantity_of()
    // value on the wire = counts * eng_per_count * 10^(value of scale_point) + offset, in `unit`
    double eng_per_count = 1.0;           // negative where the device counts the other way; never 0
    double offset = 0;                    // of the unit on the wire
    std::string scale_point;              // gives the power of ten; empty: 10^0
    std::vector<RawValue> not_available;  // raw values by which the device says that it has none
    std::optional<WordOrder> word_order;  // overrides the endpoint's
    std::string alias_of;                 // shares the registers of that point on purpose

    // How the device treats what is written, of p_setpoint and q_setpoint, in kW and kvar.
    double step = 0;                        // the device keeps multiples of it; 0: any value
    double tolerance = 0;                   // as near as this counts as equal
    std::optional<Confirm> confirm;         // none: see confirmation()
    std::optional<Duration> refresh;        // written anew so often while dispatch is on
    std::optional<int> max_writes_per_day;  // of a memory that wears out
    std::vector<std::string> limit_points;  // what it takes now: of both directions, or of
                                            // discharging and charging
    // Of every point: how long an acknowledged value may take to be read back; none: 3 s.
    std::optional<Duration> verify_timeout;
    static constexpr Duration usual_verify_timeout = std::chrono::seconds(3);

    [[nodiscard]] Confirm confirmation() const {
        return confirm.value_or(step > 0 || tolerance > 0 ? Confirm::within : Confirm::exact);
    }
    [[nodiscard]] std::uint16_t word_count() const;
    [[nodiscard]] bool is_float() const { return format == Format::float32 || format == Format::float64; }

    friend bool operator==(const Point&, const Point&) = default;
};

struct SequenceStep {
    std::string point;
    double value = 0;
    bool verify = false;                          // read back and compared; only for points that can be read
    std::optional<Duration> verify_timeout = {};  // none: that of the point
    bool watch = true;  // of a verified step of a start: ours only while the register holds the value

    [[nodiscard]] bool watched() const { return verify && watch; }
};

// A register by which the right device, map and firmware is known: it holds the value, or one of the range.
struct Expectation {
    std::string point;
    std::optional<double> value, min, max;
};

struct Heartbeat {
    std::string point;
    Duration period{};
};

struct ModbusEndpoint {
    Endpoint address;
    std::uint8_t unit_id = 1;
    bool watched = false;  // of a device that is only read: it may lack every point that a plant has
    Duration timeout = std::chrono::seconds(1);
    std::uint16_t max_gap_registers = 16;
    std::uint16_t max_registers = 125;  // of one request
    // Of an emulator: other unit ids and addresses without a point are refused, so that a rehearsal finds
    // them.
    bool strict = false;
    std::uint16_t max_in_flight = 1;
    Duration connect_delay{};  // from the connection to the first request
    Duration min_pause{};      // from an answer to the next request; above 0 they go one at a time
    ByteOrder byte_order = ByteOrder::big;
    WordOrder word_order = WordOrder::msw_first;
    std::vector<Point> points;  // in the order of the file
    std::vector<SequenceStep> start_sequence, stop_sequence;
    std::optional<Heartbeat> heartbeat;
    WriteFunction write_function = WriteFunction::automatic;
    SetpointOrder setpoints = SetpointOrder::before_enable;
    bool stale_setpoint_ok = false;  // a start may enable a plant whose setpoint registers are not 0
    OnRefused on_refused = OnRefused::search;
    Duration start_retry = std::chrono::seconds(600);  // for so long a start is tried again; 0: tried once
    std::optional<Expectation> expect;

    [[nodiscard]] const Point* find(std::string_view name) const;
};

}  // namespace hil::config
