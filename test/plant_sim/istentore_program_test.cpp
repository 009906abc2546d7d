// istentore_sim as it is used: a process of its own, real TLS, real time.
#include "child_program.hpp"

#include "base/byte_stream.hpp"
#include "base/task_group.hpp"
#include "net/client.hpp"
#include "net/errors.hpp"
#include "plant_sim/istentore/command_line.hpp"
#include "support/catch.hpp"
#include "test/net/certificates.hpp"

#include <csignal>
#include <fstream>

using namespace hil;
using namespace hil::plant_sim;
using namespace hil::test;
using namespace std::chrono_literals;

namespace {

const ChildProgram::Environment login{{"HIL_ISTENTORE_SIM_EMAIL", "site@example.org"},
                                      {"HIL_ISTENTORE_SIM_PASSWORD", "right"}};

// The port in "listening on https://127.0.0.1:PORT".
std::uint16_t port_of(const std::string& line) {
    const auto url = net::parse_url(line.substr(line.find("https://"))).value();
    return url.port;
}

net::Request request(std::string method, std::string target, std::string body,
                     const std::string& token = {}) {
    net::Request out;
    out.method = std::move(method);
    out.target = std::move(target);
    out.headers.set("Content-Type", "application/json");
    if (!token.empty()) out.headers.set("Authorization", "Bearer " + token);
    out.body = std::move(body);
    return out;
}

int exit_of(std::vector<std::string> arguments, const ChildProgram::Environment& environment,
            std::string_view sentence) {
    ChildProgram program(HIL_ISTENTORE_SIM, std::move(arguments), environment);
    const int status = program.wait();
    INFO(program.output());
    CHECK(program.output().find(sentence) != std::string::npos);
    return status;
}

}  // namespace

TEST_CASE("istentore_sim serves over TLS, keeps what is posted and ends in order") {
    net::test::Authority authority;
    const auto certificate = authority.issue();
    ChildProgram program(
        HIL_ISTENTORE_SIM,
        {"--port", "0", "--cert", certificate.certificate_file, "--key", certificate.key_file}, login);
    const auto line = program.read_line();
    REQUIRE(line);
    INFO(*line);
    const auto port = port_of(*line);

    asio::io_context context(1);
    RealClock clock(context);
    const auto network = make_tcp_network(clock);
    TaskGroup tasks(clock, [](const TaskFailure& failure) { FAIL(failure.what); });
    std::vector<unsigned> statuses;
    std::string kept;
    error_code untrusted;
    tasks.spawn("client", [&]() -> awaitable<void> {
        const net::Url origin{.tls = true, .host = "localhost", .port = port, .path = {}};
        net::Client::Options options;
        options.ca_file = authority.ca_file();
        net::Client client(clock, *network, origin, options);
        const auto in = co_await client.send(
            request("POST", "/login", R"({"email":"site@example.org","password":"right"})"));
        const std::string body = in.value().body;
        const auto token = body.substr(10, body.size() - 12);
        const std::string post =
            R"({"measurement_series":6,"measurements":[{"timestamp":"2025-10-01T00:00:00+00:00","measurement":1}]})";
        for (const auto& made :
             {request("POST", "/measurements", post, token), request("POST", "/measurements", post, "guess"),
              request("PUT", "/_sim/faults", R"({"status":503,"count":1})"),
              request("POST", "/measurements", post, token)}) {
            statuses.push_back((co_await client.send(made)).value().status);
        }
        kept = (co_await client.send(request("GET", "/_sim/measurements", ""))).value().body;
        net::Client stranger(clock, *network, origin, {});
        untrusted = (co_await stranger.send(request("GET", "/_sim/measurements", ""))).error();
        clock.stop();
    });
    clock.run();
    CHECK(statuses == std::vector<unsigned>{200, 401, 200, 503});
    CHECK(kept.starts_with(R"({"total":1,"posts":[{"measurement_series":6,)"));
    CHECK(untrusted == net::errc::certificate_refused);

    program.send(SIGTERM);
    CHECK(program.wait() == 0);
    CHECK(program.output().find("ended in order: 1 logins, 0 product requests, 1 posts with 1 values, 1 "
                                "requests met a fault") != std::string::npos);
}

TEST_CASE("istentore_sim says what is missing or wrong before it serves") {
    net::test::Authority authority;
    const auto certificate = authority.issue();
    const std::vector<std::string> good{
        "--port", "0", "--cert", certificate.certificate_file, "--key", certificate.key_file};
    const auto with = [&good](std::vector<std::string> more) {
        auto out = good;
        out.insert(out.end(), more.begin(), more.end());
        return out;
    };
    CHECK(exit_of(good, {{"HIL_ISTENTORE_SIM_EMAIL", ""}, {"HIL_ISTENTORE_SIM_PASSWORD", ""}},
                  "HIL_ISTENTORE_SIM_EMAIL and HIL_ISTENTORE_SIM_PASSWORD must be set") == 2);
    CHECK(exit_of({"--port", "0", "--key", certificate.key_file}, login, "--cert: is needed") == 2);
    CHECK(exit_of({"--port", "0", "--cert", certificate.key_file, "--key", certificate.key_file}, login,
                  "cannot use the certificate in") == 2);
    CHECK(exit_of(with({"--products", "/no/such.json"}), login, "/no/such.json cannot be read") == 2);
    const auto faults = authority.directory() / "faults.json";
    std::ofstream(faults) << R"([{"status":1}])";
    CHECK(exit_of(with({"--faults", faults}), login,
                  faults.string() + ": /0/status: must be a whole number from 400 to 599") == 2);
}

TEST_CASE("the command line of istentore_sim") {
    const auto sentence = [](std::vector<std::string> arguments) {
        const auto read = parse_istentore_command_line(arguments);
        const auto* mistake = std::get_if<UsageError>(&read);
        return mistake ? mistake->sentence : std::string();
    };
    const auto read = parse_istentore_command_line(
        {"--port", "8443", "--cert", "c", "--key", "k", "--products", "p", "--faults", "f", "--seed", "7"});
    REQUIRE(std::holds_alternative<IstentoreOptions>(read));
    const auto& options = std::get<IstentoreOptions>(read);
    CHECK(options.port == 8443);
    CHECK(options.host == "127.0.0.1");
    CHECK(options.certificate_file == "c");
    CHECK(options.key_file == "k");
    CHECK(options.products_file == "p");
    CHECK(options.faults_file == "f");
    CHECK(options.seed == 7);
    CHECK(sentence({}) == "--port: is needed (istentore_sim --help lists the options)");
    CHECK(sentence({"--port", "1", "--cert", "c"}) ==
          "--key: is needed (istentore_sim --help lists the options)");
    CHECK(sentence({"--port", "65536", "--cert", "c", "--key", "k"}) ==
          "--port: must be a whole number from 0 to 65535, got \"65536\"");
    CHECK(sentence({"--port", "1", "--cert", "c", "--key", "k", "--seed", "x"}) ==
          "--seed: must be a whole number from 0, got \"x\"");
    CHECK(sentence({"--porte", "1"}).find("porte") != std::string::npos);
    CHECK(std::holds_alternative<HelpRequest>(parse_istentore_command_line({"--help"})));
}
