#include "net/message.hpp"
#include "net/client.hpp"
#include "net/errors.hpp"
#include "support/catch.hpp"

using namespace hil;
using namespace hil::net;

TEST_CASE("header fields compare without regard to case, and may repeat") {
    Headers headers{{"Content-Type", "a"}, {"Set-Cookie", "b"}, {"set-cookie", "c"}};
    CHECK(headers.find("content-type") == "a");
    CHECK(headers.find("SET-COOKIE") == "b");
    CHECK(headers.count("Set-Cookie") == 2);
    CHECK_FALSE(headers.find("Cookie"));
    headers.set("set-Cookie", "d");
    CHECK(headers.count("Set-Cookie") == 1);
    CHECK(headers.find("Set-Cookie") == "d");
    headers.set("New", "e");
    CHECK(headers.find("new") == "e");
}

TEST_CASE("a target is split before it is decoded") {
    const auto target = parse_target("/api/v1/a%2Fb/%C3%A9?x=1+2&y=%26%3D&flag&z=").value();
    CHECK(target.path == "/api/v1/a/b/é");
    CHECK(target.segments == std::vector<std::string>{"api", "v1", "a/b", "é"});
    CHECK(target.query == std::vector<std::pair<std::string, std::string>>{
                              {"x", "1 2"}, {"y", "&="}, {"flag", ""}, {"z", ""}});
    CHECK(target.parameter("y") == "&=");
    CHECK_FALSE(target.parameter("none"));
    CHECK(parse_target("/").value().segments.empty());
    CHECK(parse_target("/a/").value().segments == std::vector<std::string>{"a", ""});
    CHECK(parse_target("http://host:1/a?b=c").value().path == "/a");
    CHECK(parse_target("http://host").value().path == "/");
}

TEST_CASE("a target that is no text is an error") {
    for (const char* bad : {"", "a", "*", "/%", "/%2", "/%zz", "/%00", "/a?b=%00", "/%ff", "/%c0%af",
                            "/%ed%a0%80", "/%f5%80%80%80", "/a?%e2%82", "/a#b", "http://host?x"}) {
        INFO(bad);
        CHECK(parse_target(bad).error() == errc::bad_target);
    }
}

TEST_CASE("addresses of services are read in full or refused") {
    const auto url = parse_url("https://Example.org/v1/").value();
    CHECK(url.tls);
    CHECK(url.host == "Example.org");
    CHECK(url.port == 443);
    CHECK(url.path == "/v1");
    CHECK(to_string(url) == "https://Example.org/v1");
    CHECK(to_string(parse_url("http://127.0.0.1:8080").value()) == "http://127.0.0.1:8080");
    CHECK(to_string(parse_url("HTTPS://[::1]:8443/a/b").value()) == "https://[::1]:8443/a/b");
    CHECK(parse_url("http://[::1]").value().host == "::1");
    for (const char* bad :
         {"", "example.org", "ftp://a", "http://", "http:///a", "http://a:0", "http://a:65536",
          "http://a:", "http://a:1x", "http://u:p@a", "http://u@a", "http://a?b", "http://a#b",
          "http://a/b?c", "http://a/ b", "http://[::1", "http://[::1]x", "http://[a]", "http://a b"}) {
        INFO(bad);
        CHECK(parse_url(bad).error() == errc::bad_url);
    }
}

TEST_CASE("only this machine is loopback") {
    for (const char* near : {"http://127.0.0.1", "http://127.5.5.5", "http://[::1]", "http://localhost",
                             "http://LOCALHOST", "http://[::ffff:127.0.0.1]"}) {
        INFO(near);
        CHECK(parse_url(near).value().loopback());
    }
    for (const char* far : {"http://example.org", "http://10.0.0.1", "http://[2001:db8::1]",
                            "http://localhost.example.org", "http://127.0.0.1.example.org"}) {
        INFO(far);
        CHECK_FALSE(parse_url(far).value().loopback());
    }
}

TEST_CASE("statuses have their names") {
    CHECK(reason(200) == "OK");
    CHECK(reason(503) == "Service Unavailable");
    CHECK(reason(421) == "Misdirected Request");
    CHECK(reason(799) == "Unknown");
}
