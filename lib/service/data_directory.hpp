// The directory of recordings, owned by one process at a time.
#pragma once

#include <filesystem>
#include <string>
#include <variant>

namespace hil::service {

// Holds an advisory lock on `<directory>/.lock` for as long as it lives; a killed process leaves none behind.
class DataDirectory {
  public:
    // Creates the directory where absent. A sentence when it cannot be written or another process has it.
    static std::variant<DataDirectory, std::string> open(const std::filesystem::path& directory);
    DataDirectory(DataDirectory&& other) noexcept;
    DataDirectory& operator=(DataDirectory&& other) noexcept;
    ~DataDirectory();

  private:
    explicit DataDirectory(int descriptor) : descriptor_(descriptor) {}
    int descriptor_ = -1;
};

}  // namespace hil::service
