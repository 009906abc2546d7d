// What can go wrong with a recording, beyond what the file system reports itself.
#pragma once

#include <boost/system/error_code.hpp>

#include <type_traits>

namespace hil::measure {

enum class errc {
    not_a_row = 1,    // a line that is not a row of this file
    not_a_header,     // a first line without a timestamp column
    too_many_fields,  // more fields than the header names
    rows_waiting,     // rows could not be written yet and are kept
    no_history,       // the database of history cannot be read now
    not_in_order,     // rows of a recording go back in time
    values_too_late,  // of a sample: they came long after the instant they are asked for
    row_pending,      // a pending row waits beside the recording
    disk_silent,      // the disk did not answer in time
    directory_lost,   // the directory was deleted, moved or replaced: nothing is written there
};

const boost::system::error_category& category();
inline boost::system::error_code make_error_code(errc e) {
    return {static_cast<int>(e), category()};
}

}  // namespace hil::measure

template <>
struct boost::system::is_error_code_enum<hil::measure::errc> : std::true_type {};
