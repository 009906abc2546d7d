#include "control/safety_store.hpp"

#include "base/mutation.hpp"
#include "control/errors.hpp"

#include <algorithm>
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

// 0 for a record of before there were numbers.
std::uint64_t read_number(store::Database& database) {
    auto& row = database.prepare("SELECT number FROM safety_number");
    const auto number = row.step() ? static_cast<std::uint64_t>(row.integer(0)) : 0;
    row.reset();
    return number;
}

void write(store::Database& database, const SafetyRecord& record, std::uint64_t number) {
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
    database.execute("DELETE FROM emergency_stop; DELETE FROM trips; DELETE FROM safety_number;");
    database.prepare("INSERT INTO safety_number (number) VALUES (?)")
        .bind(1, static_cast<std::int64_t>(number))
        .run();
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

struct Numbered {
    std::uint64_t number = 0;
    SafetyRecord record;
};

class KeptSafetyStore final : public SafetyStore {
  public:
    KeptSafetyStore(BlockingExecutor& worker, SafetyPlaces places)
        : worker_(worker), kept_(std::make_shared<Kept>()) {
        kept_->places = std::move(places);
    }

    awaitable<result<SafetyRecord>> load() override {
        co_return co_await worker_.run([kept = kept_] { return kept->load(); });
    }
    awaitable<result<void>> save(SafetyRecord record) override {
        co_return co_await worker_.run(
            [kept = kept_, own = std::move(record)]() -> result<void> { return kept->save(own); });
    }

  private:
    // Used on the worker's thread alone.
    struct Kept {
        result<SafetyRecord> load();
        result<void> save(const SafetyRecord& record);
        [[nodiscard]] result<std::optional<Numbered>> load_file() const;
        [[nodiscard]] result<Numbered> load_database() const;

        SafetyPlaces places;
        std::uint64_t number = 0;  // of the last record
    };

    BlockingExecutor& worker_;
    std::shared_ptr<Kept> kept_;
};

result<std::optional<Numbered>> KeptSafetyStore::Kept::load_file() const {
    if (!places.file) return std::optional<Numbered>{};
    const auto text = places.file->load();
    if (!text) return errc::record_lost;
    if (!*text) return std::optional<Numbered>{};
    auto record = parse_safety_text((*text)->text);
    if (!record) return record.error();
    return std::optional(Numbered{(*text)->number, std::move(*record)});
}

result<Numbered> KeptSafetyStore::Kept::load_database() const {
    if (!places.database->damaged_copy().empty()) return errc::record_lost;
    try {
        return Numbered{read_number(*places.database), read(*places.database)};
    } catch (const store::DatabaseError&) {
        return errc::record_lost;
    }
}

result<SafetyRecord> KeptSafetyStore::Kept::load() {
    auto file = load_file();
    auto database = load_database();
    number = std::max(file && *file ? (*file)->number : 0, database ? database->number : 0);
    if (mutated(Mutation::latch_forgotten)) return SafetyRecord();
    // What a damaged file said is known to nobody: it may have been the newest.
    if (!file) return file.error();
    if (*file && (!database || (*file)->number > database->number)) return std::move((*file)->record);
    if (!database) return database.error();
    return std::move(database->record);
}

result<void> KeptSafetyStore::Kept::save(const SafetyRecord& record) {
    ++number;
    bool kept = false;
    if (places.file) {
        auto text = to_text(record, store::ReservedFile::longest_text);
        const auto saved = places.file->save({number, std::move(text.text)});
        kept = saved && text.whole;
    }
    try {
        write(*places.database, record, number);
        kept = true;
    } catch (const store::DatabaseError&) {
        // The file has it, or nobody has.
    }
    const bool found_again = !places.in_place || places.in_place();
    return kept && found_again ? result<void>{} : result<void>{errc::not_saved};
}

}  // namespace

std::span<const store::Migration> safety_migrations() {
    static constexpr std::array migrations{
        store::Migration{
            "safety", 1,
            "CREATE TABLE emergency_stop (reason TEXT NOT NULL, actor TEXT NOT NULL, since INTEGER NOT NULL);"
            "CREATE TABLE trips (plant TEXT NOT NULL, condition TEXT NOT NULL, reason TEXT NOT NULL, "
            "since INTEGER NOT NULL, PRIMARY KEY (plant, condition));"},
        store::Migration{"safety", 2, "CREATE TABLE safety_number (number INTEGER NOT NULL);"}};
    return migrations;
}

std::unique_ptr<SafetyStore> make_safety_store(BlockingExecutor& worker, SafetyPlaces places) {
    return std::make_unique<KeptSafetyStore>(worker, std::move(places));
}

std::unique_ptr<SafetyStore> make_safety_store(BlockingExecutor& worker,
                                               std::shared_ptr<store::Database> database) {
    return make_safety_store(worker, SafetyPlaces{std::move(database), nullptr, {}});
}

}  // namespace hil::control
