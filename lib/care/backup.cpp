#include "care/backup.hpp"

#include "care/digest.hpp"
#include "care/tar.hpp"
#include "store/database.hpp"
#include "store/online_backup.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>
#include <utility>

namespace hil::care {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::size_t longest_read = 256u << 10u;

std::int64_t modified(const fs::path& file) {
    struct stat status{};
    return ::stat(file.c_str(), &status) == 0 ? status.st_mtime : 0;
}

// Not the database, which is copied, nor what was set aside or is only a lock.
bool belongs(const std::string& name) {
    if (name.starts_with('.') || name.starts_with("hil.sqlite")) return false;
    return name.ends_with(".csv") || name.ends_with(".csv.gz") || name.ends_with(".pending") ||
           name == "safety.record";
}

BackedUp add_file(TarWriter& archive, const fs::path& file, const std::string& name) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw std::system_error(errno, std::generic_category(), file.string());
    const auto size = fs::file_size(file);
    Digest digest;
    std::uint64_t left = size;
    archive.add(name, size, modified(file), [&] {
        std::string bytes(static_cast<std::size_t>(std::min<std::uint64_t>(left, longest_read)), '\0');
        in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        bytes.resize(static_cast<std::size_t>(in.gcount()));
        left -= bytes.size();
        digest.add(bytes);
        return bytes;
    });
    return {name, size, digest.hex()};
}

BackedUp add_text(TarWriter& archive, const std::string& text, const std::string& name) {
    bool given = false;
    archive.add(name, text.size(), 0, [&] { return std::exchange(given, true) ? std::string() : text; });
    Digest digest;
    digest.add(text);
    return {name, text.size(), digest.hex()};
}

std::string manifest_of(const BackupSource& source, const std::vector<BackedUp>& files) {
    json::array list;
    for (const auto& file : files)
        list.push_back(json::object{{"name", file.name}, {"size", file.size}, {"sha256", file.sha256}});
    return json::serialize(json::object{{"program", "hil-scheduler"},
                                        {"format", backup_format},
                                        {"version", source.version},
                                        {"made_at", source.made_at},
                                        {"files", std::move(list)}});
}

std::vector<BackedUp> write(const BackupSource& source, const fs::path& archive, const fs::path& copy) {
    std::vector<BackedUp> out;
    TarWriter tar(archive);
    const auto database = source.data_dir / "hil.sqlite";
    if (fs::exists(database)) {
        store::copy_database(database, copy);
        out.push_back(add_file(tar, copy, "hil.sqlite"));
    }
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(source.data_dir))
        if (entry.is_regular_file() && belongs(entry.path().filename().string()))
            names.push_back(entry.path().filename().string());
    std::ranges::sort(names);
    for (const auto& name : names) {
        std::error_code gone;  // a pending row is written into its recording meanwhile
        if (!fs::exists(source.data_dir / name, gone)) continue;
        out.push_back(add_file(tar, source.data_dir / name, name));
    }
    out.push_back(add_text(tar, source.configuration, "configuration.json"));
    (void)add_text(tar, manifest_of(source, out), "manifest.json");
    tar.finish();
    return out;
}

}  // namespace

std::variant<std::vector<BackedUp>, std::string> make_backup(const BackupSource& source,
                                                             const fs::path& archive) {
    auto copy = archive;
    copy += ".database";
    auto partial = archive;
    partial += ".partial";
    std::string problem;
    std::error_code ignored;
    std::vector<BackedUp> out;
    try {
        fs::remove(copy, ignored);
        out = write(source, partial, copy);
        fs::permissions(partial, fs::perms::owner_read | fs::perms::owner_write);
        fs::rename(partial, archive);
    } catch (const store::DatabaseError& error) {
        problem = error.what();
    } catch (const std::exception& error) {
        problem = error.what();
    }
    fs::remove(copy, ignored);
    if (problem.empty()) return out;
    fs::remove(partial, ignored);
    return problem;
}

}  // namespace hil::care
