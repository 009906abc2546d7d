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

// `20251001_lib.csv`, remote transport `20251001_lib.remote.csv`. A file never goes back in time: what is
// recorded after the wall clock was set back goes to `20251001_lib.2.csv`, `20251001_lib.remote.2.csv`, and
// so on.
struct RecordingName {
    LocalDate date;
    std::string plant;
    TransportMode transport = TransportMode::local;
    unsigned part = 1;

    friend bool operator==(const RecordingName&, const RecordingName&) = default;
};
std::string file_name(const RecordingName& name);
// None for any other file. Upper and lower case are alike.
std::optional<RecordingName> parse_file_name(std::string_view name);

struct RecordingFile {
    std::filesystem::path path;
    RecordingName name;
};
// The recordings of a directory, by date, plant, transport and part; of one plant and transport only where
// named.
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

// What the last part of one date's recording ends with.
struct RecordingEnd {
    LocalDate date;
    unsigned part = 1;
    std::optional<WallTime> row, measured;
    bool known = true;  // false: there is such a file, and nobody has looked into it
};

// The last row of a plant over all its recordings of one transport, and the last measured one: what a new
// session continues, and what the first instant of a run has to lie after. Of a date with several parts the
// last part counts: it was recorded later.
struct Newest {
    // The recordings that are read for their ends; of the others only the names are known.
    static constexpr std::size_t looked_at = 8;

    std::optional<Row> row, measured;
    std::vector<RecordingEnd> ends{};  // of every date, in order
};
result<Newest> newest_rows(FileStore& store, const std::filesystem::path& directory, std::string_view plant,
                           TransportMode transport, const Zone& zone);

// The newest state of charge that a plant's local recordings know, within 0..1: of a date with several parts
// that of the last one, which was recorded later; within a file the newest by time. Files that cannot be read
// are passed over. Remote recordings are never asked: an emulator is not seeded from a real plant.
std::optional<double> newest_soc(FileStore& store, const std::filesystem::path& directory,
                                 std::string_view plant, const Zone& zone);

}  // namespace hil::measure
