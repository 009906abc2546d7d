#include "measure/file_store.hpp"

#include <algorithm>

namespace hil::measure {
namespace {

std::string key(const std::filesystem::path& file) {
    return file.lexically_normal().string();
}

}  // namespace

MemoryStore::Verdict MemoryStore::ask(Action action, const std::filesystem::path& file) const {
    return on_action ? on_action(action, file) : Verdict{};
}

result<std::vector<std::string>> MemoryStore::list(const std::filesystem::path& directory) {
    if (const auto verdict = ask(Action::list, directory); verdict.error) return verdict.error;
    std::vector<std::string> names;
    for (const auto& [path, text] : files_) {
        const std::filesystem::path file(path);
        if (file.parent_path() == directory.lexically_normal()) names.push_back(file.filename().string());
    }
    return names;
}

result<std::uint64_t> MemoryStore::size(const std::filesystem::path& file) {
    if (const auto verdict = ask(Action::size, file); verdict.error) return verdict.error;
    const auto found = files_.find(key(file));
    return found == files_.end() ? std::uint64_t{0} : std::uint64_t{found->second.size()};
}

result<std::string> MemoryStore::read(const std::filesystem::path& file, std::uint64_t offset,
                                      std::size_t length) {
    if (const auto verdict = ask(Action::read, file); verdict.error) return verdict.error;
    const auto found = files_.find(key(file));
    if (found == files_.end()) return make_error_code(boost::system::errc::no_such_file_or_directory);
    if (offset >= found->second.size()) return std::string{};
    return found->second.substr(static_cast<std::size_t>(offset), length);
}

result<void> MemoryStore::write_at(const std::filesystem::path& file, std::uint64_t offset,
                                   std::string_view text) {
    const auto verdict = ask(Action::write_at, file);
    if (verdict.error) text = text.substr(0, std::min(verdict.written, text.size()));
    auto& content = files_[key(file)];
    if (offset > content.size()) return make_error_code(boost::system::errc::invalid_argument);
    if (!verdict.error || !text.empty()) {
        content.resize(static_cast<std::size_t>(offset));
        content += text;
    }
    return verdict.error;
}

result<void> MemoryStore::overwrite(const std::filesystem::path& file, std::uint64_t offset,
                                    std::string_view text) {
    const auto verdict = ask(Action::overwrite, file);
    if (verdict.error) text = text.substr(0, std::min(verdict.written, text.size()));
    auto& content = files_[key(file)];
    const auto begin = static_cast<std::size_t>(offset);
    if (!text.empty()) {
        content.resize(std::max(content.size(), begin + text.size()), '\0');
        content.replace(begin, text.size(), text);
    }
    return verdict.error;
}

result<void> MemoryStore::sync(const std::filesystem::path& file) {
    return ask(Action::sync, file).error;
}

result<void> MemoryStore::remove(const std::filesystem::path& file) {
    if (const auto verdict = ask(Action::remove, file); verdict.error) return verdict.error;
    files_.erase(key(file));
    return {};
}

result<void> MemoryStore::rename(const std::filesystem::path& from, const std::filesystem::path& to) {
    if (const auto verdict = ask(Action::rename, from); verdict.error) return verdict.error;
    const auto found = files_.find(key(from));
    if (found == files_.end()) return make_error_code(boost::system::errc::no_such_file_or_directory);
    auto text = std::move(found->second);
    files_.erase(found);
    files_[key(to)] = std::move(text);
    return {};
}

}  // namespace hil::measure
