#include "store/database.hpp"
#include "store/sqlite.hpp"

#include <sqlite3.h>

#include <cmath>
#include <limits>

namespace hil::store {
namespace {

sqlite3_stmt* raw(void* handle) {
    return static_cast<sqlite3_stmt*>(handle);
}

void check(void* handle, int code) {
    if (code != SQLITE_OK) raise(sqlite3_db_handle(raw(handle)), sqlite3_sql(raw(handle)));
}

}  // namespace

Statement::~Statement() {
    sqlite3_finalize(raw(handle_));
}

Statement& Statement::bind(int index, std::int64_t value) {
    check(handle_, sqlite3_bind_int64(raw(handle_), index, value));
    return *this;
}

Statement& Statement::bind(int index, double value) {
    if (std::isnan(value)) return bind_null(index);
    check(handle_, sqlite3_bind_double(raw(handle_), index, value));
    return *this;
}

Statement& Statement::bind(int index, std::string_view value) {
    // A null pointer would be NULL, and an empty text is not.
    check(handle_, sqlite3_bind_text64(raw(handle_), index, value.empty() ? "" : value.data(), value.size(),
                                       SQLITE_TRANSIENT, SQLITE_UTF8));
    return *this;
}

Statement& Statement::bind(int index, WallTime value) {
    return bind(index, std::int64_t{value.time_since_epoch().count()});
}

Statement& Statement::bind_null(int index) {
    check(handle_, sqlite3_bind_null(raw(handle_), index));
    return *this;
}

Statement& Statement::bind_or_null(int index, const std::optional<WallTime>& value) {
    return value ? bind(index, *value) : bind_null(index);
}

Statement& Statement::bind_blob(int index, std::span<const std::byte> value) {
    const void* data = value.empty() ? static_cast<const void*>("") : value.data();
    check(handle_, sqlite3_bind_blob64(raw(handle_), index, data, value.size(), SQLITE_TRANSIENT));
    return *this;
}

bool Statement::step() {
    const int code = sqlite3_step(raw(handle_));
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) {
        sqlite3_reset(raw(handle_));
        return false;
    }
    try {
        check(handle_, code);
    } catch (...) {
        sqlite3_reset(raw(handle_));
        throw;
    }
    return false;
}

void Statement::run() {
    if (!step()) return;
    sqlite3_reset(raw(handle_));
    throw std::logic_error(std::string("a statement run for its effect gave a row: ") +
                           sqlite3_sql(raw(handle_)));
}

void Statement::reset() {
    sqlite3_reset(raw(handle_));
}

bool Statement::null(int column) const {
    return sqlite3_column_type(raw(handle_), column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(raw(handle_), column);
}

double Statement::real(int column) const {
    return null(column) ? std::numeric_limits<double>::quiet_NaN()
                        : sqlite3_column_double(raw(handle_), column);
}

std::string Statement::text(int column) const {
    const auto* begin = reinterpret_cast<const char*>(sqlite3_column_text(raw(handle_), column));
    return begin ? std::string(begin, static_cast<std::size_t>(sqlite3_column_bytes(raw(handle_), column)))
                 : std::string{};
}

WallTime Statement::time(int column) const {
    return WallTime{Duration{integer(column)}};
}

std::span<const std::byte> Statement::blob(int column) const {
    const auto* begin = static_cast<const std::byte*>(sqlite3_column_blob(raw(handle_), column));
    return {begin, static_cast<std::size_t>(sqlite3_column_bytes(raw(handle_), column))};
}

}  // namespace hil::store
