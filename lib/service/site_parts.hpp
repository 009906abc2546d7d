// The parts of a site, for who shows them or asks them something: each of them lives as long as the Service
// that made it.
#pragma once

namespace hil::control {
class CommandEngine;
class Safety;
}  // namespace hil::control

namespace hil::measure {
class LiveState;
class Recorder;
}  // namespace hil::measure

namespace hil::schedule {
class Arbiter;
class Drafts;
class PlanStore;
}  // namespace hil::schedule

namespace hil::service {

struct Setup;
struct SiteContext;
class WatchedDevices;

struct SiteParts {
    const SiteContext& context;
    const Setup& setup;
    schedule::PlanStore& plans;
    schedule::Drafts& drafts;
    const schedule::Arbiter& arbiter;
    measure::LiveState& live;
    measure::Recorder& recorder;
    control::Safety& safety;
    control::CommandEngine& commands;
    WatchedDevices& devices;  // those that are only watched
};

}  // namespace hil::service
