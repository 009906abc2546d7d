#include "observe/log_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <memory>
#include <string_view>
#include <system_error>

namespace hil::observe {
namespace {

namespace fs = std::filesystem;

error_code last_system_error() {
    return {errno, boost::system::system_category()};
}

error_code converted(const std::error_code& error) {
    return {error.value(), boost::system::system_category()};
}

result<void> write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const auto taken = ::write(descriptor, text.data(), text.size());
        if (taken < 0) {
            if (errno == EINTR) continue;
            return last_system_error();
        }
        text.remove_prefix(static_cast<std::size_t>(taken));
    }
    return {};
}

// The date of the first line, text or JSON.
std::optional<LocalDate> day_of_file(const fs::path& path) {
    std::ifstream in(path);
    std::string line;
    if (!std::getline(in, line)) return {};
    const std::string_view json = R"({"time":")";
    const auto at = line.starts_with(json) ? json.size() : 0;
    const auto day = parse_date(std::string_view(line).substr(at, 10));
    if (!day) return {};
    return *day;
}

// "control.2025-10-01.log.gz" and "control.2025-10-01.3.log": the day, and whether it is compressed.
struct AsideName {
    LocalDate day;
    bool compressed;
};
std::optional<AsideName> parse_aside(std::string_view name) {
    const auto dot = name.find('.');
    if (dot == std::string_view::npos || !parse_channel(name.substr(0, dot))) return {};
    name.remove_prefix(dot + 1);
    const bool compressed = name.ends_with(".log.gz");
    if (!compressed && !name.ends_with(".log")) return {};
    const auto day = parse_date(name.substr(0, 10));
    if (!day) return {};
    return AsideName{*day, compressed};
}

// Replaces the file by a compressed one; keeps it as it is when that fails.
bool compress(const fs::path& plain) {
    const fs::path whole = plain.string() + ".gz";
    const fs::path part = whole.string() + ".part";
    std::error_code ignored;
    bool good = false;
    {
        std::ifstream in(plain, std::ios::binary);
        const gzFile out = ::gzopen(part.c_str(), "wb6");
        if (!in || out == nullptr) {
            if (out != nullptr) ::gzclose(out);
            fs::remove(part, ignored);
            return false;
        }
        std::vector<char> buffer(1 << 16);
        good = true;
        while (good && in) {
            in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
            const auto size = static_cast<unsigned>(in.gcount());
            if (size > 0) good = ::gzwrite(out, buffer.data(), size) == static_cast<int>(size);
        }
        good = good && !in.bad();
        good = ::gzclose(out) == Z_OK && good;
    }
    std::error_code error;
    if (good) fs::rename(part, whole, error);
    if (!good || error) {
        fs::remove(part, ignored);
        return false;
    }
    fs::remove(plain, ignored);
    return true;
}

}  // namespace

LogFiles::LogFiles(fs::path directory, std::uint64_t rotate_bytes, int retention_days)
    : directory_(std::move(directory)), rotate_bytes_(rotate_bytes), retention_days_(retention_days) {}

LogFiles::~LogFiles() {
    for (auto& file : files_)
        close(file);
}

fs::path LogFiles::current(Channel channel) const {
    return directory_ / fmt::format("{}.log", to_string(channel));
}

void LogFiles::close(File& file) {
    if (file.descriptor >= 0) ::close(file.descriptor);
    file.descriptor = -1;
}

result<void> LogFiles::open(Channel channel, LocalDate today) {
    std::error_code error;
    fs::create_directories(directory_, error);
    if (error) return converted(error);
    auto& file = files_[static_cast<std::size_t>(channel)];
    const fs::path path = current(channel);
    file.descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (file.descriptor < 0) return last_system_error();
    const auto size = fs::file_size(path, error);
    file.size = error ? 0 : size;
    file.day = file.size > 0 ? day_of_file(path).value_or(today) : today;
    return {};
}

result<void> LogFiles::put_aside(Channel channel) {
    auto& file = files_[static_cast<std::size_t>(channel)];
    fs::path target;
    std::error_code error;
    const std::string dated = fmt::format("{}.{}", to_string(channel), hil::to_string(file.day));
    for (int n = 0;; ++n) {
        const std::string stem = n == 0 ? dated : fmt::format("{}.{}", dated, n);
        target = directory_ / (stem + ".log");
        if (!fs::exists(target, error) && !fs::exists(directory_ / (stem + ".log.gz"), error)) break;
    }
    fs::rename(current(channel), target, error);
    if (error) return converted(error);
    close(file);
    compress(target);
    return {};
}

void LogFiles::tidy(LocalDate today) {
    if (tidied_ == today) return;
    tidied_ = today;
    const auto keep_from = std::chrono::sys_days{today} - std::chrono::days(retention_days_);
    std::vector<fs::path> plain;
    std::vector<fs::path> old;
    std::error_code error;
    for (fs::directory_iterator it(directory_, error), end; !error && it != end; it.increment(error)) {
        const auto aside = parse_aside(it->path().filename().string());
        if (!aside) continue;
        if (retention_days_ > 0 && std::chrono::sys_days{aside->day} < keep_from) {
            old.push_back(it->path());
        } else if (!aside->compressed) {
            plain.push_back(it->path());
        }
    }
    for (const auto& path : old)
        fs::remove(path, error);
    for (const auto& path : plain)
        compress(path);
}

result<void> LogFiles::append(const LogChunk& chunk) {
    auto& file = files_[static_cast<std::size_t>(chunk.channel)];
    if (file.descriptor < 0) {
        if (const auto opened = open(chunk.channel, chunk.day); !opened) return opened;
    }
    const bool too_large = file.size + chunk.text.size() > rotate_bytes_;
    if (file.size > 0 && (file.day != chunk.day || too_large)) {
        if (const auto moved = put_aside(chunk.channel); !moved) return moved;
        if (const auto opened = open(chunk.channel, chunk.day); !opened) return opened;
    }
    file.day = chunk.day;
    tidy(chunk.day);
    const auto written = write_all(file.descriptor, chunk.text);
    if (!written) {
        // A torn line would be worse than a missing one.
        if (::ftruncate(file.descriptor, static_cast<off_t>(file.size)) != 0) close(file);
        return written;
    }
    file.size += chunk.text.size();
    return {};
}

}  // namespace hil::observe
