// The whole configuration as plain values, checked: what any part is given has passed its rules.
// Key names and nesting are those of the JSON file. Reading and its problems: load.hpp.
#pragma once

#include "base/byte_stream.hpp"
#include "base/time.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hil::config {

enum class TransportMode : std::uint8_t { local, remote };
enum class ScheduleSource : std::uint8_t { manual, api };
enum class OnExit : std::uint8_t { safe_stop, leave };
enum class OnStartRunning : std::uint8_t { safe_stop, adopt, leave };
enum class OnPlantRestart : std::uint8_t { stay_stopped, restart };

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

// Units on the wire; `percent` is written `%` or `pc`.
enum class Unit : std::uint8_t { raw, pu, percent, w, kw, mw, var, kvar, mvar, v, kv };

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

struct PowerLimits {
    double p_max_kw = 1000, p_min_kw = -1000, q_max_kvar = 600, q_min_kvar = -600;
};

// What is emulated behind a local endpoint.
enum class BatteryKind : std::uint8_t { ideal, li_ion, vrfb, replay };
// Of li_ion: iron phosphate, NMC, manganese spinel (an early electric car's), NMC 811 with silicon.
enum class Chemistry : std::uint8_t { lfp, nmc, lmo, lg_m50 };

// Of a recording that is played back: when its first row is, and what a plant shows where it knows nothing.
enum class ReplayTime : std::uint8_t { start, wall_clock };
enum class ReplayGaps : std::uint8_t { unreadable, hold };

struct Emulation {
    BatteryKind kind = BatteryKind::ideal;
    Chemistry chemistry = Chemistry::lfp;
    std::optional<double> dc_voltage_kv;                   // of the battery at half charge; none: by the POI
    Duration response_delay{};                             // from a setpoint to the begin of its effect
    std::optional<double> ramp_kw_per_s;                   // how fast power follows then; none: at once
    double auxiliary_kw = 0;                               // cooling and control, always
    double line_resistance_pu = 0, line_reactance_pu = 0;  // between battery and POI, on the rated power
    double grid_resistance_pu = 0, grid_reactance_pu = 0;  // behind the POI: how far its voltage gives way
    double ambient_c = 25;
    double ageing_factor = 0;                             // 0: does not age; 365: a day counts for a year
    double capacity_loss_pu = 0, resistance_rise_pu = 0;  // of the battery as it is at the start
    // Standard deviations of the meters: in shares of the rated power, of the nominal voltage, and of 1.
    double power_noise_pu = 0, voltage_noise_pu = 0, soc_noise_pu = 0;
    // What the meters can tell apart, for kW and kvar, kV, and 0..1; 0: everything.
    double power_step_kw = 0, voltage_step_kv = 0, soc_step_pu = 0;
    std::uint64_t seed = 0;  // of the noise
    // Of replay only.
    std::filesystem::path file;
    ReplayTime file_time = ReplayTime::start;
    ReplayGaps file_gaps = ReplayGaps::unreadable;
};

struct PlantModel {
    double capacity_kwh = 50;
    PowerLimits power_limits;
    double poi_voltage_kv = 20;
    std::optional<double> ramp_kw_per_s;
    Emulation emulation;
};

// Limits of one measured value; none: not looked at. A value beyond a limit for `delay` enters its stage.
struct SafetyWindow {
    std::optional<double> stop_min, derate_min, warn_min, warn_max, derate_max, stop_max;
    double hysteresis = 0;
    Duration delay{};
};

// How long a trouble may last before each stage; none: the stage is not entered.
struct SafetyTimes {
    std::optional<Duration> warn, derate, stop;
};

// What the safety monitor holds a plant against.
struct PlantSafety {
    Duration poll_period = std::chrono::seconds(2);
    SafetyWindow soc;                  // pu
    SafetyWindow voltage;              // at the POI, in pu of poi_voltage_kv
    bool voltage_before_start = true;  // looked at before a start, too
    SafetyWindow temperature;          // in what the point gives, degrees Celsius
    std::string temperature_point = "temperature";
    SafetyTimes stale_data, setpoint_not_followed, link_lost;
    double follow_tolerance_pu = 0.05;  // of the power range

    PlantSafety();  // the shipped limits
};

struct MeasurementSeries {  // ids on the market platform; none is never posted
    std::optional<int> soc, p, q, v;
};

struct Plant {
    std::string id;    // [a-z][a-z0-9_-]{0,31}
    std::string name;  // for people
    PlantModel model;
    // Either may be missing, not both: an endpoint that is missing has no points and is never used.
    ModbusEndpoint local, remote;
    bool has_local = true, has_remote = true;
    MeasurementSeries measurement_series;
    PlantSafety safety;

