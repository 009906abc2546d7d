// Where the emergency stop and the trips outlive the process.
#pragma once

#include "base/blocking.hpp"
#include "base/result.hpp"
#include "control/trip.hpp"
#include "store/database.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hil::control {

struct EmergencyLatch {
    std::string reason, actor;
    WallTime since;  // UTC
};

struct SafetyRecord {
    std::optional<EmergencyLatch> estop;
    struct PlantTrip {
        std::string plant;
        Trip trip;
    };
    std::vector<PlantTrip> trips;
};

class SafetyStore {
  public:
    virtual ~SafetyStore() = default;
    // What was saved last; an empty record when nothing was. errc::record_lost when the database was found
    // damaged and begun anew, or cannot be read: nobody knows then what held.
    virtual awaitable<result<SafetyRecord>> load() = 0;
    // Done when it survives a loss of power.
    virtual awaitable<result<void>> save(SafetyRecord record) = 0;
};

// The tables below, for the list of migrations of the site's database.
std::span<const store::Migration> safety_migrations();

// In the site's database; `worker` is the database's own.
std::unique_ptr<SafetyStore> make_safety_store(Blocking& worker, std::shared_ptr<store::Database> database);

}  // namespace hil::control
