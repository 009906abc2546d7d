// A copy of a database that others go on writing meanwhile.
#pragma once

#include <filesystem>

namespace hil::store {

// Copies what is committed in `from` into the new file `to`, as of one instant; whoever writes to `from` is
// not held up. Throws DatabaseError; what was begun of `to` is then removed. Blocks for as long as it takes.
void copy_database(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace hil::store
