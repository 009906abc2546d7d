#include "app/compress_command.hpp"

#include "app/measurement_place.hpp"
#include "device/recorded.hpp"
#include "measure/file_index.hpp"
#include "measure/recompress.hpp"
#include "plant/register_map.hpp"
#include "service/data_directory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>
#include <vector>

namespace hil::app {
namespace {

// Values of a plant that is not configured are compared as they are printed.
measure::ColumnFormat recorded_format_of(const service::Setup& setup, const measure::RecordingName& name) {
    for (const auto& configured : setup.config.plants) {
        if (configured.id == name.plant) return measure::column_format(configured, name.transport);
    }
    if (const auto* device = device::find_device(setup.config, name.plant))
        return measure::column_format(*device, name.transport);
    measure::ColumnFormat format;
    format.count.fill(1e-9);
    return format;
}

// The recordings that are asked for, or all there are; the exit status where that cannot be done.
std::optional<int> find_files(const CompressOptions& options, measure::FileStore& store,
                              const std::filesystem::path& data_dir,
                              std::vector<measure::RecordingFile>& files) {
    for (const auto& path : options.files) {
        const auto name = measure::parse_file_name(path.filename().string());
        if (!name) {
            fmt::print(stderr, "hil_scheduler compress: {} is not named as a recording, 20251001_lib.csv\n",
                       path.string());
            return exit_usage;
        }
        files.push_back({path, *name});
    }
    if (options.files.empty()) {
        auto found = measure::list_recordings(store, data_dir);
        if (!found) {
            fmt::print(stderr, "hil_scheduler compress: {}: {}\n", data_dir.string(),
                       found.error().message());
            return exit_failed;
        }
        files = std::move(*found);
    }
    return std::nullopt;
}

// A service that is recording there would be overwritten.
std::optional<int> hold_directories(const std::vector<measure::RecordingFile>& files,
                                    std::map<std::filesystem::path, service::DataDirectory>& held) {
    for (const auto& file : files) {
        const auto directory = std::filesystem::absolute(file.path).parent_path();
        if (held.contains(directory)) continue;
        auto directory_held = service::DataDirectory::open(directory);
        if (const auto why = service::why_not(directory_held); !why.empty()) {
            fmt::print(stderr, "hil_scheduler compress: {}\n", why);
            return exit_could_not_start;
        }
        held.emplace(directory, std::get<service::DataDirectory>(std::move(directory_held)));
    }
    return std::nullopt;
}

}  // namespace

int compress_command(const CompressOptions& options) {
    const auto setup = load_setup(options.data);
    if (!setup) return exit_usage;
    const auto store = measure::make_disk_store();
    const std::filesystem::path data_dir = setup->config.general.data_dir;
    std::vector<measure::RecordingFile> files;
    if (const auto mistake = find_files(options, *store, data_dir, files)) return *mistake;
    std::map<std::filesystem::path, service::DataDirectory> held;
    if (const auto mistake = hold_directories(files, held)) return *mistake;

    bool good = true;
    std::uint64_t before = 0, after = 0;
    for (const auto& file : files) {
        const auto done = measure::recompress(*store, file.path, setup->config.compression,
                                              recorded_format_of(*setup, file.name), setup->zone);
        if (!done) {
            fmt::print(stderr, "{}: {}: left as it was\n", file.path.string(), done.error().message());
            good = false;
            continue;
        }
        before += done->bytes_before;
        after += done->bytes_after;
        if (done->replaced) {
            fmt::print("{}: {} rows of {} kept, {} bytes of {}\n", file.path.string(), done->rows_after,
                       done->rows_before, done->bytes_after, done->bytes_before);
        } else {
            fmt::print("{}: nothing to be saved\n", file.path.string());
        }
    }
    fmt::print("{} recordings, {} bytes before, {} after: {:.1f} % saved\n", files.size(), before, after,
               before > 0 ? 100.0 * static_cast<double>(before - std::min(before, after)) /
                                static_cast<double>(before)
                          : 0.0);
    return good ? exit_done : exit_failed;
}

}  // namespace hil::app
