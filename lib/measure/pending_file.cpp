#include "measure/pending_file.hpp"

#include "measure/csv_format.hpp"

#include <fmt/format.h>
#include <boost/assert.hpp>
#include <boost/crc.hpp>

namespace hil::measure {
namespace {

constexpr std::string_view mark = " #";
constexpr std::size_t checksum_digits = 8;

std::string checksum(std::string_view text) {
    boost::crc_32_type crc;
    crc.process_bytes(text.data(), text.size());
    return fmt::format("{:08x}", crc.checksum());
}

std::optional<PendingRow> read_slot(std::string_view slot, const Zone& zone, const device::Schema& schema) {
    const auto end = slot.find(mark);
    if (end == std::string_view::npos) return {};
    const auto line = slot.substr(0, end);
    if (slot.substr(end + mark.size(), checksum_digits) != checksum(line)) return {};
    const auto row = CsvLayout(schema).parse(line, zone);
    if (!row) return {};
    return PendingRow{*row, std::string(line) + '\n'};
}

}  // namespace

std::filesystem::path pending_path(const std::filesystem::path& recording) {
    auto path = recording;
    path += ".pending";
    return path;
}

std::string pending_slot(std::string_view line) {
    BOOST_ASSERT(line.ends_with('\n') && line.size() + mark.size() + checksum_digits < pending_slot_size);
    line.remove_suffix(1);
    std::string slot(line);
    slot.append(mark).append(checksum(line));
    slot.resize(pending_slot_size - 1, ' ');
    slot.push_back('\n');
    return slot;
}

std::optional<PendingRow> read_pending(std::string_view file, const Zone& zone,
                                       const device::Schema& schema) {
    std::optional<PendingRow> newest;
    for (std::size_t i = 0; i < pending_slots && i * pending_slot_size < file.size(); ++i) {
        auto found = read_slot(file.substr(i * pending_slot_size, pending_slot_size), zone, schema);
        if (found && (!newest || found->row.at > newest->row.at)) newest = std::move(found);
    }
    return newest;
}

}  // namespace hil::measure
