// How the enumerations of the configuration are written in its file, in plans and in the state document.
#pragma once

#include "config/config.hpp"

#include <span>
#include <string_view>

namespace hil::config {

template <class Enum>
struct Named {
    std::string_view name;
    Enum value;
};

// Several names may stand for one value; the first is the one that is printed. All in lower case.
inline constexpr Named<TransportMode> transport_modes[] = {{"local", TransportMode::local},
                                                           {"remote", TransportMode::remote}};
inline constexpr Named<ScheduleSource> schedule_sources[] = {{"manual", ScheduleSource::manual},
                                                             {"api", ScheduleSource::api}};
inline constexpr Named<OnExit> on_exits[] = {{"safe_stop", OnExit::safe_stop}, {"leave", OnExit::leave}};
inline constexpr Named<LocalPorts> local_ports[] = {
    {"auto", LocalPorts::automatic}, {"open", LocalPorts::open}, {"closed", LocalPorts::closed}};
inline constexpr Named<OnStartRunning> on_start_runnings[] = {{"safe_stop", OnStartRunning::safe_stop},
                                                              {"adopt", OnStartRunning::adopt},
                                                              {"leave", OnStartRunning::leave}};
inline constexpr Named<OnPlantRestart> on_plant_restarts[] = {{"stay_stopped", OnPlantRestart::stay_stopped},
                                                              {"restart", OnPlantRestart::restart}};
inline constexpr Named<Format> formats[] = {{"int16", Format::int16},     {"uint16", Format::uint16},
                                            {"int32", Format::int32},     {"uint32", Format::uint32},
                                            {"float32", Format::float32}, {"int64", Format::int64},
                                            {"uint64", Format::uint64},   {"float64", Format::float64}};
inline constexpr Named<RegisterType> register_types[] = {{"holding", RegisterType::holding},
                                                         {"input", RegisterType::input}};
inline constexpr Named<Access> accesses[] = {
    {"r", Access::read}, {"w", Access::write}, {"rw", Access::read_write}};
inline constexpr Named<Confirm> confirms[] = {
    {"exact", Confirm::exact}, {"within", Confirm::within}, {"acknowledged", Confirm::acknowledged}};
inline constexpr Named<WriteFunction> write_functions[] = {
    {"auto", WriteFunction::automatic}, {"6", WriteFunction::single}, {"16", WriteFunction::multiple}};
inline constexpr Named<SetpointOrder> setpoint_orders[] = {{"before_enable", SetpointOrder::before_enable},
                                                           {"after_enable", SetpointOrder::after_enable}};
inline constexpr Named<OnRefused> on_refuseds[] = {{"search", OnRefused::search}, {"zero", OnRefused::zero}};
inline constexpr Named<BatteryKind> battery_kinds[] = {{"ideal", BatteryKind::ideal},
                                                       {"li_ion", BatteryKind::li_ion},
                                                       {"vrfb", BatteryKind::vrfb},
                                                       {"replay", BatteryKind::replay}};
inline constexpr Named<ReplayTime> replay_times[] = {{"start", ReplayTime::start},
                                                     {"wall_clock", ReplayTime::wall_clock}};
inline constexpr Named<ReplayGaps> replay_gaps[] = {{"unreadable", ReplayGaps::unreadable},
                                                    {"hold", ReplayGaps::hold}};
inline constexpr Named<Chemistry> chemistries[] = {
    {"lfp", Chemistry::lfp}, {"nmc", Chemistry::nmc}, {"lmo", Chemistry::lmo}, {"lg_m50", Chemistry::lg_m50}};
inline constexpr Named<ByteOrder> byte_orders[] = {{"big", ByteOrder::big}, {"little", ByteOrder::little}};
inline constexpr Named<WordOrder> word_orders[] = {{"msw_first", WordOrder::msw_first},
                                                   {"lsw_first", WordOrder::lsw_first}};
inline constexpr Named<Unit> units[] = {{"raw", Unit::raw},   {"pu", Unit::pu},     {"pc", Unit::percent},
                                        {"%", Unit::percent}, {"w", Unit::w},       {"kw", Unit::kw},
                                        {"mw", Unit::mw},     {"var", Unit::var},   {"kvar", Unit::kvar},
                                        {"mvar", Unit::mvar}, {"v", Unit::v},       {"kv", Unit::kv},
                                        {"a", Unit::a},       {"v", Unit::phase_v}, {"kv", Unit::phase_kv},
                                        {"wh", Unit::wh},     {"kwh", Unit::kwh},   {"mwh", Unit::mwh}};
inline constexpr Named<DeviceKind> device_kinds[] = {{"battery", DeviceKind::battery},
                                                     {"pv", DeviceKind::pv},
                                                     {"load", DeviceKind::load},
                                                     {"meter", DeviceKind::meter}};
inline constexpr Named<EmulatedCourse> emulated_courses[] = {
    {"constant", EmulatedCourse::constant}, {"day", EmulatedCourse::day}, {"file", EmulatedCourse::file}};

template <class Enum>
constexpr std::string_view name_in(std::span<const Named<Enum>> names, Enum value) {
    for (const auto& entry : names)
        if (entry.value == value) return entry.name;
    return {};
}

constexpr std::string_view to_string(TransportMode v) {
    return name_in<TransportMode>(transport_modes, v);
}
constexpr std::string_view to_string(OnExit v) {
    return name_in<OnExit>(on_exits, v);
}
constexpr std::string_view to_string(OnStartRunning v) {
    return name_in<OnStartRunning>(on_start_runnings, v);
}
constexpr std::string_view to_string(OnPlantRestart v) {
    return name_in<OnPlantRestart>(on_plant_restarts, v);
}
constexpr std::string_view to_string(Format v) {
    return name_in<Format>(formats, v);
}
constexpr std::string_view to_string(RegisterType v) {
    return name_in<RegisterType>(register_types, v);
}
constexpr std::string_view to_string(Access v) {
    return name_in<Access>(accesses, v);
}
constexpr std::string_view to_string(ByteOrder v) {
    return name_in<ByteOrder>(byte_orders, v);
}
constexpr std::string_view to_string(WordOrder v) {
    return name_in<WordOrder>(word_orders, v);
}
constexpr std::string_view to_string(DeviceKind v) {
    return name_in<DeviceKind>(device_kinds, v);
}
constexpr std::string_view to_string(Unit v) {
    return name_in<Unit>(units, v);
}

}  // namespace hil::config
