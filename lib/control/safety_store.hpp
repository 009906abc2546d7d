// Where the emergency stop and the trips outlive the process.
#pragma once

#include "base/blocking_executor.hpp"
#include "base/result.hpp"
#include "control/trip.hpp"
#include "store/database.hpp"
#include "store/reserved_file.hpp"

#include <functional>
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
    // Done when it survives a loss of power, and stands where the next start looks for it.
    virtual awaitable<result<void>> save(SafetyRecord record) = 0;
};

// The tables below, for the list of migrations of the site's database.
std::span<const store::Migration> safety_migrations();

// The record as the text of a reserved file, and back. Where not everything fits, the reasons of trips are
// cut first, then the last trips are left out and `whole` is false; the emergency stop always fits.
struct SafetyText {
    std::string text;
    bool whole = true;
};
SafetyText to_text(const SafetyRecord& record, std::size_t longest);
// errc::record_lost for a text that is none of these.
result<SafetyRecord> parse_safety_text(std::string_view text);

struct SafetyPlaces {
    std::shared_ptr<store::Database> database;
    // Beside it, so that a full disk refuses nothing; null: none.
    std::shared_ptr<store::ReservedFile> file;
    // Whether both still are where the next start looks for them; empty: they are. Blocks.
    std::function<bool()> in_place;
};

// In the site's database and in a file of its own, whichever takes it; `worker` is the database's own. What
// has the higher number counts when it is loaded: one place may know less than the other.
std::unique_ptr<SafetyStore> make_safety_store(BlockingExecutor& worker, SafetyPlaces places);
std::unique_ptr<SafetyStore> make_safety_store(BlockingExecutor& worker,
                                               std::shared_ptr<store::Database> database);

}  // namespace hil::control
