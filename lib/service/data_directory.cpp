#include "service/data_directory.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

namespace hil::service {
namespace {

using Found = Standing::Found;

constexpr std::string_view run_mark = "a service runs here, or was killed\n";

std::string words_of_errno() {
    return std::generic_category().message(errno);
}

// A path of any length in the 107 bytes of a socket's name: whole, or its end behind a number made of all.
std::string socket_name(const std::string& path) {
    constexpr std::string_view prefix = "hil-scheduler/";
    constexpr std::size_t longest = sizeof(sockaddr_un::sun_path) - 1 - prefix.size();
    if (path.size() <= longest) return std::string(prefix) + path;
    std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
    for (const char c : path)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    const auto number = fmt::format("{:016x}", hash);
    return fmt::format("{}{}{}", prefix, number, path.substr(path.size() - (longest - number.size())));
}

// The descriptor that holds the name; -1 when somebody has it (EADDRINUSE), or there are no such names here.
int take_name(const std::string& path) {
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -1;
    const auto name = socket_name(path);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, name.data(), name.size());  // abstract: it begins with a zero
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), length) == 0) return descriptor;
    const int error = errno;
    ::close(descriptor);
    errno = error;
    return -1;
}

}  // namespace

Standing standing(const std::filesystem::path& path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) == 0) return {Found::file, status.st_dev, status.st_ino};
    const bool nothing = errno == ENOENT || errno == ENOTDIR || errno == ESTALE;
    return {nothing ? Found::nothing : Found::unknown, 0, 0};
}

std::string what_became(const std::filesystem::path& path, const Seen& at_start, const Seen& now) {
    if (now.directory.found == Found::nothing)
        return fmt::format("the data directory {} is gone: it was deleted or moved", path.string());
    if (now.directory.found == Found::unknown) return {};
    if (now.directory != at_start.directory)
        return fmt::format("the data directory {} is not the one this service began with: it was replaced",
                           path.string());
    if (now.lock.found == Found::unknown || now.lock == at_start.lock) return {};
    return fmt::format("{} was deleted or replaced: what is in {} may not be what this service wrote",
                       (path / ".lock").string(), path.string());
}

DataDirectory::Opened DataDirectory::open(const std::filesystem::path& directory) {
    const auto in_use = [&directory] {
        return InUse{fmt::format("the data directory {} is in use by another process", directory.string())};
    };
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    // The name is taken whether the directory can be used or not: it says that nobody else is there.
    DataDirectory held;
    held.path_ = directory;
    std::error_code nowhere;
    const auto path = std::filesystem::weakly_canonical(directory, nowhere);
    held.name_ = take_name(nowhere ? directory.string() : path.string());
    if (held.name_ < 0 && errno == EADDRINUSE) return in_use();
    if (error) {
        return Unusable{
            fmt::format("the data directory {} cannot be made: {}", directory.string(), error.message())};
    }
    const auto lock = directory / ".lock";
    held.lock_ = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (held.lock_ < 0) {
        return Unusable{
            fmt::format("the data directory {} cannot be written: {}", directory.string(), words_of_errno())};
    }
    if (::flock(held.lock_, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) return in_use();
        return Unusable{
            fmt::format("the data directory {} cannot be locked: {}", directory.string(), words_of_errno())};
    }
    held.seen_ = {standing(directory), standing(lock)};
    std::string text(run_mark.size(), '\0');
    held.after_a_crash_ = ::pread(held.lock_, text.data(), text.size(), 0) > 0;
    return held;
}

std::string DataDirectory::lost() const {
    return what_became(path_, seen_, {standing(path_), standing(path_ / ".lock")});
}

void DataDirectory::begin_run() const {
    // Where there is no room for it, the start after a crash begins like any other.
    (void)!::pwrite(lock_, run_mark.data(), run_mark.size(), 0);
}

void DataDirectory::end_run() const {
    (void)!::ftruncate(lock_, 0);
}

DataDirectory::DataDirectory(DataDirectory&& other) noexcept {
    *this = std::move(other);
}

DataDirectory& DataDirectory::operator=(DataDirectory&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(lock_, other.lock_);
    std::swap(name_, other.name_);
    std::swap(seen_, other.seen_);
    std::swap(after_a_crash_, other.after_a_crash_);
    return *this;
}

DataDirectory::~DataDirectory() {
    if (lock_ >= 0) ::close(lock_);
    if (name_ >= 0) ::close(name_);
}

std::string why_not(const DataDirectory::Opened& opened) {
    if (const auto* in_use = std::get_if<DataDirectory::InUse>(&opened)) return in_use->sentence;
    if (const auto* unusable = std::get_if<DataDirectory::Unusable>(&opened)) return unusable->sentence;
    return {};
}

}  // namespace hil::service
