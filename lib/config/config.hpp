// The whole configuration as plain values, checked: what any part is given has passed its rules.
// Key names and nesting are those of the JSON file. Reading and its problems: load.hpp.
#pragma once

#include "base/byte_stream.hpp"
#include "base/time.hpp"
#include "config/alerting.hpp"
#include "config/endpoint.hpp"
#include "config/layer_id.hpp"

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
// The layer that decides where no layer above it does; those that can be chosen are in names.hpp.
using ScheduleSource = LayerId;
enum class OnExit : std::uint8_t { safe_stop, leave };
// Whether the emulators of local transport listen on ports of the machine; automatic: below `many_ports` of
// them.
enum class LocalPorts : std::uint8_t { automatic, open, closed };
enum class OnStartRunning : std::uint8_t { safe_stop, adopt, leave };
enum class OnPlantRestart : std::uint8_t { stay_stopped, restart };

// What a device is; one that takes setpoints is a plant (`plants`), the others are watched (`devices`).
enum class DeviceKind : std::uint8_t { battery, pv, load, meter };

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
    double stop_threshold_kw = 1.0;  // a stop switches off below this, kW and kvar
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

// How an emulated device comes by what it shows.
enum class EmulatedCourse : std::uint8_t { constant, day, file };

struct DeviceEmulation {
    EmulatedCourse course = EmulatedCourse::day;
    double p_kw = 0;         // constant: always; day: the most, as the kind has it; signed as the device is
    double q_kvar = 0;       // always
    double voltage_v = 230;  // phase to neutral
    std::filesystem::path file;  // of course file: `timestamp,p_kw`, a value holds until the next one
};

// A device that is only watched: read, recorded, shown. It takes no setpoints and is never written to.
struct Device {
    std::string id;    // [a-z][a-z0-9_-]{0,31}, unlike every plant's
    std::string name;  // for people
    DeviceKind kind = DeviceKind::meter;
    PlantModel model;           // of a battery: as of a plant
    DeviceEmulation emulation;  // of the others
    std::vector<std::string> phases{"L1", "L2", "L3"};
    ModbusEndpoint local, remote;  // as of a plant
    bool has_local = true, has_remote = true;

    [[nodiscard]] bool has(TransportMode mode) const {
        return mode == TransportMode::local ? has_local : has_remote;
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
    LocalPorts local_ports = LocalPorts::automatic;
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
    std::string base_path;  // "" or "/hil": where a proxy shows the server
};

struct PublicDashboard {
    bool enabled = false;
    Endpoint address{"127.0.0.1", 8060};
    std::string auth_mode = "basic";  // basic, none
    std::string user, password;       // from HIL_PUBLIC_DASH_USER and HIL_PUBLIC_DASH_PASS only; for basic
    std::optional<Tls> tls;
    std::string base_path;
};

struct Retention {
    int logs_days = 30, events_days = 365, measurements_days = 0;  // 0: for ever
    // The daily files: compressed when they are so old (0: never), and removed (0: never).
    int recordings_compress_days = 0, recordings_days = 0;
};

struct Alerts {
    Duration setpoint_unconfirmed =
        std::chrono::seconds(30);  // alarm when a setpoint stays unconfirmed so long
    double disk_full_days = 7;     // warning when the disk will be full in fewer days; 0: never
};

struct Observability {
    std::optional<bool> per_device_metrics = {};  // none: below `many_devices`
};
// From so many plants and devices on metrics are those of all of them, unless configured otherwise.
inline constexpr std::size_t many_devices = 100;
inline constexpr std::size_t many_ports = 50;

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
    std::vector<std::string> trusted_proxies;  // CIDR ranges; what these say of who asks is believed
    std::vector<std::string> cors_origins;     // pages of others that may read
    std::filesystem::path pages_dir;           // the built dashboard; empty: where it was built or installed
    Retention retention;
    Alerts alerts;
    Observability observability;
    Alerting alerting;
    std::vector<Plant> plants;    // in the order of the file
    std::vector<Device> devices;  // that are only watched, in the order of the file

    [[nodiscard]] bool opens_local_ports() const {
        return general.local_ports == LocalPorts::open ||
               (general.local_ports == LocalPorts::automatic && plants.size() + devices.size() < many_ports);
    }
    [[nodiscard]] bool per_device_metrics() const {
        return observability.per_device_metrics.value_or(plants.size() + devices.size() < many_devices);
    }
    [[nodiscard]] const Plant* find_plant(std::string_view id) const;
    // The ids of the plants that have no endpoint of that side.
    [[nodiscard]] std::vector<std::string> plants_without(TransportMode mode) const;
};

}  // namespace hil::config
