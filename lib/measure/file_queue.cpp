#include "measure/file_queue.hpp"

#include "measure/csv_format.hpp"
#include "measure/errors.hpp"

#include <algorithm>
#include <utility>

namespace hil::measure {
namespace {

result<void> append(FileStore& store, FileWrite& write) {
    const auto size = store.size(write.path);
    if (!size) return size.error();
    const auto header = csv_header();
    const std::uint64_t end = std::min(*size, write.cut_to.value_or(*size));
    if (end > 0 && !write.checked) {
        const auto head = store.read(write.path, 0, header.size());
        if (!head) return head.error();
        if (*head != header) return errc::not_a_header;
    }
    write.checked = true;
    write.cut_to = end;
    if (end == 0) write.text.insert(0, header);
    const auto written = store.write_at(write.path, end, write.text);
    if (!written) {
        if (end == 0) write.text.erase(0, header.size());
        return written;
    }
    write.text.clear();
    write.rows = 0;
    write.cut_to.reset();
    return {};
}

}  // namespace

void perform(FileStore& store, FileWrite& write) {
    result<void> done;
    if (!write.text.empty()) done = append(store, write);
    if (done && write.pending_changed) {
        const auto beside = pending_path(write.path);
        done = write.pending.empty() ? store.remove(beside) : store.replace(beside, write.pending);
        if (done) write.pending_changed = false;
    }
    write.error = done.error();
}

void FileQueue::push(std::filesystem::path path, FileLines lines) {
    auto file = std::find_if(files_.begin(), files_.end(), [&path](const File& f) { return f.path == path; });
    if (file == files_.end()) {
        files_.push_back({.path = std::move(path),
                          .text = {},
                          .rows = 0,
                          .pending = {},
                          .kept_pending = {},
                          .checked = false,
                          .cut_to = {},
                          .failed = false});
        file = std::prev(files_.end());
    }
    file->text += lines.text;
    file->rows += lines.rows;
    file->pending = std::move(lines.pending);
    rows_ += lines.rows;
}

void FileQueue::take(std::size_t plant, std::vector<FileWrite>& writes) {
    for (auto& file : files_) {
        if (!has_work(file)) continue;
        rows_ -= file.rows;
        taken_rows_ += file.rows;
        writes.push_back({.plant = plant,
                          .path = file.path,
                          .text = std::exchange(file.text, {}),
                          .rows = std::exchange(file.rows, 0),
                          .pending = file.pending,
                          .pending_changed = file.pending != file.kept_pending,
                          .checked = file.checked,
                          .cut_to = file.cut_to,
                          .error = {}});
    }
}

void FileQueue::give_back(FileWrite write) {
    const auto file =
        std::find_if(files_.begin(), files_.end(), [&write](const File& f) { return f.path == write.path; });
    file->text.insert(0, write.text);
    file->rows += write.rows;
    rows_ += write.rows;
    file->checked = write.checked;
    file->cut_to = write.cut_to;
    file->failed = bool{write.error};
    if (!write.pending_changed) file->kept_pending = std::move(write.pending);
}

void FileQueue::tidy() {
    taken_rows_ = 0;
    while (files_.size() > 1 && !has_work(files_.front()))
        files_.pop_front();
}

bool FileQueue::has_work(const File& file) {
    return !file.text.empty() || file.pending != file.kept_pending;
}

std::size_t FileQueue::bound(std::size_t bytes) {
    std::size_t waiting = 0, given_up = 0;
    for (const auto& file : files_)
        waiting += file.text.size();
    for (auto& file : files_) {
        std::size_t cut = 0;
        while (waiting - cut > bytes && cut < file.text.size()) {
            cut = file.text.find('\n', cut) + 1;
            --file.rows;
            ++given_up;
        }
        file.text.erase(0, cut);
        waiting -= cut;
        if (cut > 0 && !has_work(file)) file.failed = false;  // nothing is left to fail with
    }
    rows_ -= given_up;
    return given_up;
}

bool FileQueue::failing() const {
    return std::any_of(files_.begin(), files_.end(), [](const File& file) { return file.failed; });
}

}  // namespace hil::measure
