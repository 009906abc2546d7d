// Text that is not a configuration: every kind ends in a sentence, nothing is thrown.
#include "sample.hpp"

#include <filesystem>
#include <random>

using namespace hil::config;
using namespace hil::config::sample;
using Catch::Matchers::Contains;

TEST_CASE("Text that is not JSON is refused with line and column [D-31]", "[D-31]") {
    const auto refused = [](const std::string& text, const std::string& sentence) {
        check_only(load_text(text), "hil.json: " + sentence);
    };
    refused("", "is empty, a configuration is a JSON object with at least `plants`");
    refused(" \n ", "is not JSON: there is nothing in it");
    refused("{\n  \"a\": tru\n}", "is not JSON: syntax error at line 2, column 8, near `tru`");
    refused("{\n  \"a\" 1\n}", "is not JSON: syntax error at line 2, column 7, near `1`");
    refused("{\"a\": NaN}",
            "is not JSON: syntax error at line 1, column 7, near `NaN}` (a number must be finite)");
    refused("{\"plants\": {}", "is not JSON: it ends too early, at line 1, column 14");
    refused("{} {}", "is not JSON: extra data at line 1, column 4, near `{}`");
    refused("[1]", "must be a JSON object, got an array");
    refused("null", "must be a JSON object, got null");
    refused("time:\n  timezone: UTC\n", "is not JSON: syntax error at line 1, column 1, near `time:`");
    CHECK(load_text(std::string(1000, '[')).problems.size() == 1);
    CHECK(load_text("{\"a\":\"\xff\"}").problems.size() == 1);
    CHECK(load_text(std::string("{\0}", 3)).problems.size() == 1);
}

TEST_CASE("Comments, trailing commas, a byte order mark and Windows line ends are fine") {
    auto text = "\xEF\xBB\xBF" + shipped_text() + "// the end";
    CHECK(all(load_text(text)).empty());
    for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2)
        text.insert(at, 1, '\r');
    CHECK(all(load_text(text)).empty());
}

TEST_CASE("A number beyond what a double holds is no value") {
    auto text = shipped_text();
    const std::string_view key = "\"initial_soc_pu\": 0.5";
    text.replace(text.find(key), key.size(), "\"initial_soc_pu\": 1e999");
    check_only(load_text(text), "hil.json: /startup/initial_soc_pu: must be 0..1, got inf");
}

TEST_CASE("A key that stands twice is refused where it stands, at any depth") {
    auto text = shipped_text();
    const auto twice = [&](std::string_view key) {
        const auto at = text.find(key);
        REQUIRE(at != std::string::npos);
        text.insert(at, std::string(key) + ", ");
    };
    twice("\"scheduler_period_s\": 2");
    twice("\"time\": { \"timezone\": \"Europe/Madrid\" }");
    twice("{ \"point\": \"stop_command\", \"value\": 0");  // an array may repeat itself, up to the brace
    const auto at = text.find("{ \"point\": \"stop_command\", \"value\": 0, ");
    text.replace(at, 40, "{ \"value\": 0, ");
    const auto loaded = load_text(text);
    INFO(all(loaded));
    CHECK(about(loaded, "/timing/scheduler_period_s"));
    CHECK(about(loaded, "/time"));
    CHECK_THAT(all(loaded), Contains("duplicate key"));
}

TEST_CASE("A duplicate key inside an array has the index in its pointer") {
    const auto loaded = load_text(R"({"a": [1, {"b/c": 1, "b/c": 2}], "a": 3})");
    CHECK(about(loaded, "/a/1/b~1c"));
    CHECK(about(loaded, "/a"));
}

TEST_CASE("The shipped file cut at any byte is refused") {
    const auto text = shipped_text();
    const auto whole = text.rfind('}');
    for (std::size_t size = 0; size <= whole; ++size) {
        const auto loaded = parse(std::string_view(text).substr(0, size), "cut");
        if (loaded.problems.size() != 1 || !loaded.problems[0].pointer.empty())
            FAIL("cut at " << size << ": " << all(loaded));
    }
    CHECK(parse(std::string_view(text).substr(0, whole + 1), "cut").problems.empty());
}

TEST_CASE("The shipped file with damaged bytes is read or refused, and never more") {
    const auto text = shipped_text();
    std::minstd_rand random(7);
    constexpr std::string_view bytes = "{}[]\",:-0.e/n \\\n\xc3";
    std::size_t refused = 0;
    for (int round = 0; round < 300; ++round) {
        auto damaged = text;
        for (int i = 0; i < 3; ++i)
            damaged[random() % damaged.size()] = bytes[random() % bytes.size()];
        const auto loaded = parse(damaged, "damaged");
        for (const auto& problem : loaded.problems)
            if (problem.text.empty()) FAIL("a problem without a sentence");
        if (!loaded.problems.empty()) ++refused;
    }
    CHECK(refused > 150);
}

TEST_CASE("A file that cannot be read is refused with the reason") {
    check_only(load("no/such/hil.json"), "no/such/hil.json: there is no such file");
    check_only(load(HIL_SOURCE_DIR "/etc"), HIL_SOURCE_DIR "/etc: is a directory, not a file");
    check_only(load("/dev/null"),
               "/dev/null: is empty, a configuration is a JSON object with at least `plants`");
    CHECK(all(load(HIL_SOURCE_DIR "/etc/hil.json")).empty());
}
