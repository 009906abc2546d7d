#include "care/old_recordings.hpp"

#include "care/digest.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>

namespace hil::care {
namespace {

namespace fs = std::filesystem;

constexpr int untouched_days = 2;
constexpr std::size_t gzip_piece = 256u << 10u;

// 20260601_lib.csv, 20260601_lib.remote.csv, and the same with .gz.
std::optional<std::chrono::sys_days> day_of(std::string_view name) {
    if (name.size() < 14 || name[8] != '_') return std::nullopt;
    if (!name.ends_with(".csv") && !name.ends_with(".csv.gz")) return std::nullopt;
    unsigned number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + 8, number);
    if (error != std::errc{} || end != name.data() + 8) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(number / 10'000)),
                                           std::chrono::month(number / 100 % 100),
                                           std::chrono::day(number % 100)};
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days(date);
}

struct CloseGzip {
    void operator()(gzFile_s* file) const { gzclose(file); }
};
using Gzip = std::unique_ptr<gzFile_s, CloseGzip>;

// Empty where it cannot be read to its end.
std::string digest_of_gzip(const fs::path& file) {
    const Gzip in(gzopen(file.c_str(), "rb"));
    if (!in) return {};
    Digest digest;
    std::string piece(gzip_piece, '\0');
    for (;;) {
        const int size = gzread(in.get(), piece.data(), static_cast<unsigned>(piece.size()));
        if (size < 0) return {};
        if (size == 0) break;
        digest.add(std::string_view(piece).substr(0, static_cast<std::size_t>(size)));
    }
    return digest.hex();
}

// The digest of what was read; empty where something could not be written.
std::string write_gzip(const fs::path& from, const fs::path& to) {
    std::ifstream in(from, std::ios::binary);
    gzFile out = gzopen(to.c_str(), "wb6");
    if (!in || out == nullptr) {
        if (out != nullptr) gzclose(out);
        return {};
    }
    Digest digest;
    std::string piece(gzip_piece, '\0');
    bool fine = true;
    while (fine && in) {
        in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
        const auto size = static_cast<unsigned>(in.gcount());
        if (size == 0) break;
        digest.add(std::string_view(piece).substr(0, size));
        fine = gzwrite(out, piece.data(), size) == static_cast<int>(size);
    }
    fine = fine && !in.bad();
    fine = gzclose(out) == Z_OK && fine;
    return fine ? digest.hex() : std::string();
}

}  // namespace

OldRecordings old_recordings(const std::vector<std::string>& names, std::chrono::year_month_day today,
                             const KeepRecordings& keep) {
    OldRecordings out;
    for (const auto& name : names) {
        const auto day = day_of(name);
        if (!day) continue;
        const auto age = (std::chrono::sys_days(today) - *day).count();
        if (age < untouched_days || std::ranges::find(names, name + ".pending") != names.end()) continue;
        if (keep.days > 0 && age > keep.days)
            out.remove.push_back(name);
        else if (keep.compress_days > 0 && age > keep.compress_days && name.ends_with(".csv"))
            out.compress.push_back(name);
    }
    return out;
}

std::string compress_recording(const fs::path& file) {
    auto partial = file, target = file;
    partial += ".gz.partial";
    target += ".gz";
    const auto written = write_gzip(file, partial);
    std::error_code error;
    if (written.empty() || digest_of_gzip(partial) != written) {
        fs::remove(partial, error);
        return fmt::format("{} could not be compressed and stays as it is", file.string());
    }
    fs::rename(partial, target, error);
    if (!error) fs::remove(file, error);
    return error ? fmt::format("{}: {}", file.string(), error.message()) : std::string();
}

std::vector<std::string> tend_recordings(const fs::path& directory, std::chrono::year_month_day today,
                                         const KeepRecordings& keep) {
    std::vector<std::string> names, problems;
    std::error_code error;
    for (auto at = fs::directory_iterator(directory, error); !error && at != fs::directory_iterator();
         at.increment(error))
        names.push_back(at->path().filename().string());
    const auto old = old_recordings(names, today, keep);
    for (const auto& name : old.compress)
        if (auto why = compress_recording(directory / name); !why.empty()) problems.push_back(std::move(why));
    for (const auto& name : old.remove)
        if (!fs::remove(directory / name, error) && error)
            problems.push_back(fmt::format("{} cannot be removed: {}", name, error.message()));
    return problems;
}

}  // namespace hil::care
