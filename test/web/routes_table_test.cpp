// Every route with wrong method, wrong type, too much, nonsense and without the right to ask: driven by the
// table, so that a new route is covered the day it is added.
#include "web/embedded.hpp"
#include "web/json_writer.hpp"

#include "web/rig.hpp"

#include <set>

using namespace hil;
using namespace hil::web;
using namespace hil::web::test;

namespace {

std::string path_of(const Route& route) {
    std::string path(route.pattern);
    for (const auto& [name, value] : {std::pair<std::string, std::string>{"{series}", "lib_p"},
                                      {"{id}", "cmd-000001"},
                                      {"{name}", "20251001_lib.csv"}}) {
        if (const auto at = path.find(name); at != std::string::npos) path.replace(at, name.size(), value);
    }
    return path;
}

net::Request asking(const Route& route) {
    auto request = Rig::request(std::string(route.method), path_of(route));
    request.peer = "192.168.1.20";
    return request;
}

net::Request with_body(net::Request request, std::string_view type, std::string body) {
    request.headers.set("Content-Type", std::string(type));
    request.body = std::move(body);
    return request;
}

net::Request from(net::Request request, const char* token) {
    request.headers.set("Authorization", std::string("Bearer ") + token);
    return request;
}

void check_problem(const net::Response& response, unsigned status) {
    CHECK(response.status == status);
    CHECK(response.headers.find("Content-Type") == "application/problem+json");
    const auto document = Rig::document(response);
    for (const char* member : {"type", "title", "detail"})
        CHECK(document.at(member).is_string());
    CHECK(document.at("status") == status);
    CHECK(response.headers.find("Content-Security-Policy"));
}

}  // namespace

TEST_CASE("every route refuses what it should with the documented status and changes nothing") {
    Rig rig(Rig::with_accounts());
    for (const auto& route : all_routes()) {
        INFO(route.method << ' ' << route.pattern);
        auto wrong_method = asking(route);
        wrong_method.method = "PATCH";
        const auto refused = rig.ask(from(wrong_method, "anna-token"));
        check_problem(refused, 405);
        CHECK(refused.headers.find("Allow").value_or("").find(route.method) != std::string_view::npos);

        if (route.access != Access::anybody) {
            const auto stranger = rig.ask(asking(route));
            check_problem(stranger, 401);
            CHECK(stranger.headers.find("WWW-Authenticate"));
            check_problem(rig.ask(from(asking(route), "wrong-token")), 401);
            rig.clock.run_for(2min);  // guesses are slowed
        }
        if (route.access == Access::operators) check_problem(rig.ask(from(asking(route), "tom-token")), 403);

        auto foreign = from(asking(route), "anna-token");
        foreign.headers.set("Origin", "https://evil.example");
        if (route.method != "GET") check_problem(rig.ask(foreign), 403);
        auto rebound = from(asking(route), "anna-token");
        rebound.headers.set("Host", "evil.example");
        check_problem(rig.ask(rebound), 421);

        const auto allowed = from(asking(route), "anna-token");
        check_problem(rig.ask(with_body(allowed, "application/x-www-form-urlencoded", "a=b")), 415);
        if (!route.media.empty()) {
            CHECK(rig.gateway->body_limit(allowed, 1) == route.body_limit);
            const auto type = route.media.front();
            check_problem(rig.ask(with_body(allowed, type, std::string(route.body_limit + 1, ' '))), 413);
        }
        if (std::ranges::find(route.media, json_type) != route.media.end() &&
            route.pattern != "/api/v1/schedules/import") {
            check_problem(rig.ask(with_body(allowed, json_type, "{\"a\":")), 400);
            check_problem(rig.ask(with_body(allowed, json_type, "[1, 2]")), 422);
            check_problem(rig.ask(with_body(allowed, json_type, R"({"nonsense": 1, "nonsense": 2})")), 422);
        }
        auto odd = allowed;
        odd.target += "?nonsense=1";
        if (route.media.empty() || route.body_may_be_missing) check_problem(rig.ask(odd), 422);
        rig.clock.run_for(10s);  // not too many commands
    }
    rig.check_untouched();
}

TEST_CASE("a large body of somebody who may not send it is not read") {
    Rig rig(Rig::with_accounts());
    auto header = Rig::request("PUT", "/api/v1/schedules/lib_p");
    CHECK(rig.gateway->body_limit(header, 1u << 20u) == 64u << 10u);
    CHECK(rig.gateway->body_limit(from(header, "tom-token"), 1u << 20u) == 64u << 10u);
    CHECK(rig.gateway->body_limit(from(header, "anna-token"), 1u << 20u) == 8u << 20u);
}

