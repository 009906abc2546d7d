// The life cycle of one plant as the operator sees it, decided without I/O.
//
//   stopped|unknown ── start ──▶ starting ── ok ──▶ running
//                                   └─ refused ──▶ stopped, silent ──▶ unknown
//   any ── stop ──▶ stopping ── disabled ──▶ stopped, not confirmed ──▶ unknown
//
// Observations of the plant's enable register move it too, but never while an operation is under way: an
// observation may be older than the operation.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace hil::control {

enum class PlantState : std::uint8_t { stopped, starting, running, stopping, unknown };
std::string_view to_string(PlantState state);

// What the operator (or the policy that acts for him) wants; none until something was asked for.
enum class Desired : std::uint8_t { none, running, stopped };

// What an observation of the enable register makes of a state; none: not known or stale.
PlantState reconcile(PlantState state, std::optional<bool> enabled);

// What to do about a plant after its first registers of a session were read.
enum class SessionAction : std::uint8_t {
    carry_on,       // nothing but the usual reconciliation
    assert_stop,    // it runs and must not
    found_running,  // it runs and nobody here asked for it (first session)
    lost_running,   // it should run and does not
};
SessionAction on_first_read(Desired desired, bool first_session, std::optional<bool> enabled);

}  // namespace hil::control
