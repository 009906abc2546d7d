#include "control/safety_store.hpp"

#include "base/mutation.hpp"
#include "control/errors.hpp"

#include <array>
#include <utility>

namespace hil::control {
namespace {

SafetyRecord read(store::Database& database) {
    SafetyRecord out;
    auto& estop = database.prepare("SELECT reason, actor, since FROM emergency_stop");
    while (estop.step())
        out.estop = EmergencyLatch{estop.text(0), estop.text(1), estop.time(2)};
    auto& trips = database.prepare("SELECT plant, condition, reason, since FROM trips ORDER BY since, rowid");
    while (trips.step()) {
        // A condition of a newer program holds its plant all the same.
        const auto condition = parse_condition(trips.text(1)).value_or(Condition::stale_data);
        out.trips.push_back({trips.text(0), Trip{condition, trips.text(2), trips.time(3)}});
    }
    return out;
}

void write(store::Database& database, const SafetyRecord& record) {
    // The one thing here that a loss of power must not take back.
    struct Durable {
        explicit Durable(store::Database& d) : database(d) { database.execute("PRAGMA synchronous = FULL"); }
        ~Durable() {
            try {
                database.execute("PRAGMA synchronous = NORMAL");
            } catch (const store::DatabaseError&) {
                // It stays careful, which costs time and nothing else.
            }
        }
        store::Database& database;
    };
    const Durable durable(database);
    store::Database::Transaction transaction(database);
    database.execute("DELETE FROM emergency_stop; DELETE FROM trips;");
    if (record.estop) {
        database.prepare("INSERT INTO emergency_stop (reason, actor, since) VALUES (?1, ?2, ?3)")
            .bind(1, std::string_view(record.estop->reason))
            .bind(2, std::string_view(record.estop->actor))
            .bind(3, record.estop->since)
            .run();
    }
    for (const auto& [plant, trip] : record.trips) {
        database.prepare("INSERT INTO trips (plant, condition, reason, since) VALUES (?1, ?2, ?3, ?4)")
            .bind(1, std::string_view(plant))
            .bind(2, to_string(trip.condition))
            .bind(3, std::string_view(trip.reason))
            .bind(4, trip.since)
            .run();
    }
    transaction.commit();
}

class DatabaseSafetyStore final : public SafetyStore {
  public:
    DatabaseSafetyStore(Blocking& worker, std::shared_ptr<store::Database> database)
        : worker_(worker), database_(std::move(database)) {}

    awaitable<result<SafetyRecord>> load() override {
        auto job = [database = database_]() -> result<SafetyRecord> {
            if (!database->set_aside().empty()) return errc::record_lost;
            if (mutated(Mutation::latch_forgotten)) return SafetyRecord();
            try {
                return read(*database);
            } catch (const store::DatabaseError&) {
                return errc::record_lost;
            }
        };
        co_return co_await worker_.run(std::move(job));
    }

    awaitable<result<void>> save(SafetyRecord record) override {
        auto job = [database = database_, own = std::move(record)]() -> result<void> {
            try {
                write(*database, own);
                return {};
            } catch (const store::DatabaseError&) {
                return errc::not_saved;
            }
        };
        co_return co_await worker_.run(std::move(job));
    }

  private:
    Blocking& worker_;
    std::shared_ptr<store::Database> database_;
};

}  // namespace

std::span<const store::Migration> safety_migrations() {
    static constexpr std::array migrations{store::Migration{
        "safety", 1,
        "CREATE TABLE emergency_stop (reason TEXT NOT NULL, actor TEXT NOT NULL, since INTEGER NOT NULL);"
        "CREATE TABLE trips (plant TEXT NOT NULL, condition TEXT NOT NULL, reason TEXT NOT NULL, "
        "since INTEGER NOT NULL, PRIMARY KEY (plant, condition));"}};
    return migrations;
}

std::unique_ptr<SafetyStore> make_safety_store(Blocking& worker, std::shared_ptr<store::Database> database) {
    return std::make_unique<DatabaseSafetyStore>(worker, std::move(database));
}

}  // namespace hil::control
