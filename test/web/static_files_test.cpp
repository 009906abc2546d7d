#include "web/static_files.hpp"

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <fstream>

using namespace hil;
using namespace hil::web;

namespace {

struct Pages {
    Pages() {
        std::filesystem::create_directories(directory.path() / "assets");
        write("index.html", "<!doctype html>");
        write("assets/index-BxT3.js", "let a = 1;");
        write("assets/index-BxT3.js.br", "brotli");
        write("assets/index-BxT3.js.gz", "gzip");
        write("icon.svg", "<svg/>");
        write(".secret", "secret");
        write("orphan.css.gz", "gzip");
        files = StaticFiles::load(directory.path());
    }
    void write(const char* name, const char* text) const { std::ofstream(directory.path() / name) << text; }
    [[nodiscard]] net::Response get(const char* path, const char* header = "", const char* value = "") const {
        net::Request request;
        if (*header != 0) request.headers.set(header, value);
        const auto* file = files.find(path);
        REQUIRE(file != nullptr);
        return StaticFiles::answer(*file, request);
    }

    hil::test::TemporaryDirectory directory;
    StaticFiles files;
};

}  // namespace

TEST_CASE("pages are served from an index made at the start") {
    const Pages pages;
    CHECK(pages.files.built());
    CHECK(*pages.get("/icon.svg").shared_body == "<svg/>");
    CHECK(pages.get("/icon.svg").headers.find("Content-Type") == "image/svg+xml");
    CHECK(pages.get("/icon.svg").headers.find("Cache-Control") == "no-cache");
    for (const char* page : {"/", "/schedule", "/history", "/system", "/index.html"})
        CHECK(*pages.get(page).shared_body == "<!doctype html>");
    for (const char* path : {"", "/nothing", "/.secret", "/../index.html", "/assets", "/assets/",
                             "/orphan.css", "/assets/index-BxT3.js.br", "//index.html", "/schedule/more"})
        CHECK(pages.files.find(path) == nullptr);
    pages.write("late.html", "late");
    CHECK(pages.files.find("/late.html") == nullptr);
}

TEST_CASE("what was compressed beforehand goes to who takes it") {
    const Pages pages;
    const auto coding = [&](const char* accept) {
        const auto response = pages.get("/assets/index-BxT3.js", "Accept-Encoding", accept);
        CHECK(response.headers.find("Vary") == "Accept-Encoding");
        const auto name = response.headers.find("Content-Encoding").value_or("plain");
        CHECK(*response.shared_body == (name == "br" ? "brotli" : name == "gzip" ? "gzip" : "let a = 1;"));
        return std::string(name);
    };
    CHECK(coding("gzip, deflate, br") == "br");
    CHECK(coding("gzip") == "gzip");
    CHECK(coding("br;q=0, gzip;q=0.5") == "gzip");
    CHECK(coding("gzip;q=0.0, *;q=0") == "plain");
    CHECK(coding("*") == "br");
    CHECK(coding("identity") == "plain");
    CHECK(coding("") == "plain");
    CHECK(pages.get("/icon.svg", "Accept-Encoding", "br").headers.find("Content-Encoding") == std::nullopt);
}

TEST_CASE("a name made of the content is kept for ever, the rest is asked for again by its tag") {
    const Pages pages;
    CHECK(pages.get("/assets/index-BxT3.js").headers.find("Cache-Control") ==
          "public, max-age=31536000, immutable");
    const std::string tag(*pages.get("/").headers.find("ETag"));
    CHECK(tag != pages.get("/icon.svg").headers.find("ETag"));
    const auto same = pages.get("/", "If-None-Match", ("\"x\", " + tag).c_str());
    CHECK(same.status == 304);
    CHECK_FALSE(same.shared_body);
    CHECK(pages.get("/", "If-None-Match", "\"x\"").status == 200);
}

TEST_CASE("without built pages a page says so") {
    const auto files = StaticFiles::load("/nowhere");
    CHECK_FALSE(files.built());
    REQUIRE(files.find("/") != nullptr);
    CHECK(files.find("/")->plain->find("npm run build") != std::string::npos);
    CHECK(files.find("/")->plain->find("<script") == std::string::npos);
}
