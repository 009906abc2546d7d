// What the sources of this library share about SQLite's handles. Its own header is theirs alone.
#pragma once

#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace hil::store {

// Throws the connection's last error as DatabaseError, with the file and what was being done. Damage leaves
// its mark beside the file.
[[noreturn]] void raise(sqlite3* connection, std::string_view doing);

inline constexpr std::string_view damage_mark = ".damage-seen";

}  // namespace hil::store
