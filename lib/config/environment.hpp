// The HIL_ variables as overrides of keys: HIL_ + the path joined by __, case and - ignored.
#pragma once

#include "config/load.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hil::config {

class Overrides {
  public:
    explicit Overrides(const Environment& environment);

    struct Found {
        std::string variable;  // as it is written in the environment
        std::string value;
        bool taken_before = false;  // it stands for another key, too
    };
    // `path` is the folded name of a key; the variable counts as known from now on.
    std::optional<Found> take(const std::string& path);
    // Tells the names that nobody took, with the nearest known one where there is one.
    void unknown(
        const std::function<void(const std::string& variable, const std::string& meant)>& notify) const;

    // "PLANTS__LIB" and "name" → "PLANTS__LIB__NAME"
    static std::string join(std::string_view path, std::string_view key);
    static std::string fold(std::string_view text);

  private:
    struct Entry {
        std::string variable, value;
        bool taken = false;
    };
    std::map<std::string, Entry> entries_;
    std::vector<std::string> known_;
};

}  // namespace hil::config
