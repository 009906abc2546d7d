#include "store/online_backup.hpp"

#include "store/database.hpp"
#include "store/log_index.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <memory>
#include <system_error>

namespace hil::store {
namespace {

struct Closes {
    void operator()(sqlite3* connection) const { sqlite3_close(connection); }
};
using Connection = std::unique_ptr<sqlite3, Closes>;

Connection open_connection(const std::filesystem::path& file, int mode, const char* file_system) {
    sqlite3* raw = nullptr;
    const int code = sqlite3_open_v2(file.c_str(), &raw, mode | SQLITE_OPEN_NOMUTEX, file_system);
    Connection out(raw);
    if (code != SQLITE_OK)
        throw DatabaseError(code,
                            fmt::format("{}: cannot be opened: {}", file.string(), sqlite3_errstr(code)));
    constexpr int patience_ms = 10'000;
    sqlite3_busy_timeout(raw, patience_ms);
    return out;
}

}  // namespace

void copy_database(const std::filesystem::path& from, const std::filesystem::path& to) {
    try {
        const auto source = open_connection(from, SQLITE_OPEN_READONLY, file_system_for(from));
        const auto target = open_connection(to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
        auto* copy = sqlite3_backup_init(target.get(), "main", source.get(), "main");
        // All in one step: in pieces it would begin anew with every commit of somebody else. With WAL a
        // reader holds up no writer, however long it reads.
        const int stepped = copy == nullptr ? SQLITE_ERROR : sqlite3_backup_step(copy, -1);
        const int finished = copy == nullptr ? sqlite3_errcode(target.get()) : sqlite3_backup_finish(copy);
        if (stepped != SQLITE_DONE || finished != SQLITE_OK)
            throw DatabaseError(
                finished != SQLITE_OK ? finished : stepped,
                fmt::format("{}: cannot be copied: {}", from.string(), sqlite3_errmsg(target.get())));
        char* words = nullptr;
        // The copy is one file, without a log beside it.
        if (sqlite3_exec(target.get(), "PRAGMA journal_mode=DELETE", nullptr, nullptr, &words) != SQLITE_OK) {
            const std::string what = words != nullptr ? words : "no reason given";
            sqlite3_free(words);
            throw DatabaseError(SQLITE_IOERR, fmt::format("{}: cannot be finished: {}", to.string(), what));
        }
    } catch (const DatabaseError&) {
        std::error_code ignored;
        std::filesystem::remove(to, ignored);
        throw;
    }
}

}  // namespace hil::store
