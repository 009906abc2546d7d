#include "store/database.hpp"

#include "store/log_index.hpp"
#include "store/sqlite.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <functional>
#include <map>
#include <system_error>
#include <utility>

namespace hil::store {
namespace {

namespace fs = std::filesystem;

bool is_damage(int code) {
    const int primary = code & 0xff;
    return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
}

fs::path beside(const fs::path& file, std::string_view suffix) {
    fs::path path = file;
    path += suffix;
    return path;
}

// The damaged file keeps its log under the matching name, so that SQLite's own recovery still finds it.
fs::path move_aside(const fs::path& file) {
    fs::path aside;
    for (int n = 1; aside.empty() || fs::exists(aside); ++n)
        aside = beside(file, fmt::format(".damaged-{}", n));
    std::error_code refused, none;
    fs::rename(file, aside, refused);
    if (refused) {
        throw DatabaseError(SQLITE_CANTOPEN, fmt::format("{}: is damaged and cannot be renamed to {}: {}",
                                                         file.string(), aside.string(), refused.message()));
    }
    fs::rename(beside(file, "-wal"), beside(aside, "-wal"), none);
    fs::remove(beside(file, "-shm"), none);
    fs::remove(beside(file, damage_mark), none);
    return aside;
}

// Which file stands under a name. Never by opening it: to close it would take SQLite's locks away.
struct FileIdentity {
    fs::path path;
    dev_t device = 0;
    ino_t inode = 0;
    friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};
FileIdentity identity(const fs::path& path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) return {path};
    return {path, status.st_dev, status.st_ino};
}

constexpr int busy_timeout_ms = 5000;
constexpr std::string_view versions_table =
    "CREATE TABLE IF NOT EXISTS schema_versions (owner TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT "
    "ROWID;";

}  // namespace

void raise(sqlite3* connection, std::string_view doing) {
    const int code = sqlite3_extended_errcode(connection);
    const char* name = sqlite3_db_filename(connection, "main");
    const std::string file = name ? name : "";
    if (is_damage(code) && !file.empty()) {
        std::ofstream mark(file +
                           std::string(damage_mark));  // whether it can be written or not, the error goes up
    }
    constexpr std::size_t shown = 120;
    throw DatabaseError(code, fmt::format("{}: {} ({})", file.empty() ? "database in memory" : file,
                                          sqlite3_errmsg(connection), doing.substr(0, shown)));
}

bool DatabaseError::transient() const {
    switch (code_ & 0xff) {
        case SQLITE_FULL:
        case SQLITE_IOERR:
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_READONLY:
        case SQLITE_CANTOPEN:
            return true;
        default:
            return false;
    }
}

struct Database::State {
    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { close(); }

    void close() {
        statements.clear();
        sqlite3_close(connection);
        connection = nullptr;
        guard.reset();
    }

    void open(const fs::path& file, int mode) {
        const std::string name = file.empty() ? ":memory:" : file.string();
        // One thread at a time uses a connection: SQLite's own locking would only cost.
        const char* system = file.empty() ? nullptr : file_system_for(file);
        const int code = sqlite3_open_v2(name.c_str(), &connection,
                                         mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, system);
        if (code == SQLITE_OK) {
            sqlite3_busy_timeout(connection, busy_timeout_ms);
            // A page of a mapped file that cannot be read would end the process, too.
            execute("PRAGMA mmap_size=0;");
            return;
        }
        const std::string what = fmt::format("{}: cannot be opened: {}", name, sqlite3_errstr(code));
        close();
        throw DatabaseError(code, what);
    }

