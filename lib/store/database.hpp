// The site's SQLite file: what must outlive the process and is not a measurement file.
//
// One connection, used by one thread: whoever needs it hands a job to the database's own BlockingExecutor
// (one worker), and the job owns what it uses. Each library brings its tables as migrations, applied in order
// when the file is opened. A file that is damaged is set aside under another name, said so, and begun anew:
// nothing in it cannot be made again from the CSV files, or is worth more than a service that starts.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace hil::store {

// A failure of SQLite, with its own words; the rule it broke is a programming error or a sick disk.
class DatabaseError : public std::runtime_error {
  public:
    DatabaseError(int code, const std::string& what) : std::runtime_error(what), code_(code) {}
    [[nodiscard]] int code() const { return code_; }  // SQLite's extended result code
    // The disk is full or cannot be written: worth trying again later.
    [[nodiscard]] bool transient() const;

  private:
    int code_;
};

// A prepared statement, kept by the Database that made it. Times are stored as nanoseconds since 1970 UTC.
class Statement {
  public:
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    ~Statement();

    Statement& bind(int index, std::int64_t value);  // indices from 1, as SQLite's
    Statement& bind(int index, double value);        // NaN is stored as NULL
    Statement& bind(int index, std::string_view value);
    Statement& bind(int index, WallTime value);
    Statement& bind_null(int index);
    Statement& bind_or_null(int index, const std::optional<WallTime>& value);
    Statement& bind_blob(int index, std::span<const std::byte> value);

    // The next row; false at the end, where the statement is reset and may be bound again.
    bool step();
    // Runs a statement that gives no rows; std::logic_error when it gives one.
    void run();
    void reset();

    [[nodiscard]] bool null(int column) const;  // columns from 0
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] double real(int column) const;  // NaN for NULL
    [[nodiscard]] std::string text(int column) const;
    [[nodiscard]] WallTime time(int column) const;
    [[nodiscard]] std::span<const std::byte> blob(int column) const;  // until the next step

  private:
    friend class Database;
    explicit Statement(void* handle) : handle_(handle) {}
    void* handle_;
};

// Applied once each, in the order of their numbers within an owner, each in a transaction of its own.
struct Migration {
    std::string_view owner;  // "history", "commands"
    int number;              // from 1
    std::string_view sql;
};

class Database {
  public:
    // An empty path is a database in memory. Throws DatabaseError when it cannot be opened or is of a newer
    // program. WAL, synchronous=NORMAL (a loss of power may cost the last second; a kill costs nothing),
    // foreign keys on, a busy time-out of 5 s (other programs of ours may read: log_index.hpp).
    //
    // What is not a database, or is damaged where it is read first, is renamed to `<file>.damaged-N` with its
    // log beside it. Damage that shows only later throws from the statement that meets it and leaves the mark
    // `<file>.damage-seen`, with which the next opening checks the whole file.
    Database(const std::filesystem::path& file, std::span<const Migration> migrations);

    // A second connection that only reads, beside one that writes: it sees what was committed when its
    // statement began and never waits for a writer. Throws when there is no such file; sets nothing aside.
    struct ReadOnly {};
    Database(const std::filesystem::path& file, ReadOnly);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    // The statement for this text, reset; made once and kept. Hold it no longer than until the next prepare()
    // of the same text.
    Statement& prepare(std::string_view sql);
    void execute(std::string_view sql);  // several statements, no rows

    // Everything done until commit() happens or does not; rolled back when destroyed before.
    class Transaction {
      public:
        explicit Transaction(Database& database);
        ~Transaction();
        Transaction(const Transaction&) = delete;
        Transaction& operator=(const Transaction&) = delete;
        void commit();

      private:
        Database& database_;
        bool done_ = false;
    };

    // What several statements read belongs together, whatever another connection commits meanwhile.
    class Snapshot {
      public:
        explicit Snapshot(Database& database);
        ~Snapshot();
        Snapshot(const Snapshot&) = delete;
        Snapshot& operator=(const Snapshot&) = delete;

      private:
        Database& database_;
    };

    // The last row id given, and how many rows the last statement changed.
    [[nodiscard]] std::int64_t last_id() const;
    [[nodiscard]] std::int64_t changes() const;
    // The files opened for writing still stand where they were opened: neither the database nor its log was
    // deleted, moved or replaced. What is committed otherwise goes where nobody will look for it. Blocks.
    [[nodiscard]] bool in_place() const;
    // Where a damaged file was set aside when this one was opened; empty otherwise.
    [[nodiscard]] const std::filesystem::path& damaged_copy() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

// What all databases of this process hold in memory, in bytes; those without a file hold everything there.
std::size_t memory_in_use();

}  // namespace hil::store
