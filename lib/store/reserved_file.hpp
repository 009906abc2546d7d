// A short text that a full disk cannot refuse: in a file whose space is taken when it is made, and which is
// only written over from then on.
//
// Two slots are written in turn, each with a number and a checksum, so that a write that was torn leaves the
// text before it. On a file system that writes every change somewhere else (btrfs, zfs) a full disk may
// refuse it all the same; then save() says so.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace hil::store {

// The bytes behind it. Every call may block.
class ReservedBytes {
  public:
    virtual ~ReservedBytes() = default;
    virtual result<std::string> read() = 0;
    // Over what stands there; done when it survives a loss of power, and stands under its name.
    virtual result<void> write(std::size_t offset, std::string_view text) = 0;
};

// Opens the file, or makes it with that many zeros, written and synced. Fails where there is no room.
result<std::unique_ptr<ReservedBytes>> open_reserved(const std::filesystem::path& file, std::size_t size);

struct ReservedText {
    std::uint64_t number = 0;
    std::string text;

    friend bool operator==(const ReservedText&, const ReservedText&) = default;
};

class ReservedFile {
  public:
    static constexpr std::size_t slot_size = 65536;
    static constexpr std::size_t size = 2 * slot_size;
    static constexpr std::size_t longest_text = slot_size - 64;

    explicit ReservedFile(std::unique_ptr<ReservedBytes> bytes) : bytes_(std::move(bytes)) {}

    // The text with the highest number; none when nothing was ever saved. An error when the file cannot be
    // read, or holds something and neither slot is whole.
    result<std::optional<ReservedText>> load();
    // Numbers rise. Precondition: at most longest_text.
    result<void> save(const ReservedText& text);

  private:
    std::unique_ptr<ReservedBytes> bytes_;
};

}  // namespace hil::store
