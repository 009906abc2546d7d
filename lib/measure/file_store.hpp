// The files a recording needs, as an interface: the disk, a memory for replays, and tests that make it fail.
// Every call may block; on the reactor only the memory is used directly, the disk through BlockingExecutor.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hil::measure {

class FileStore {
  public:
    virtual ~FileStore() = default;

    // Names of the regular files in a directory, sorted. A directory that does not exist has none.
    [[nodiscard]] virtual result<std::vector<std::string>> list(const std::filesystem::path& directory) = 0;
    // 0 for a file that does not exist.
    [[nodiscard]] virtual result<std::uint64_t> size(const std::filesystem::path& file) = 0;
    // Up to `length` bytes from `offset`; fewer at the end of the file.
    [[nodiscard]] virtual result<std::string> read(const std::filesystem::path& file, std::uint64_t offset,
                                                   std::size_t length) = 0;
    // Makes the file its first `offset` bytes followed by `text`; creates file and directory where absent. A
    // failure may leave part of `text` behind; the first `offset` bytes never change.
    [[nodiscard]] virtual result<void> write_at(const std::filesystem::path& file, std::uint64_t offset,
                                                std::string_view text) = 0;
    // Puts `text` over what stands at `offset` and leaves the rest; creates the file where absent, zeros
    // before `offset`.
    [[nodiscard]] virtual result<void> overwrite(const std::filesystem::path& file, std::uint64_t offset,
                                                 std::string_view text) = 0;
    // What was written to the file outlives a loss of power once this has succeeded. A file that is gone
    // needs nothing.
    [[nodiscard]] virtual result<void> sync(const std::filesystem::path& file) = 0;
    // A file that is not there is no error.
    [[nodiscard]] virtual result<void> remove(const std::filesystem::path& file) = 0;
    // Puts a file in the place of another, as one step, and makes the new name outlive a loss of power.
    [[nodiscard]] virtual result<void> rename(const std::filesystem::path& from,
                                              const std::filesystem::path& to) = 0;
};

enum class Durability : std::uint8_t {
    synced,  // sync() is fdatasync
    cached,  // sync() is left to the system: for rehearsals that nobody will miss
};
std::unique_ptr<FileStore> make_disk_store(Durability durability = Durability::synced);

// Files in memory.
class MemoryStore final : public FileStore {
  public:
    enum class Action : std::uint8_t { list, size, read, write_at, overwrite, sync, remove, rename };
    // Asked before every action; an error makes the action fail, a write after `written` bytes of its text.
    struct Verdict {
        error_code error;
        std::size_t written = 0;
    };
    std::function<Verdict(Action, const std::filesystem::path&)> on_action;

    result<std::vector<std::string>> list(const std::filesystem::path& directory) override;
    result<std::uint64_t> size(const std::filesystem::path& file) override;
    result<std::string> read(const std::filesystem::path& file, std::uint64_t offset,
                             std::size_t length) override;
    result<void> write_at(const std::filesystem::path& file, std::uint64_t offset,
                          std::string_view text) override;
    result<void> overwrite(const std::filesystem::path& file, std::uint64_t offset,
                           std::string_view text) override;
    result<void> sync(const std::filesystem::path& file) override;
    result<void> remove(const std::filesystem::path& file) override;
    result<void> rename(const std::filesystem::path& from, const std::filesystem::path& to) override;

    // By full path.
    [[nodiscard]] const std::map<std::string, std::string>& files() const { return files_; }
    std::string& operator[](const std::filesystem::path& file) {
        return files_[file.lexically_normal().string()];
    }

  private:
    [[nodiscard]] Verdict ask(Action action, const std::filesystem::path& file) const;
    std::map<std::string, std::string> files_;
};

}  // namespace hil::measure
