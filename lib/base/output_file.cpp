#include "base/output_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

namespace hil {
namespace {

namespace fs = std::filesystem;

error_code last_error() {
    return {errno, boost::system::system_category()};
}

class Descriptor {
  public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { (void)close(); }

    [[nodiscard]] bool open() const { return number_ >= 0; }
    result<void> write(std::string_view bytes) const {
        while (!bytes.empty()) {
            const auto taken = ::write(number_, bytes.data(), bytes.size());
            if (taken < 0 && errno == EINTR) continue;
            if (taken < 0) return last_error();
            bytes.remove_prefix(static_cast<std::size_t>(taken));
        }
        return {};
    }
    [[nodiscard]] result<void> flush() const {
        if (::fdatasync(number_) != 0) return last_error();
        return {};
    }
    result<void> close() {
        if (const int number = std::exchange(number_, -1); number >= 0 && ::close(number) != 0)
            return last_error();
        return {};
    }

  private:
    int number_;
};

result<void> write_into(const fs::path& file, std::string_view bytes) {
    Descriptor out(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666));
    if (!out.open()) return last_error();
    if (const auto written = out.write(bytes); !written) return written;
    return out.close();
}

// A new file beside the one it is to become; what a run that was killed left there goes.
int create_beside(const fs::path& part) {
    constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    const int made = ::open(part.c_str(), flags, 0666);
    std::error_code none;
    if (made >= 0 || errno != EEXIST || !fs::is_regular_file(fs::symlink_status(part, none))) return made;
    fs::remove(part, none);
    return ::open(part.c_str(), flags, 0666);
}

result<void> replace(const fs::path& file, std::string_view bytes, fs::perms mode) {
    auto part = file;
    part += ".part";
    Descriptor out(create_beside(part));
    if (!out.open()) return last_error();
    auto done = out.write(bytes);
    if (done) done = out.flush();
    if (done) done = out.close();
    std::error_code error;
    if (done && mode != fs::perms::unknown) fs::permissions(part, mode, error);
    if (done && ::rename(part.c_str(), file.c_str()) != 0) done = last_error();
    if (!done) fs::remove(part, error);
    return done;
}

}  // namespace

result<void> write_output(const fs::path& file, std::string_view bytes) {
    std::error_code error;
    const auto named = fs::symlink_status(file, error);
    if (named.type() == fs::file_type::not_found) return replace(file, bytes, fs::perms::unknown);
    const auto meant = fs::status(file, error);
    if (!fs::is_regular_file(meant)) return write_into(file, bytes);
    const auto place = fs::canonical(file, error);
    if (error) return error_code(error.value(), boost::system::system_category());
    return replace(place, bytes, meant.permissions());
}

}  // namespace hil