TEST_CASE("an address that no route has is not found, whatever the method") {
    Rig rig;
    for (const char* target :
         {"/api", "/api/v1", "/api/v1/nothing", "/api/v1/status/more", "/API/v1/status", "/api/v1/commands/",
          "/etc/passwd", "/../etc/passwd", "/%2e%2e/etc/passwd", "/ws"}) {
        INFO(target);
        check_problem(rig.get(target), 404);
        CHECK(rig.ask(Rig::request("POST", target)).status == 404);
    }
    CHECK(rig.get("/api/v1/%zz").status == 400);
    rig.check_untouched();
}

TEST_CASE("OPTIONS says what a path knows, and HEAD is a GET without its body") {
    Rig rig;
    const auto options = rig.ask(Rig::request("OPTIONS", "/api/v1/session"));
    CHECK(options.status == 204);
    CHECK(options.headers.find("Allow") == "GET, HEAD, POST, DELETE, OPTIONS");
    CHECK(rig.ask(Rig::request("HEAD", "/api/v1/status")).status == 200);
}

TEST_CASE("commands of one address are limited, the emergency stop is not") {
    Rig rig(Rig::with_accounts());
    auto command =
        from(Rig::request("POST", "/api/v1/control/start", "application/json", R"({"plant":"lib"})"),
             "anna-token");
    command.peer = "192.168.1.20";
    unsigned last = 0;
    for (int i = 0; i < 30 && last != 429; ++i) {
        const auto answer = rig.ask(command);
        last = answer.status;
        if (last == 429) CHECK(answer.headers.find("Retry-After") == "1");
    }
    CHECK(last == 429);
    auto stop = from(Rig::request("POST", "/api/v1/estop"), "anna-token");
    stop.peer = "192.168.1.20";
    for (int i = 0; i < 50; ++i)
        CHECK(rig.ask(stop).status == 202);
    rig.clock.run_for(1s);
    CHECK(rig.ask(command).status == 202);
}

TEST_CASE("the description of the API is that of the routes") {
    const auto api = json::parse(json_view(embedded::openapi_json)).as_object();
    CHECK(api.at("openapi") == "3.1.0");
    std::size_t described = 0;
    for (const auto& path : api.at("paths").as_object())
        described += path.value().as_object().size();
    CHECK(described == all_routes().size());
    for (const auto& route : all_routes()) {
        INFO(route.method << ' ' << route.pattern);
        std::string method(route.method);
        std::transform(method.begin(), method.end(), method.begin(),
                       [](char c) { return static_cast<char>(c | 0x20); });
        const auto* path = api.at("paths").as_object().if_contains(json_view(route.pattern));
        REQUIRE(path != nullptr);
        const auto* found = path->as_object().if_contains(method);
        REQUIRE(found != nullptr);
        const auto& operation = found->as_object();

        std::set<std::string> query, media, wanted_query(route.query.begin(), route.query.end()),
            wanted_media(route.media.begin(), route.media.end());
        if (const auto* list = operation.if_contains("parameters")) {
            for (const auto& parameter : list->as_array())
                if (parameter.at("in") == "query")
                    query.insert(std::string(std_view(parameter.at("name").as_string())));
        }
        CHECK(query == wanted_query);
        if (const auto* body = operation.if_contains("requestBody")) {
            CHECK(body->at("required") == !route.body_may_be_missing);
            for (const auto& type : body->at("content").as_object())
                media.insert(std::string(std_view(type.key())));
        }
        CHECK(media == wanted_media);
        constexpr std::array<std::string_view, 4> roles{"anybody", "monitoring", "viewer", "operator"};
        CHECK(std_view(operation.at("x-role").as_string()) == roles[static_cast<std::size_t>(route.access)]);
        CHECK((operation.if_contains("x-read-only") != nullptr) == route.read_only_too);
        const auto& responses = operation.at("responses").as_object();
        if (route.access != Access::anybody) CHECK(responses.contains("401"));
        if (route.access == Access::operators) CHECK(responses.contains("403"));
        if (!route.query.empty()) CHECK(responses.contains("422"));
        if (route.heavy) CHECK(responses.contains("503"));
        for (const char* status : {"400", "413", "415"})
            CHECK(responses.contains(status) == !route.media.empty());
    }
}

TEST_CASE("references of the description lead somewhere") {
    const auto api = json::parse(json_view(embedded::openapi_json));
    std::vector<const json::value*> open{&api};
    int followed = 0;
    while (!open.empty()) {
        const auto* at = open.back();
        open.pop_back();
        if (const auto* array = at->if_array())
            for (const auto& item : *array)
                open.push_back(&item);
        const auto* object = at->if_object();
        if (object == nullptr) continue;
        for (const auto& member : *object) {
            if (member.key() != "$ref") {
                open.push_back(&member.value());
                continue;
            }
            boost::system::error_code error;
            CHECK(api.find_pointer(member.value().as_string().subview(1), error) != nullptr);
            ++followed;
        }
    }
    CHECK(followed > 50);
}