    [[nodiscard]] bool has(TransportMode mode) const {
        return mode == TransportMode::local ? has_local : has_remote;
    }
    // Whether its controller on that side takes setpoints of reactive power.
    [[nodiscard]] bool takes_reactive_power(TransportMode mode) const {
        return has(mode) && endpoint(mode).find("q_setpoint") != nullptr;
    }
    // Precondition: has(mode).
    [[nodiscard]] const ModbusEndpoint& endpoint(TransportMode mode) const {
        return mode == TransportMode::local ? local : remote;
    }
};

struct General {
    std::string log_level = "INFO";  // DEBUG, INFO, WARNING, ERROR
    // Where every part writes; relative ones are relative to the working directory.
    std::filesystem::path data_dir = "data", log_dir = "logs";
    OnExit on_exit = OnExit::safe_stop;
    OnStartRunning on_start_running = OnStartRunning::safe_stop;
    OnPlantRestart on_plant_restart = OnPlantRestart::stay_stopped;
};

struct Startup {
    ScheduleSource schedule_source = ScheduleSource::manual;
    TransportMode transport_mode = TransportMode::local;
    double initial_soc_pu = 0.5;
};

// Read and kept for files written for the predecessor; nothing uses it.
struct Schedule {
    std::string source_csv = "schedule_source.csv";
    double duration_h = 0.5;
    int default_resolution_min = 5;
};

struct Timing {
    Duration data_fetcher_period = std::chrono::seconds(120);
    Duration scheduler_period = std::chrono::seconds(1);
    Duration plant_period = std::chrono::seconds(1);
    Duration measurement_period = std::chrono::seconds(5);
    Duration measurements_write_period = std::chrono::seconds(60);
};

// Per column of a measurement row, in internal units.
struct Tolerances {
    double p_setpoint_kw = 0.0, battery_active_power_kw = 0.1;
    double q_setpoint_kvar = 0.0, battery_reactive_power_kvar = 0.1;
    double soc_pu = 0.0001;
    double p_poi_kw = 0.1, q_poi_kvar = 0.1, v_poi_kV = 0.001;
};

struct Compression {
    bool enabled = true;
    Duration max_kept_gap = std::chrono::hours(1);
    Tolerances tolerances;
};

struct IstentoreApi {
    std::string base_url;  // empty: no platform
    std::string email;
    std::filesystem::path password_file;
    std::filesystem::path ca_file;  // PEM; empty: the system's authorities
    std::string password;           // from HIL_ISTENTORE_API__PASSWORD only, wins over the file
    std::string tomorrow_poll_start_time = "17:30";  // local HH:MM
    int schedule_period_minutes = 15;                // validity of a day-ahead value
    bool post_measurements_in_api_mode = true;
    bool post_in_local_mode = false;
    Duration measurement_post_period = std::chrono::seconds(60);
    int measurement_post_queue_maxlen = 2000;
    Duration measurement_post_retry_initial = std::chrono::seconds(2);
    Duration measurement_post_retry_max = std::chrono::seconds(60);
};

struct Tls {
    std::filesystem::path certificate_file, key_file;
};

struct Account {
    std::string name, role;     // role: viewer, operator
    std::string password_hash;  // argon2id; empty: cannot log in
    std::string token_hash;     // of a bearer token for scripts; empty: none
};

struct PrivateDashboard {
    Endpoint address{"127.0.0.1", 8050};
    std::vector<Account> auth;
    std::optional<Tls> tls;
};

struct PublicDashboard {
    bool enabled = false;
    Endpoint address{"127.0.0.1", 8060};
    std::string auth_mode = "basic";  // basic, none
    std::string user, password;       // from HIL_PUBLIC_DASH_USER and HIL_PUBLIC_DASH_PASS only; for basic
    std::optional<Tls> tls;
};

struct Retention {
    int logs_days = 30, events_days = 365, measurements_days = 0;  // 0: for ever
};

struct Alerts {
    Duration setpoint_unconfirmed =
        std::chrono::seconds(30);  // alarm when a setpoint stays unconfirmed so long
};

struct Config {
    General general;
    std::string timezone = "Europe/Madrid";
    Schedule schedule;
    Startup startup;
    Timing timing;
    Compression compression;
    IstentoreApi istentore_api;
    PrivateDashboard private_dashboard;
    PublicDashboard public_dashboard;
    std::vector<std::string> allowed_hosts;
    std::filesystem::path pages_dir;  // the built dashboard; empty: where it was built or installed
    Retention retention;
    Alerts alerts;
    std::vector<Plant> plants;  // in the order of the file

    [[nodiscard]] const Plant* find_plant(std::string_view id) const;
    // The ids of the plants that have no endpoint of that side.
    [[nodiscard]] std::vector<std::string> plants_without(TransportMode mode) const;
};

}  // namespace hil::config
