#include "web/content_coding.hpp"

#include "web/rig.hpp"

#include <zlib.h>

using namespace hil;
using namespace hil::web;
using namespace hil::web::test;

namespace {

std::string gunzipped(const std::string& data) {
    z_stream z{};
    REQUIRE(::inflateInit2(&z, 15 + 16) == Z_OK);
    auto input = data;
    z.next_in = reinterpret_cast<Bytef*>(input.data());
    z.avail_in = static_cast<uInt>(input.size());
    std::string out;
    std::array<char, 1000> block{};
    int status = Z_OK;
    while (status == Z_OK) {
        z.next_out = reinterpret_cast<Bytef*>(block.data());
        z.avail_out = static_cast<uInt>(block.size());
        status = ::inflate(&z, Z_NO_FLUSH);
        out.append(block.data(), block.size() - z.avail_out);
    }
    CHECK(status == Z_STREAM_END);
    CHECK(z.avail_in == 0);
    ::inflateEnd(&z);
    return out;
}

net::Request with_gzip(net::Request request) {
    request.headers.set("Accept-Encoding", "gzip, deflate, br");
    return request;
}

std::string_view coding(const net::Response& response) {
    return response.headers.find("Content-Encoding").value_or("none");
}

std::string all_pieces(Rig& rig, const net::Response& response, std::size_t& count) {
    std::string out;
    TaskGroup tasks(rig.clock);
    tasks.spawn("pieces", [&]() -> awaitable<void> {
        for (;;) {
            const auto piece = co_await response.pieces();
            REQUIRE(piece.has_value());
            if (piece->empty()) co_return;
            ++count;
            out += *piece;
        }
    });
    rig.clock.settle();
    CHECK(tasks.size() == 0);
    return out;
}

}  // namespace

TEST_CASE("what a client takes is read from Accept-Encoding") {
    CHECK(takes_coding("gzip, deflate, br", "gzip"));
    CHECK(takes_coding("gzip, deflate, br", "br"));
    CHECK(takes_coding("*", "gzip"));
    CHECK(takes_coding("br;q=1.0, gzip;q=0.001", "gzip"));
    CHECK_FALSE(takes_coding("", "gzip"));
    CHECK_FALSE(takes_coding("identity", "gzip"));
    CHECK_FALSE(takes_coding("gzip;q=0", "gzip"));
    CHECK_FALSE(takes_coding("*, gzip; q=0.000", "gzip"));
    CHECK_FALSE(takes_coding("xgzip", "gzip"));
}

TEST_CASE("a JSON answer of a kilobyte or more is compressed for who takes that") {
    Rig rig;
    for (const std::size_t length : {1100u, 100'000u}) {  // beside the reactor's work, and on a worker
        rig.state["text"] = std::string(length, 'x');
        const auto plain = rig.ask(Rig::request("GET", "/api/v1/status"));
        CHECK(coding(plain) == "none");
        CHECK(plain.headers.find("Vary") == "Accept-Encoding");

        const auto small = rig.ask(with_gzip(Rig::request("GET", "/api/v1/status")));
        CHECK(coding(small) == "gzip");
        CHECK(small.headers.find("Vary") == "Accept-Encoding");
        CHECK(small.headers.find("Content-Type") == "application/json");
        CHECK(small.body.size() < plain.body.size() / 2);
        CHECK(gunzipped(small.body) == plain.body);
    }
}

TEST_CASE("short answers, refusals and answers without a body are left as they are") {
    Rig rig;
    CHECK(coding(rig.ask(with_gzip(Rig::request("GET", "/api/v1/status")))) == "none");
    const auto unknown = rig.ask(with_gzip(Rig::request("GET", "/" + std::string(3000, 'x'))));
    CHECK(unknown.status == 404);
    CHECK(coding(unknown) == "none");
    const auto refused =
        rig.ask(with_gzip(Rig::request("GET", "/api/v1/events?" + std::string(3000, 'x') + "=1")));
    CHECK(refused.status == 422);
    CHECK(coding(refused) == "none");
    const auto options = rig.ask(with_gzip(Rig::request("OPTIONS", "/api/v1/status")));
    CHECK(coding(options) == "none");
}

TEST_CASE("an answer in pieces is compressed as it comes, and cut where it was cut") {
    Rig rig;
    const auto respond = [&](std::shared_ptr<int> left, bool breaks) {
        net::Response response;
        response.headers.set("Content-Type", "text/csv; charset=utf-8");
        response.pieces = [left, breaks]() -> awaitable<result<std::string>> {
            if (--*left < 0) {
                if (breaks) co_return error_code(asio::error::connection_reset);
                co_return std::string();
            }
            co_return "2025-10-01T00:00:00+02:00;" + std::to_string(*left) + ";100.0;0.5\n";
        };
        TaskGroup tasks(rig.clock);
        tasks.spawn("compress", [&] { return compress(response, "gzip", *rig.blocking); });
        rig.clock.settle();
        return response;
    };
    std::string expected;
    for (int i = 19'999; i >= 0; --i)
        expected += "2025-10-01T00:00:00+02:00;" + std::to_string(i) + ";100.0;0.5\n";
    std::size_t pieces = 0;
    const auto whole = respond(std::make_shared<int>(20'000), false);
    CHECK(coding(whole) == "gzip");
    const auto sent = all_pieces(rig, whole, pieces);
    CHECK(gunzipped(sent) == expected);
    CHECK(sent.size() < expected.size() / 4);
    CHECK(pieces > 2);  // not kept until the end

    const auto cut = respond(std::make_shared<int>(3), true);
    result<std::string> piece = std::string();
    TaskGroup tasks(rig.clock);
    tasks.spawn("pieces", [&]() -> awaitable<void> {
        for (int i = 0; i < 5 && piece; ++i)
            piece = co_await cut.pieces();
    });
    rig.clock.settle();
    CHECK(piece.error() == asio::error::connection_reset);
}
