// Puts a directory of recordings in order before anything is appended: what a kill tore is cut off, and the
// pending rows kept beside the files are taken over.
#pragma once

#include "measure/file_index.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace hil::measure {

struct Repaired {
    std::filesystem::path file;
    std::uint64_t cut_bytes = 0;  // of a torn last line; 0: nothing was torn
    bool pending_taken = false;   // the pending row was newer than the last row and now is the last row
    WallTime pending_at{};

    // "20251001_lib.csv: cut off a torn last line of 37 bytes; took over the pending row of …"
    [[nodiscard]] std::string message(const Zone& zone) const;
};

struct RepairReport {
    struct Problem {
        std::filesystem::path file;
        error_code error;
    };
    std::vector<Repaired> repaired;  // files that were changed
    std::vector<Problem> problems;   // files that should have been and could not
};

// Looks at the end of every recording. A last line is torn when its line end is missing or when it holds a
// NUL (a block that never reached the disk). Blocking; to be run before the recorder starts.
// `schema_of`: of a device by its id; none: all are batteries. A file with other columns is left alone.
using SchemaOf = std::function<const device::Schema&(std::string_view id)>;
RepairReport repair(FileStore& store, const std::filesystem::path& directory, const Zone& zone,
                    const SchemaOf& schema_of = {});

}  // namespace hil::measure
