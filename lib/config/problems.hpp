// Collects what is wrong with a configuration while it is read.
#pragma once

#include "config/load.hpp"

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hil::config {

// A JSON pointer one step further down; the key is escaped.
std::string below(std::string_view pointer, std::string_view key);

class Problems {
  public:
    explicit Problems(std::string source) : source_(std::move(source)) {}

    void add(std::string pointer, std::string text);
    // About the object as a whole, a missing member for instance: what is in it may be right.
    void add_about(std::string pointer, std::string text);
    // Goes before everything else found so far.
    void add_first(std::string pointer, std::string text);
    // For rules about several values: silent when one of them is known to be wrong already.
    void add_unless_wrong(std::string pointer, std::initializer_list<std::string> also, std::string text);
    void warn(std::string source, std::string text);
    // From now on what is at `pointer` is said to come from that environment variable.
    void came_from(std::string pointer, std::string variable);

    // Something at or above the pointer has been found wrong.
    [[nodiscard]] bool wrong(std::string_view pointer) const;
    [[nodiscard]] const std::string& source() const { return source_; }
    [[nodiscard]] std::size_t size() const { return problems_.size(); }
    // Forgets all but the first so many.
    void truncate(std::size_t size) { problems_.resize(size); }
    std::vector<Problem> take_problems();
    std::vector<Problem> take_warnings() { return std::move(warnings_); }

  private:
    std::string source_;
    std::map<std::string, std::string, std::less<>> origin_;
    struct Entry {
        Problem problem;
        bool covers_all_below = true;
    };
    [[nodiscard]] Entry entry(std::string pointer, std::string text, bool covers) const;
    std::vector<Entry> problems_;
    std::vector<Problem> warnings_;
};

}  // namespace hil::config
