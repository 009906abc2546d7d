#include "service/data_directory.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace hil::service {

std::variant<DataDirectory, std::string> DataDirectory::open(const std::filesystem::path& directory) {
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error)
        return fmt::format("the data directory {} cannot be made: {}", directory.string(), error.message());
    const auto lock = directory / ".lock";
    const int descriptor = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor < 0) {
        return fmt::format("the data directory {} cannot be written: {}", directory.string(),
                           std::generic_category().message(errno));
    }
    DataDirectory held(descriptor);
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) {
            return fmt::format("the data directory {} is in use by another process", directory.string());
        }
        return fmt::format("the data directory {} cannot be locked: {}", directory.string(),
                           std::generic_category().message(errno));
    }
    return held;
}

DataDirectory::DataDirectory(DataDirectory&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

DataDirectory& DataDirectory::operator=(DataDirectory&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

DataDirectory::~DataDirectory() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace hil::service
