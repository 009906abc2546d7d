// The directory of recordings, owned by one process at a time, and watched: what is written into one that was
// deleted, moved or replaced is found by nobody.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>

namespace hil::service {

// What stands under a name. Errors other than that nothing does: not known.
struct Standing {
    enum class Found : std::uint8_t { file, nothing, unknown };
    Found found = Found::unknown;
    dev_t device = 0;
    ino_t inode = 0;

    friend bool operator==(const Standing&, const Standing&) = default;
};
Standing standing(const std::filesystem::path& path);

// What became of a directory that was `directory` at the start, with `lock` in it. Empty: nothing, as far as
// is known (a disk that does not answer is no vanished directory); else a sentence.
struct Seen {
    Standing directory, lock;
};
std::string what_became(const std::filesystem::path& path, const Seen& at_start, const Seen& now);

// Holds two locks for as long as it lives; a killed process leaves none behind. An advisory one on
// `<directory>/.lock`, which a directory that is moved takes with it; and an abstract socket named after the
// canonical path, which stays when the directory under it is another one.
class DataDirectory {
  public:
    struct InUse {
        std::string sentence;
    };
    struct Unusable {
        std::string sentence;
    };
    using Opened = std::variant<DataDirectory, InUse, Unusable>;
    // Creates the directory where absent. In use by another process; or it cannot be made or written.
    static Opened open(const std::filesystem::path& directory);
    DataDirectory(DataDirectory&& other) noexcept;
    DataDirectory& operator=(DataDirectory&& other) noexcept;
    ~DataDirectory();

    // Why it is not what was opened; empty while it is. Blocks.
    [[nodiscard]] std::string lost() const;

    // Between the two a process that ends has crashed: the next one that opens the directory is told.
    void begin_run() const;
    void end_run() const;
    [[nodiscard]] bool after_a_crash() const { return after_a_crash_; }

  private:
    DataDirectory() = default;

    std::filesystem::path path_;
    int lock_ = -1, name_ = -1;  // descriptors
    Seen seen_;
    bool after_a_crash_ = false;
};

// The sentence where a directory could not be opened; empty where it was.
std::string why_not(const DataDirectory::Opened& opened);

}  // namespace hil::service
