// Where SQLite keeps the index of its write-ahead log.
//
// SQLite maps it from `<file>-shm` beside the database. A mapped page that the file system cannot take (full,
// turned read-only, failing, or the file cut off) ends the process with SIGBUS, and no error is ever
// returned. With this file system of ours the index stands in /dev/shm instead, in memory that is reserved
// before it is used, under a name made of the database's device and inode, so that every program of ours that
// opens the database shares it. Everything else is SQLite's own ("unix").
//
// A program that opens the database with SQLite's own file system does not see that index, and could write
// over the log. `<file>-shm` is locked against it while the database is open for writing: it gets "database
// is locked", and may read a copy of `<file>` and `<file>-wal`. Where such a program was there before, its
// own index is shared with it.
#pragma once

#include <filesystem>

namespace hil::store {

// What to open a database with, a name for sqlite3_open_v2(): the file system above, or SQLite's own where
// another program has the database open with that.
const char* file_system_for(const std::filesystem::path& database);

// Locks `<file>-shm` for as long as it lives. Done without where that cannot be made (no room, read-only) or
// is locked already, by a process of ours.
class ForeignLock {
  public:
    explicit ForeignLock(const std::filesystem::path& database);
    ForeignLock(const ForeignLock&) = delete;
    ForeignLock& operator=(const ForeignLock&) = delete;
    ~ForeignLock();

  private:
    std::filesystem::path file_;
    int descriptor_ = -1;
};

}  // namespace hil::store
