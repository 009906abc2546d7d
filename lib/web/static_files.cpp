#include "web/static_files.hpp"

#include "web/content_coding.hpp"
#include "web/passwords.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

namespace hil::web {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_file = 16u << 20u, most_files = 2000;

constexpr std::array<std::string_view, 9> app_pages{"/",     "/schedule", "/market", "/history",   "/events",
                                                    "/logs", "/system",   "/login",  "/index.html"};

constexpr std::string_view not_built =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>hil-scheduler</title>"
    "<h1>hil-scheduler</h1><p>The service runs; its pages have not been built. "
    "Run <code>npm ci</code> and <code>npm run build</code> in <code>www</code>. The API is described at <a "
    "href=\"api/docs\">api/docs</a>.</p></html>\n";

std::shared_ptr<const std::string> read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return nullptr;
    auto text =
        std::make_shared<std::string>(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    return in.bad() ? nullptr : text;
}

bool hidden(const fs::path& relative) {
    return std::any_of(relative.begin(), relative.end(),
                       [](const fs::path& part) { return part.string().starts_with('.'); });
}

std::string etag_of(std::string_view content) {
    const auto hash = hash_token(content);
    // Weak: its compressed forms are the same file.
    return "W/\"" + hash.substr(hash.find(':') + 1, 20) + "\"";
}

// Vite puts what it names by content into assets/: "index-BxT3_w9k.js".
bool named_by_content(std::string_view path) {
    return path.starts_with("/assets/") && path.find('-') != std::string_view::npos;
}

// If-None-Match: "*" or a list of tags, each perhaps weak.
bool tag_matches(std::string_view header, std::string_view etag) {
    return header == "*" || header.find(etag) != std::string_view::npos;
}

}  // namespace

std::string_view content_type_of(std::string_view name) {
    struct Type {
        std::string_view ending, type;
    };
    static constexpr std::array<Type, 13> types{{{".html", "text/html; charset=utf-8"},
                                                 {".js", "text/javascript; charset=utf-8"},
                                                 {".css", "text/css; charset=utf-8"},
                                                 {".json", "application/json"},
                                                 {".webmanifest", "application/manifest+json"},
                                                 {".svg", "image/svg+xml"},
                                                 {".png", "image/png"},
                                                 {".ico", "image/x-icon"},
                                                 {".woff2", "font/woff2"},
                                                 {".txt", "text/plain; charset=utf-8"},
                                                 {".log", "text/plain; charset=utf-8"},
                                                 {".csv", "text/csv; charset=utf-8"},
                                                 {".map", "application/json"}}};
    const auto found = std::find_if(types.begin(), types.end(),
                                    [&](const Type& type) { return name.ends_with(type.ending); });
    return found == types.end() ? "application/octet-stream" : found->type;
}

StaticFiles StaticFiles::load(const fs::path& directory) {
    StaticFiles out;
    std::error_code error;
    for (auto at = fs::recursive_directory_iterator(directory, error);
         !error && at != fs::recursive_directory_iterator() && out.files_.size() < most_files;
         at.increment(error)) {
        std::error_code unreadable;
        if (!at->is_regular_file(unreadable) || at->file_size(unreadable) > largest_file) continue;
        const auto relative = at->path().lexically_relative(directory);
        if (hidden(relative)) continue;
        auto content = read_file(at->path());
        if (!content) continue;
        auto path = "/" + relative.generic_string();
        if (path.ends_with(".br")) {
            out.files_[path.substr(0, path.size() - 3)].brotli = std::move(content);
        } else if (path.ends_with(".gz")) {
            out.files_[path.substr(0, path.size() - 3)].gzip = std::move(content);
        } else {
            out.files_[path].plain = std::move(content);
        }
    }
    std::erase_if(out.files_, [](const auto& entry) { return !entry.second.plain; });
    out.built_ = out.files_.contains("/index.html");
    if (!out.built_) out.files_["/index.html"].plain = std::make_shared<std::string>(not_built);
    for (auto& [path, file] : out.files_) {
        file.content_type = content_type_of(path);
        file.etag = etag_of(*file.plain);
        file.immutable = named_by_content(path);
    }
    return out;
}

const StaticFile* StaticFiles::find(std::string_view path) const {
    if (std::find(app_pages.begin(), app_pages.end(), path) != app_pages.end()) path = "/index.html";
    const auto found = files_.find(path);
    return found == files_.end() ? nullptr : &found->second;
}

net::Response StaticFiles::answer(const StaticFile& file, const net::Request& request) {
    net::Response response;
    response.headers.set("Content-Type", file.content_type);
    response.headers.set("ETag", file.etag);
    response.headers.set("Cache-Control",
                         file.immutable ? "public, max-age=31536000, immutable" : "no-cache");
    response.headers.set("Vary", "Accept-Encoding");
    const auto known = request.headers.find("If-None-Match");
    if (known && tag_matches(*known, file.etag)) {
        response.status = 304;
        return response;
    }
    const auto accepted = request.headers.find("Accept-Encoding").value_or("");
    response.shared_body = file.plain;
    if (file.brotli && takes_coding(accepted, "br")) {
        response.shared_body = file.brotli;
        response.headers.set("Content-Encoding", "br");
    } else if (file.gzip && takes_coding(accepted, "gzip")) {
        response.shared_body = file.gzip;
        response.headers.set("Content-Encoding", "gzip");
    }
    return response;
}

}  // namespace hil::web