    void execute(std::string_view sql) {
        const std::string text(sql);
        if (sqlite3_exec(connection, text.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
            raise(connection, sql);
    }

    Statement& prepare(std::string_view sql);
    void open_for_writing(const fs::path& file, std::span<const Migration> migrations);
    void check_marked(const fs::path& file);
    void migrate(std::span<const Migration> migrations);
    void migrate(std::string_view owner, std::vector<const Migration*> steps);

    std::optional<ForeignLock> guard;
    sqlite3* connection = nullptr;
    int snapshots = 0;  // that are open
    std::map<std::string, std::unique_ptr<Statement>, std::less<>> statements;
    fs::path damaged_copy;
    std::array<FileIdentity, 2> files;  // the database and its log, as opened for writing
};

Statement& Database::State::prepare(std::string_view sql) {
    auto found = statements.find(sql);
    if (found == statements.end()) {
        sqlite3_stmt* handle = nullptr;
        if (sqlite3_prepare_v3(connection, sql.data(), static_cast<int>(sql.size()),
                               SQLITE_PREPARE_PERSISTENT, &handle, nullptr) != SQLITE_OK) {
            raise(connection, sql);
        }
        found = statements.emplace(sql, std::unique_ptr<Statement>(new Statement(handle))).first;
    }
    auto* handle = static_cast<sqlite3_stmt*>(found->second->handle_);
    sqlite3_reset(handle);
    sqlite3_clear_bindings(handle);
    return *found->second;
}

void Database::State::open_for_writing(const fs::path& file, std::span<const Migration> migrations) {
    if (!file.empty()) guard.emplace(file);
    open(file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    if (!file.empty()) check_marked(file);
    execute(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
        "PRAGMA journal_size_limit=67108864; PRAGMA temp_store=MEMORY;");
    migrate(migrations);
    if (file.empty()) return;
    for (std::size_t i = 0; i < files.size(); ++i)
        files[i] = identity(i == 0 ? file : beside(file, "-wal"));
}

void Database::State::check_marked(const fs::path& file) {
    const fs::path mark = beside(file, damage_mark);
    if (!fs::exists(mark)) return;
    auto& check = prepare("PRAGMA integrity_check(1)");
    const std::string found = check.step() ? check.text(0) : "no answer";
    check.reset();
    if (found != "ok")
        throw DatabaseError(SQLITE_CORRUPT, fmt::format("{}: is damaged: {}", file.string(), found));
    fs::remove(mark);
}

void Database::State::migrate(std::span<const Migration> migrations) {
    execute(versions_table);
    std::vector<std::pair<std::string_view, std::vector<const Migration*>>> owners;
    for (const auto& migration : migrations) {
        auto owner = std::find_if(owners.begin(), owners.end(),
                                  [&migration](const auto& o) { return o.first == migration.owner; });
        if (owner == owners.end()) owner = owners.insert(owners.end(), {migration.owner, {}});
        owner->second.push_back(&migration);
    }
    for (auto& [owner, steps] : owners)
        migrate(owner, std::move(steps));
}

void Database::State::migrate(std::string_view owner, std::vector<const Migration*> steps) {
    std::sort(steps.begin(), steps.end(), [](auto* a, auto* b) { return a->number < b->number; });
    const auto known = static_cast<int>(steps.size());
    for (int i = 0; i < known; ++i) {
        if (steps[static_cast<std::size_t>(i)]->number != i + 1)
            throw std::logic_error(
                fmt::format("the migrations of {} are not numbered 1 to {}", owner, known));
    }
    const auto reached = [&]() -> std::int64_t {
        auto& ask = prepare("SELECT number FROM schema_versions WHERE owner = ?");
        ask.bind(1, owner);
        const std::int64_t number = ask.step() ? ask.integer(0) : 0;
        ask.reset();
        return number;
    };
    while (reached() < known) {
        execute("BEGIN IMMEDIATE");
        try {
            // Another program may have been faster between the question and the lock.
            if (const auto at = reached(); at < known) {
                execute(steps[static_cast<std::size_t>(at)]->sql);
                prepare("INSERT OR REPLACE INTO schema_versions (owner, number) VALUES (?, ?)")
                    .bind(1, owner)
                    .bind(2, at + 1)
                    .run();
            }
            execute("COMMIT");
        } catch (...) {
            if (!sqlite3_get_autocommit(connection))
                sqlite3_exec(connection, "ROLLBACK", nullptr, nullptr, nullptr);
            throw;
        }
    }
    if (const auto found = reached(); found > known) {
        const char* name = sqlite3_db_filename(connection, "main");
        throw DatabaseError(
            SQLITE_SCHEMA,
            fmt::format(
                "{}: its tables of \"{}\" are of version {}, this program knows {}: start the newer program, "
                "or move the file away",
                name && *name ? name : "database in memory", owner, found, known));
    }
}

Database::Database(const fs::path& file, std::span<const Migration> migrations)
    : state_(std::make_unique<State>()) {
    try {
        state_->open_for_writing(file, migrations);
    } catch (const DatabaseError& error) {
        state_->close();
        if (!is_damage(error.code()) || file.empty()) throw;
        state_->damaged_copy = move_aside(file);
        state_->open_for_writing(file, migrations);
    }
}

Database::Database(const fs::path& file, ReadOnly) : state_(std::make_unique<State>()) {
    state_->open(file, SQLITE_OPEN_READONLY);
}

Database::~Database() = default;

Statement& Database::prepare(std::string_view sql) {
    return state_->prepare(sql);
}

void Database::execute(std::string_view sql) {
    state_->execute(sql);
}

std::int64_t Database::last_id() const {
    return sqlite3_last_insert_rowid(state_->connection);
}

std::int64_t Database::changes() const {
    return sqlite3_changes64(state_->connection);
}

bool Database::in_place() const {
    return std::ranges::all_of(state_->files, [](const FileIdentity& file) {
        return file.path.empty() || (file.inode != 0 && file == identity(file.path));
    });
}

const fs::path& Database::damaged_copy() const {
    return state_->damaged_copy;
}

Database::Transaction::Transaction(Database& database) : database_(database) {
    database_.execute("BEGIN IMMEDIATE");
}

Database::Transaction::~Transaction() {
    // A full disk may have ended the transaction already.
    auto* connection = database_.state_->connection;
    if (!done_ && !sqlite3_get_autocommit(connection))
        sqlite3_exec(connection, "ROLLBACK", nullptr, nullptr, nullptr);
}

Database::Snapshot::Snapshot(Database& database) : database_(database) {
    // One within another sees what the outer one sees.
    if (database_.state_->snapshots == 0) database_.execute("BEGIN");
    ++database_.state_->snapshots;
}

Database::Snapshot::~Snapshot() {
    auto* connection = database_.state_->connection;
    if (--database_.state_->snapshots > 0) return;
    if (!sqlite3_get_autocommit(connection)) sqlite3_exec(connection, "ROLLBACK", nullptr, nullptr, nullptr);
}

void Database::Transaction::commit() {
    database_.execute("COMMIT");
    done_ = true;
}

std::size_t memory_in_use() {
    return static_cast<std::size_t>(sqlite3_memory_used());
}

}  // namespace hil::store
