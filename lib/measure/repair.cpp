#include "measure/repair.hpp"

#include "measure/pending_file.hpp"
#include "measure/tail.hpp"

#include <fmt/format.h>

#include <optional>
#include <set>
#include <utility>

namespace hil::measure {
namespace {

constexpr std::string_view pending_suffix = ".pending";

// Where the sound part of a recording ends; none when the file is not a recording of ours.
result<std::optional<std::uint64_t>> sound_end(FileStore& store, const std::filesystem::path& file,
                                               std::uint64_t size, const device::Schema& schema) {
    const auto header = csv_header(schema);
    const auto head = store.read(file, 0, header.size());
    if (!head) return head.error();
    if (*head != header) {
        const bool torn_header = size < header.size() && header.starts_with(*head);
        return torn_header ? std::optional<std::uint64_t>(0) : std::nullopt;
    }
    BackwardReader reader(store, file, size);
    std::uint64_t end = size;
    for (;;) {
        const auto line = reader.next();
        if (!line) return line.error();
        const bool torn = *line && (!(*line)->complete || (*line)->text.find('\0') != std::string_view::npos);
        if (!torn) return std::optional(end);
        end = (*line)->offset;
    }
}

class Repairing {
  public:
    Repairing(FileStore& store, std::filesystem::path directory, const Zone& zone, const SchemaOf& schema_of)
        : store_(store), directory_(std::move(directory)), zone_(zone), schema_of_(schema_of) {}

    RepairReport run() {
        const auto names = store_.list(directory_);
        if (!names) {
            report_.problems.push_back({directory_, names.error()});
            return std::move(report_);
        }
        std::set<std::string> recordings, pendings;
        for (const auto& name : *names) {
            if (parse_file_name(name)) recordings.insert(name);
            if (!name.ends_with(pending_suffix)) continue;
            const auto owner = name.substr(0, name.size() - pending_suffix.size());
            if (!parse_file_name(owner)) continue;
            recordings.insert(owner);
            pendings.insert(owner);
        }
        for (const auto& name : recordings) {
            const auto file = directory_ / name;
            Repaired repaired{.file = file};
            if (const auto done = repair_file(repaired, pendings.contains(name)); !done) {
                report_.problems.push_back({file, done.error()});
            }
            if (repaired.cut_bytes > 0 || repaired.pending_taken)
                report_.repaired.push_back(std::move(repaired));
        }
        return std::move(report_);
    }

  private:
    [[nodiscard]] const device::Schema& schema_of(const std::filesystem::path& file) const {
        const auto name = parse_file_name(file.filename().string());
        return schema_of_ && name ? schema_of_(name->plant) : device::battery_schema();
    }

    result<void> repair_file(Repaired& repaired, bool has_pending) {
        const auto& schema = schema_of(repaired.file);
        const auto size = store_.size(repaired.file);
        if (!size) return size.error();
        std::uint64_t end = *size;
        if (*size > 0) {
            const auto sound = sound_end(store_, repaired.file, *size, schema);
            if (!sound) return sound.error() == errc::not_a_row ? result<void>{} : sound.error();
            if (!*sound) return {};
            end = **sound;
        }
        if (end < *size) {
            if (const auto cut = store_.write_at(repaired.file, end, {}); !cut) return cut;
            repaired.cut_bytes = *size - end;
        }
        if (!has_pending) return {};
        const auto beside = pending_path(repaired.file);
        const auto kept = store_.read(beside, 0, pending_slots * pending_slot_size);
        if (!kept) return kept.error();
        if (const auto pending = read_pending(*kept, zone_, schema)) {
            const auto ends = read_ends(store_, repaired.file, zone_);
            if (!ends) return ends.error();
            if (!ends->last || pending->row.at > ends->last->at) {
                const auto text =
                    (end == 0 ? std::string(csv_header(schema)) : std::string()) + pending->line;
                if (const auto taken = store_.write_at(repaired.file, end, text); !taken) return taken;
                // Only then may the copy go.
                if (const auto kept_now = store_.sync(repaired.file); !kept_now) return kept_now;
                repaired.pending_taken = true;
                repaired.pending_at = pending->row.at;
            }
        }
        return store_.remove(beside);
    }

    FileStore& store_;
    std::filesystem::path directory_;
    const Zone& zone_;
    const SchemaOf& schema_of_;
    RepairReport report_;
};

}  // namespace

std::string Repaired::message(const Zone& zone) const {
    std::string text = file.string() + ": ";
    if (cut_bytes > 0) text += fmt::format("cut off a torn last line of {} bytes", cut_bytes);
    if (cut_bytes > 0 && pending_taken) text += "; ";
    if (pending_taken) text += "took over the pending row of " + zone.format(pending_at);
    return text;
}

RepairReport repair(FileStore& store, const std::filesystem::path& directory, const Zone& zone,
                    const SchemaOf& schema_of) {
    return Repairing(store, directory, zone, schema_of).run();
}

}  // namespace hil::measure
