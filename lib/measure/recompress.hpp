// Recompresses a recording by the recorder's own rule, for files made without it or by other programs.
#pragma once

#include "base/result.hpp"
#include "base/zone.hpp"
#include "config/config.hpp"
#include "measure/file_store.hpp"
#include "measure/row.hpp"

#include <cstdint>
#include <filesystem>

namespace hil::measure {

struct Recompressed {
    std::uint64_t rows_before = 0, rows_after = 0;
    std::uint64_t bytes_before = 0, bytes_after = 0;
    bool replaced = false;  // false: nothing was to be saved, the file is as it was
};

// The new file is written beside the recording, synced, and put in its place only then; whatever fails before
// leaves the recording as it was. Values keep every digit they have. `format`: how the plant's columns are
// counted.
//
// Of a null row and a measured one of the same instant the measured one stays.
//
// errc::not_a_header for a file whose columns are not those of a recording of ours, errc::not_a_row when it
// has lines that are no rows, errc::not_in_order when its rows are not in order of time, errc::row_pending
// when a pending row waits beside it: none of these is touched. Blocking; nobody else may write the
// file meanwhile.
result<Recompressed> recompress(FileStore& store, const std::filesystem::path& file,
                                const config::Compression& rule, const ColumnFormat& format,
                                const Zone& zone);

}  // namespace hil::measure
