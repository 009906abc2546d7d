#include "measure/file_store.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <utility>

namespace hil::measure {
namespace {

error_code last_error() {
    return {errno, boost::system::system_category()};
}

class Descriptor {
  public:
    Descriptor(const std::filesystem::path& file, int flags)
        : fd_(::open(file.c_str(), flags | O_CLOEXEC, 0644)) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    [[nodiscard]] bool open() const { return fd_ >= 0; }
    [[nodiscard]] int get() const { return fd_; }

  private:
    int fd_;
};

result<void> write_all(int fd, std::uint64_t offset, std::string_view text) {
    while (!text.empty()) {
        const auto written = ::pwrite(fd, text.data(), text.size(), static_cast<off_t>(offset));
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return last_error();
        text.remove_prefix(static_cast<std::size_t>(written));
        offset += static_cast<std::uint64_t>(written);
    }
    return {};
}

class DiskStore final : public FileStore {
  public:
    explicit DiskStore(Durability durability) : synced_(durability == Durability::synced) {}

    result<std::vector<std::string>> list(const std::filesystem::path& directory) override {
        std::vector<std::string> names;
        std::error_code error;
        std::filesystem::directory_iterator entry(directory, error);
        if (error == std::errc::no_such_file_or_directory) return names;
        for (; !error && entry != std::filesystem::directory_iterator{}; entry.increment(error)) {
            std::error_code unreadable;
            if (entry->is_regular_file(unreadable)) names.push_back(entry->path().filename().string());
        }
        if (error) return error_code{error};
        std::sort(names.begin(), names.end());
        return names;
    }

    result<std::uint64_t> size(const std::filesystem::path& file) override {
        struct stat status{};
        if (::stat(file.c_str(), &status) == 0) return static_cast<std::uint64_t>(status.st_size);
        if (errno == ENOENT) return std::uint64_t{0};
        return last_error();
    }

    result<std::string> read(const std::filesystem::path& file, std::uint64_t offset,
                             std::size_t length) override {
        const Descriptor descriptor(file, O_RDONLY);
        if (!descriptor.open()) return last_error();
        std::string text(length, '\0');
        std::size_t filled = 0;
        while (filled < length) {
            const auto got = ::pread(descriptor.get(), text.data() + filled, length - filled,
                                     static_cast<off_t>(offset + filled));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return last_error();
            if (got == 0) break;
            filled += static_cast<std::size_t>(got);
        }
        text.resize(filled);
        return text;
    }

    result<void> write_at(const std::filesystem::path& file, std::uint64_t offset,
                          std::string_view text) override {
        if (offset == 0) {
            std::error_code error;
            std::filesystem::create_directories(file.parent_path(), error);
            if (error && !file.parent_path().empty()) return error_code{error};
        }
        const Descriptor descriptor(file, O_WRONLY | (offset == 0 ? O_CREAT : 0));
        if (!descriptor.open()) return last_error();
        struct stat status{};
        if (::fstat(descriptor.get(), &status) != 0) return last_error();
        const auto size = static_cast<std::uint64_t>(status.st_size);
        if (size < offset) return make_error_code(boost::system::errc::invalid_argument);
        if (size > offset && ::ftruncate(descriptor.get(), static_cast<off_t>(offset)) != 0)
            return last_error();
        if (size == 0) fresh_.insert(file);
        return write_all(descriptor.get(), offset, text);
    }

    result<void> overwrite(const std::filesystem::path& file, std::uint64_t offset,
                           std::string_view text) override {
        const Descriptor descriptor(file, O_WRONLY | O_CREAT);
        if (!descriptor.open()) return last_error();
        struct stat status{};
        if (::fstat(descriptor.get(), &status) != 0) return last_error();
        if (status.st_size == 0) fresh_.insert(file);
        return write_all(descriptor.get(), offset, text);
    }

    result<void> sync(const std::filesystem::path& file) override {
        if (!synced_) return {};
        const Descriptor descriptor(file, O_WRONLY);
        if (!descriptor.open()) return errno == ENOENT ? result<void>{} : last_error();
        if (::fdatasync(descriptor.get()) != 0) return last_error();
        if (fresh_.erase(file) == 0) return {};
        sync_names(file.parent_path());
        return {};
    }

    result<void> remove(const std::filesystem::path& file) override {
        if (::unlink(file.c_str()) != 0 && errno != ENOENT) return last_error();
        return {};
    }

    result<void> rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
        if (::rename(from.c_str(), to.c_str()) != 0) return last_error();
        fresh_.erase(from);
        if (synced_) sync_names(to.parent_path());
        return {};
    }

  private:
    // A new name is on the disk only when its directory is.
    static void sync_names(const std::filesystem::path& parent) {
        const Descriptor directory(parent.empty() ? "." : parent, O_RDONLY | O_DIRECTORY);
        if (directory.open()) ::fsync(directory.get());  // not every file system can
    }

    bool synced_;
    std::set<std::filesystem::path> fresh_;  // files whose names may not be on the disk yet
};

}  // namespace

std::unique_ptr<FileStore> make_disk_store(Durability durability) {
    return std::make_unique<DiskStore>(durability);
}

}  // namespace hil::measure
