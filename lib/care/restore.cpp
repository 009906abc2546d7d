#include "care/backup.hpp"
#include "care/digest.hpp"
#include "care/tar.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <system_error>

namespace hil::care {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::string_view manifest_name = "manifest.json";
constexpr std::size_t longest_manifest = 64u << 20u;

// One path component that hides nothing and leads nowhere else.
bool plain(std::string_view name) {
    return !name.empty() && name.front() != '.' && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '-' || c == '.';
    });
}

struct Read {
    std::vector<BackedUp> files;
    std::string manifest;
    std::string problem;
};

// All that is in it, with its digests; the manifest stands last.
Read read_through(const fs::path& archive) {
    Read out;
    TarReader tar(archive);
    while (const auto entry = tar.next()) {
        if (!out.manifest.empty()) return {{}, {}, "something stands behind the manifest"};
        if (!plain(entry->name))
            return {{}, {}, fmt::format("\"{}\" is no name of a file in a backup", entry->name)};
        const bool manifest = entry->name == manifest_name;
        if (manifest && entry->size > longest_manifest) return {{}, {}, "its manifest is too long"};
        Digest digest;
        std::uint64_t size = 0;
        for (auto bytes = tar.read(); !bytes.empty(); bytes = tar.read()) {
            size += bytes.size();
            if (manifest) out.manifest += bytes;
            digest.add(bytes);
        }
        if (size != entry->size) break;
        if (!manifest) out.files.push_back({entry->name, size, digest.hex()});
    }
    out.problem = tar.problem();
    if (out.problem.empty() && out.manifest.empty())
        out.problem = "it has no manifest: it is cut, or no backup";
    return out;
}

// Empty: what was read is what the manifest says.
std::string compare(const Read& read) {
    try {
        const auto manifest = json::parse(read.manifest);
        if (std::string(manifest.at("program").as_string()) != "hil-scheduler")
            return "it is a backup of another program";
        if (manifest.at("format").to_number<int>() > backup_format)
            return fmt::format("it was made by a newer program ({})",
                               std::string(manifest.at("version").as_string()));
        const auto& files = manifest.at("files").as_array();
        if (files.size() != read.files.size()) return "it does not hold what its manifest says";
        for (std::size_t i = 0; i < files.size(); ++i) {
            const auto& expected = files[i];
            const auto& found = read.files[i];
            if (std::string(expected.at("name").as_string()) != found.name ||
                expected.at("size").to_number<std::uint64_t>() != found.size ||
                std::string(expected.at("sha256").as_string()) != found.sha256)
                return fmt::format("{} is not what its manifest says: the archive is damaged", found.name);
        }
        return {};
    } catch (const std::exception&) {
        return "its manifest cannot be read";
    }
}

std::string extract(const fs::path& archive, const fs::path& data_dir) {
    TarReader tar(archive);
    while (const auto entry = tar.next()) {
        if (entry->name == manifest_name) return {};
        const auto target = data_dir / entry->name;
        std::ofstream out(target, std::ios::binary);
        for (auto bytes = tar.read(); !bytes.empty(); bytes = tar.read())
            out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        out.close();
        if (out.fail()) return fmt::format("{} cannot be written", target.string());
    }
    return tar.problem();
}

}  // namespace

std::variant<std::vector<BackedUp>, std::string> restore(const fs::path& archive, const fs::path& data_dir) {
    std::error_code error;
    if (!fs::is_regular_file(archive, error)) return fmt::format("{} is not there", archive.string());
    auto read = read_through(archive);
    if (read.problem.empty()) read.problem = compare(read);
    if (!read.problem.empty()) return fmt::format("{} is not restored: {}", archive.string(), read.problem);
    fs::create_directories(data_dir, error);
    if (error) return fmt::format("{} cannot be made: {}", data_dir.string(), error.message());
    for (const auto& there : fs::directory_iterator(data_dir, error))
        if (there.path().filename() != ".lock")
            return fmt::format("{} is not empty ({}): restore into another directory, or move what is there",
                               data_dir.string(), there.path().filename().string());
    if (auto why = extract(archive, data_dir); !why.empty()) return why;
    return read.files;
}

}  // namespace hil::care
