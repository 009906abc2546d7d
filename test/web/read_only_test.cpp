#include "web/rig.hpp"

using namespace hil;
using namespace hil::web;
using namespace hil::web::test;

namespace {

net::Request as_visitor(net::Request request,
                        const char* credentials = "Basic dmlzaXRvcjpvcGVuIHNlc2FtZQ==") {
    request.headers.set("Authorization", credentials);
    return request;
}

}  // namespace

TEST_CASE("the read-only server asks everybody who they are, pages included [AC-66]") {
    Rig rig(Rig::read_only());
    for (const char* target : {"/", "/history", "/api/v1/status", "/api/v1/session"}) {
        INFO(target);
        const auto stranger = rig.get(target);
        CHECK(stranger.status == 401);
        CHECK(stranger.headers.find("WWW-Authenticate")->starts_with("Basic "));
        CHECK(rig.ask(as_visitor(Rig::request("GET", target))).status == 200);
        CHECK(rig.ask(as_visitor(Rig::request("GET", target), "Basic dmlzaXRvcjp3cm9uZw==")).status == 401);
        rig.clock.run_for(2min);
    }
    CHECK(Rig::document(rig.ask(as_visitor(Rig::request("GET", "/api/v1/session")))) ==
          json::object{{"name", "visitor"}, {"role", "viewer"}, {"read_only", true}, {"login", false}});
}

TEST_CASE("without basic credentials by intention everybody may look, and do no more [AC-66]") {
    auto settings = Rig::read_only();
    settings.basic.reset();
    Rig rig(settings);
    CHECK(rig.get("/api/v1/status").status == 200);
    CHECK(rig.send("POST", "/api/v1/commands", R"({"kind":"estop"})").status == 404);
    rig.check_untouched();
}

TEST_CASE("no command path exists in the read-only server [AC-66]") {
    Rig rig(Rig::read_only());
    for (const auto& route : all_routes()) {
        if (route.read_only_too) {
            CHECK(route.method == "GET");
            CHECK(route.access != Access::operators);
            continue;
        }
        INFO(route.method << ' ' << route.pattern);
        std::string path(route.pattern);
        for (const char* name : {"{series}", "{id}"}) {
            if (const auto at = path.find(name); at != std::string::npos)
                path.replace(at, std::string(name).size(),
                             std::string(name) == "{id}" ? "cmd-000001" : "lib_p");
        }
        auto request = as_visitor(Rig::request(std::string(route.method), path, "application/json",
                                               R"({"kind":"estop","plant":"lib"})"));
        const auto status = rig.ask(request).status;
        // The session can be read there, so that its path is known.
        CHECK(status == (route.pattern == "/api/v1/session" ? 405u : 404u));
    }
    rig.check_untouched();
}

TEST_CASE("the operators' server has every route, the read-only one a part") {
    CHECK(routes_of(false).size() == all_routes().size());
    CHECK(routes_of(true).size() < all_routes().size());
}
