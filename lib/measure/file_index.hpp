// The recordings of a directory: their names, and their first and last rows by reading their ends only.
#pragma once

#include "base/result.hpp"
#include "base/zone.hpp"
#include "config/config.hpp"
#include "measure/csv_format.hpp"
#include "measure/file_store.hpp"

#include <compare>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hil::measure {

using config::TransportMode;

// `20251001_lib.csv`, remote transport `20251001_lib.remote.csv`.
struct RecordingName {
    LocalDate date;
    std::string plant;
    TransportMode transport = TransportMode::local;

    friend bool operator==(const RecordingName&, const RecordingName&) = default;
};
std::string file_name(const RecordingName& name);
// None for any other file. Upper and lower case are alike.
std::optional<RecordingName> parse_file_name(std::string_view name);

struct RecordingFile {
    std::filesystem::path path;
    RecordingName name;
};
// The recordings of a directory, by date, plant and transport; of one plant and transport only where named.
struct RecordingFilter {
    std::optional<std::string> plant;
    std::optional<TransportMode> transport;
};
result<std::vector<RecordingFile>> list_recordings(FileStore& store, const std::filesystem::path& directory,
                                                   const RecordingFilter& filter = {});

// First and last row of one file; none where it has no rows. Reads its header and its ends.
struct FileEnds {
    std::uint64_t size = 0;
    std::optional<Row> first, last;
    std::optional<Row> last_measured;
};
result<FileEnds> read_ends(FileStore& store, const std::filesystem::path& file, const Zone& zone);

// How many rows a file has: its complete lines after the header. Reads all of it.
result<std::uint64_t> count_rows(FileStore& store, const std::filesystem::path& file);

// The newest row of a plant over all its recordings of one transport, and the newest measured one: what a new
// session continues, and what the first instant of a run has to lie after.
struct Newest {
    std::optional<Row> row, measured;
};
result<Newest> newest_rows(FileStore& store, const std::filesystem::path& directory, std::string_view plant,
                           TransportMode transport, const Zone& zone);

// The newest state of charge that a plant's local recordings know, within 0..1; files that cannot be read are
// passed over. Remote recordings are never asked: an emulator is not seeded from a real plant.
std::optional<double> newest_soc(FileStore& store, const std::filesystem::path& directory,
                                 std::string_view plant, const Zone& zone);

}  // namespace hil::measure
