#include "measure/guarded_store.hpp"

#include "measure/errors.hpp"

#include <utility>

namespace hil::measure {
namespace {

class GuardedStore final : public FileStore {
  public:
    GuardedStore(std::shared_ptr<FileStore> files, std::function<bool()> still_there)
        : files_(std::move(files)), still_there_(std::move(still_there)) {}

    result<std::vector<std::string>> list(const std::filesystem::path& directory) override {
        return files_->list(directory);
    }
    result<std::uint64_t> size(const std::filesystem::path& file) override { return files_->size(file); }
    result<std::string> read(const std::filesystem::path& file, std::uint64_t offset,
                             std::size_t length) override {
        return files_->read(file, offset, length);
    }
    result<void> write_at(const std::filesystem::path& file, std::uint64_t offset,
                          std::string_view text) override {
        return still_there_() ? files_->write_at(file, offset, text) : errc::directory_lost;
    }
    result<void> overwrite(const std::filesystem::path& file, std::uint64_t offset,
                           std::string_view text) override {
        return still_there_() ? files_->overwrite(file, offset, text) : errc::directory_lost;
    }
    result<void> sync(const std::filesystem::path& file) override {
        return still_there_() ? files_->sync(file) : errc::directory_lost;
    }
    result<void> remove(const std::filesystem::path& file) override {
        return still_there_() ? files_->remove(file) : errc::directory_lost;
    }
    result<void> rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
        return still_there_() ? files_->rename(from, to) : errc::directory_lost;
    }

  private:
    std::shared_ptr<FileStore> files_;
    std::function<bool()> still_there_;
};

}  // namespace

std::unique_ptr<FileStore> guard_directory(std::shared_ptr<FileStore> files,
                                           std::function<bool()> still_there) {
    return std::make_unique<GuardedStore>(std::move(files), std::move(still_there));
}

}  // namespace hil::measure
