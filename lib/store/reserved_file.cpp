#include "store/reserved_file.hpp"

#include <boost/assert.hpp>
#include <boost/crc.hpp>

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <utility>

namespace hil::store {
namespace {

constexpr std::string_view slot_mark = "hil1";

error_code last_error() {
    return {errno, boost::system::system_category()};
}

// "hil1 NUMBER LENGTH CHECKSUM\nTEXT"; the checksum is of number and text.
std::string encode(const ReservedText& text) {
    boost::crc_32_type crc;
    const auto number = fmt::format("{}", text.number);
    crc.process_bytes(number.data(), number.size());
    crc.process_bytes(text.text.data(), text.text.size());
    return fmt::format("{} {} {} {:08x}\n{}", slot_mark, number, text.text.size(), crc.checksum(), text.text);
}

std::optional<ReservedText> decode(std::string_view slot) {
    const auto end = slot.find('\n');
    if (!slot.starts_with(slot_mark) || end == std::string_view::npos) return std::nullopt;
    const auto head = slot.substr(0, end);
    ReservedText out;
    std::size_t length = 0;
    const char* at = head.data() + slot_mark.size() + 1;
    const char* last = head.data() + head.size();
    if (at >= last) return std::nullopt;
    const auto number = std::from_chars(at, last, out.number);
    if (number.ec != std::errc{} || number.ptr >= last) return std::nullopt;
    const auto size = std::from_chars(number.ptr + 1, last, length);
    if (size.ec != std::errc{} || length > slot.size() - end - 1) return std::nullopt;
    out.text = slot.substr(end + 1, length);
    if (!encode(out).starts_with(slot.substr(0, end + 1))) return std::nullopt;
    return out;
}

class DiskBytes final : public ReservedBytes {
  public:
    DiskBytes(std::filesystem::path file, int descriptor) : file_(std::move(file)), descriptor_(descriptor) {}
    DiskBytes(const DiskBytes&) = delete;
    DiskBytes& operator=(const DiskBytes&) = delete;
    ~DiskBytes() override { ::close(descriptor_); }

    result<std::string> read() override {
        struct stat status{};
        if (::fstat(descriptor_, &status) != 0) return last_error();
        std::string text(static_cast<std::size_t>(status.st_size), '\0');
        std::size_t filled = 0;
        while (filled < text.size()) {
            const auto got =
                ::pread(descriptor_, text.data() + filled, text.size() - filled, static_cast<off_t>(filled));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return last_error();
            if (got == 0) break;
            filled += static_cast<std::size_t>(got);
        }
        text.resize(filled);
        return text;
    }

    result<void> write(std::size_t offset, std::string_view text) override {
        while (!text.empty()) {
            const auto put = ::pwrite(descriptor_, text.data(), text.size(), static_cast<off_t>(offset));
            if (put < 0 && errno == EINTR) continue;
            if (put < 0) return last_error();
            text.remove_prefix(static_cast<std::size_t>(put));
            offset += static_cast<std::size_t>(put);
        }
        if (::fdatasync(descriptor_) != 0) return last_error();
        // Into a file that was deleted or replaced it was written for nobody.
        struct stat here{}, there{};
        if (::fstat(descriptor_, &here) != 0 || ::stat(file_.c_str(), &there) != 0) return last_error();
        const bool same = here.st_dev == there.st_dev && here.st_ino == there.st_ino;
        return same ? result<void>{} : error_code{ESTALE, boost::system::system_category()};
    }

  private:
    std::filesystem::path file_;
    int descriptor_;
};

}  // namespace

result<std::unique_ptr<ReservedBytes>> open_reserved(const std::filesystem::path& file, std::size_t size) {
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor < 0) return last_error();
    auto bytes = std::make_unique<DiskBytes>(file, descriptor);
    struct stat status{};
    if (::fstat(descriptor, &status) != 0) return last_error();
    const auto present = static_cast<std::size_t>(status.st_size);
    if (present < size) {
        // Zeros that are written, not only promised.
        if (const auto made = bytes->write(present, std::string(size - present, '\0')); !made)
            return made.error();
        if (::fsync(descriptor) != 0) return last_error();
        const int directory = ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (directory >= 0) {
            ::fsync(directory);  // not every file system can
            ::close(directory);
        }
    }
    return std::unique_ptr<ReservedBytes>(std::move(bytes));
}

result<std::optional<ReservedText>> ReservedFile::load() {
    const auto bytes = bytes_->read();
    if (!bytes) return bytes.error();
    std::optional<ReservedText> newest;
    for (std::size_t at = 0; at < size && at < bytes->size(); at += slot_size) {
        auto found = decode(std::string_view(*bytes).substr(at, slot_size));
        if (found && (!newest || found->number > newest->number)) newest = std::move(found);
    }
    if (!newest && bytes->find_first_not_of('\0') != std::string::npos)
        return boost::system::errc::make_error_code(boost::system::errc::illegal_byte_sequence);
    return newest;
}

result<void> ReservedFile::save(const ReservedText& text) {
    BOOST_ASSERT(text.text.size() <= longest_text);
    return bytes_->write((text.number % 2) * slot_size, encode(text));
}

}  // namespace hil::store
