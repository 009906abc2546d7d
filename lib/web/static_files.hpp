// The built pages, read once at the start and served from memory: what is not in this index does not exist.
#pragma once

#include "net/message.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace hil::web {

struct StaticFile {
    std::string content_type;
    std::string etag;                                        // of the content, in quotes
    bool immutable = false;                                  // its name changes with its content
    std::shared_ptr<const std::string> plain, brotli, gzip;  // the last two where they were made beforehand
};

class StaticFiles {
  public:
    // Every file below the directory, `.br` and `.gz` being other forms of the file without; names that begin
    // with a dot are left out. A directory that cannot be read, or has no index.html, gives a page that says
    // so. Blocks.
    static StaticFiles load(const std::filesystem::path& directory);

    // By the path of the address. The pages of the dashboard are one page, which finds its own way:
    // /, /schedule, /market, /history, /events, /system, /login.
    [[nodiscard]] const StaticFile* find(std::string_view path) const;
    [[nodiscard]] std::size_t size() const { return files_.size(); }
    // False when a page says that there are none.
    [[nodiscard]] bool built() const { return built_; }

    static net::Response answer(const StaticFile& file, const net::Request& request);

  private:
    std::map<std::string, StaticFile, std::less<>> files_;  // by path: "/assets/index-4f2a.js"
    bool built_ = false;
};

// "text/html; charset=utf-8" for ".html"; application/octet-stream for what is not known.
std::string_view content_type_of(std::string_view name);

}  // namespace hil::web
