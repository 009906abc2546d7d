#include "measure/file_queue.hpp"

#include "measure/csv_format.hpp"
#include "measure/errors.hpp"
#include "measure/pending_file.hpp"
#include "measure/tail.hpp"

#include <algorithm>
#include <utility>

namespace hil::measure {
namespace {

std::string_view time_of(std::string_view line) {
    return line.substr(0, line.find(','));
}
bool is_null(std::string_view line) {
    return line.find_first_not_of(',', time_of(line).size()) == std::string_view::npos;
}

// A time has one row: takes out null rows that are followed by a row of the same time.
void drop_overtaken(FileWrite& write) {
    std::string kept;
    std::size_t index = 0;
    for (std::string_view rest = write.text; !rest.empty();) {
        const auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(line.size() + 1);
        if (is_null(line) && !rest.empty() && time_of(rest) == time_of(line)) {
            --write.rows;
            write.values.erase(write.values.begin() + static_cast<std::ptrdiff_t>(index));
            continue;
        }
        kept.append(line).push_back('\n');
        ++index;
    }
    write.text = std::move(kept);
}

// Where the file ends without a null row that the first of the new ones takes the place of.
result<std::uint64_t> end_before(FileStore& store, const FileWrite& write, std::uint64_t end) {
    BackwardReader reader(store, write.path, end);
    const auto last = reader.next();
    if (!last) return last.error();
    const bool overtaken = *last && is_null((*last)->text) && time_of((*last)->text) == time_of(write.text);
    return overtaken ? (*last)->offset : end;
}

result<void> append(FileStore& store, FileWrite& write) {
    const auto size = store.size(write.path);
    if (!size) return size.error();
    const auto header = csv_header(*write.schema);
    std::uint64_t end = std::min(*size, write.cut_to.value_or(*size));
    if (end > 0 && !write.checked) {
        const auto head = store.read(write.path, 0, header.size());
        if (!head) return head.error();
        if (*head != header) return errc::not_a_header;
    }
    write.checked = true;
    if (write.over_null) {
        drop_overtaken(write);
        const auto before = end_before(store, write, end);
        if (!before) return before.error();
        end = *before;
    }
    write.cut_to = end;
    if (end == 0) write.text.insert(0, header);
    const auto written = store.write_at(write.path, end, write.text);
    if (!written) {
        if (end == 0) write.text.erase(0, header.size());
        return written;
    }
    write.text.clear();
    write.rows = 0;
    write.over_null = false;
    write.cut_to.reset();
    return {};
}

result<void> write_beside(FileStore& store, FileWrite& write) {
    const auto beside = pending_path(write.path);
    if (write.beside == FileWrite::Beside::remove) return store.remove(beside);
    return store.overwrite(beside, write.slot * pending_slot_size, pending_slot(write.pending));
}

result<void> sync(FileStore& store, const FileWrite& write) {
    if (const auto synced = store.sync(write.path); !synced) return synced;
    return store.sync(pending_path(write.path));
}

}  // namespace

void perform(FileStore& store, FileWrite& write) {
    result<void> done;
    if (!write.text.empty()) done = append(store, write);
    if (done && write.beside != FileWrite::Beside::leave) {
        done = write_beside(store, write);
        write.beside_done = done.has_value();
    }
    if (done && write.sync) {
        done = sync(store, write);
        if (done) write.sync = false;
    }
    write.error = done.error();
}

// A row that became final stays beside its file until the next stretch: it is not newer than the file's last.
FileWrite::Beside FileQueue::File::beside() const {
    if (closed) return kept_pending.empty() ? FileWrite::Beside::leave : FileWrite::Beside::remove;
    return pending.empty() || pending == kept_pending ? FileWrite::Beside::leave : FileWrite::Beside::keep;
}

bool FileQueue::File::has_work() const {
    return !text.empty() || beside() != FileWrite::Beside::leave;
}

void FileQueue::push(std::filesystem::path path, FileLines lines) {
    auto file = std::find_if(files_.begin(), files_.end(), [&path](const File& f) { return f.path == path; });
    if (file == files_.end()) {
        file = files_.emplace(files_.end());
        file->path = std::move(path);
    }
    file->schema = lines.schema;
    file->text += lines.text;
    file->rows += lines.rows;
    file->values.insert(file->values.end(), lines.values.begin(), lines.values.end());
    file->pending = std::move(lines.pending);
    file->closed = lines.closed;
    file->over_null = file->over_null || lines.over_null;
    rows_ += lines.rows;
}

void FileQueue::take(std::size_t plant, bool sync, std::vector<FileWrite>& writes) {
    for (auto& file : files_) {
        if (!file.has_work() && !(sync && file.unsynced)) continue;
        rows_ -= file.rows;
        taken_rows_ += file.rows;
        FileWrite write;
        write.plant = plant;
        write.path = file.path;
        write.schema = file.schema;
        write.text = std::exchange(file.text, {});
        write.rows = std::exchange(file.rows, 0);
        write.values = std::exchange(file.values, {});
        write.beside = file.beside();
        write.pending = file.pending;
        write.slot = file.slot;
        write.sync = sync;
        write.checked = file.checked;
        write.over_null = std::exchange(file.over_null, false);
        write.cut_to = file.cut_to;
        file.unsynced = !sync;
        writes.push_back(std::move(write));
    }
}

void FileQueue::give_back(FileWrite write) {
    const auto file =
        std::find_if(files_.begin(), files_.end(), [&write](const File& f) { return f.path == write.path; });
    file->text.insert(0, write.text);
    file->rows += write.rows;
    rows_ += write.rows;
    if (write.rows > 0) file->values.insert(file->values.begin(), write.values.begin(), write.values.end());
    file->checked = write.checked;
    file->over_null = file->over_null || write.over_null;
    file->cut_to = write.cut_to;
    file->failed = bool{write.error};
    file->unsynced = file->unsynced || write.sync;
    if (!write.beside_done) return;
    if (write.beside == FileWrite::Beside::remove) {
        file->kept_pending.clear();
    } else {
        file->kept_pending = std::move(write.pending);
        file->slot = (write.slot + 1) % pending_slots;  // never over the copy that is known to be whole
    }
}

void FileQueue::tidy() {
    taken_rows_ = 0;
    while (files_.size() > 1 && !files_.front().has_work() && !files_.front().unsynced)
        files_.pop_front();
}

std::size_t FileQueue::bound(std::size_t bytes) {
    std::size_t waiting = 0, given_up = 0;
    for (const auto& file : files_)
        waiting += file.text.size();
    for (auto& file : files_) {
        std::size_t cut = 0, lines = 0;
        while (waiting - cut > bytes && cut < file.text.size()) {
            cut = file.text.find('\n', cut) + 1;
            ++lines;
        }
        file.text.erase(0, cut);
        file.values.erase(file.values.begin(), file.values.begin() + static_cast<std::ptrdiff_t>(lines));
        file.rows -= lines;
        given_up += lines;
        waiting -= cut;
        if (cut > 0 && !file.has_work()) file.failed = false;  // nothing is left to fail with
    }
    rows_ -= given_up;
    return given_up;
}

bool FileQueue::failing() const {
    return std::any_of(files_.begin(), files_.end(), [](const File& file) { return file.failed; });
}

}  // namespace hil::measure
