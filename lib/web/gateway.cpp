#include "web/gateway.hpp"

#include "web/content_coding.hpp"

namespace hil::web {
namespace {

constexpr std::size_t small_body = 64u << 10u;

// Scripts, styles and connections come from this server alone; nothing is framed, nothing inline runs.
constexpr std::string_view content_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'";

void secure(net::Response& response, bool tls) {
    auto& headers = response.headers;
    if (headers.count("Content-Security-Policy") == 0)
        headers.set("Content-Security-Policy", std::string(content_policy));
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("X-Frame-Options", "DENY");
    headers.set("Referrer-Policy", "no-referrer");
    headers.set("Cross-Origin-Opener-Policy", "same-origin");
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
    headers.set("Permissions-Policy", "camera=(), geolocation=(), microphone=()");
    if (tls) headers.set("Strict-Transport-Security", "max-age=31536000");
}

bool safe_method(std::string_view method) {
    return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

bool has_body(const net::Request& request) {
    return !request.body.empty();
}

// Whoever it is: credentials that nobody needs are not looked at, so that wrong ones do not count.
bool open_to(const Route& route, bool local) {
    return route.access == Access::anybody || (route.access == Access::monitoring && local);
}

bool may(const Route& route, const std::optional<Identity>& who) {
    return who && (route.access != Access::operators || who->allows(Role::operators));
}

}  // namespace

class Gateway::Place {
  public:
    explicit Place(std::shared_ptr<Context> context) : context_(std::move(context)) {
        ++context_->heavy_under_way;
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() { --context_->heavy_under_way; }

  private:
    std::shared_ptr<Context> context_;
};

Gateway::Gateway(std::shared_ptr<Context> context, std::shared_ptr<Hub> hub, RequestGuard guard,
                 StaticFiles pages)
    : context_(std::move(context)),
      hub_(std::move(hub)),
      guard_(std::move(guard)),
      router_(routes_of(context_->read_only())),
      pages_(std::move(pages)) {}

// A large body is read only for who may send it.
std::size_t Gateway::body_limit(const net::Request& header, std::size_t /*usual*/) const {
    const auto from = requester_of(header, context_->trusted_proxies);
    if (refuse_stranger(from)) return small_body;
    const auto target =
        net::parse_target(without_base_path(header.target, context_->settings.base_path).target);
    if (!target) return small_body;
    const auto match = router_.match(header.method, *target);
    if (match.route == nullptr) return small_body;
    if (match.route->body_limit <= small_body) return match.route->body_limit;
    // The request is identified when it is whole; here nothing is counted.
    const bool allowed =
        open_to(*match.route, from.local) || may(*match.route, context_->auth.recognise(header));
    return allowed ? match.route->body_limit : small_body;
}

awaitable<net::Response> Gateway::handle(net::Request request) {
    if (without_base_path(request.target, context_->settings.base_path).bare) {
        net::Response response;
        response.status = 308;
        response.headers.set("Location", context_->settings.base_path + "/");
        co_return response;
    }
    const auto from = understand(request);
    const bool tls = from.tls;
    const std::string accepted(request.headers.find("Accept-Encoding").value_or(""));
    net::Response sharing;
    share(request, sharing);
    std::shared_ptr<Place> place;
    auto response = co_await answer(std::move(request), from.local, place);
    co_await compress(response, accepted, context_->site.blocking);
    for (const auto& [name, value] : sharing.headers) {
        const auto there = std::string(response.headers.find(name).value_or(""));
        response.headers.set(name, there.empty() ? value : there + ", " + value);
    }
    if (place && response.pieces)
        response.pieces = [place, pieces = std::move(response.pieces)] { return pieces(); };
    secure(response, tls);
    co_return response;
}

Requester Gateway::understand(net::Request& request) const {
    auto from = requester_of(request, context_->trusted_proxies);
    request.peer = from.peer;
    request.tls = from.tls;
    request.target = without_base_path(std::move(request.target), context_->settings.base_path).target;
    return from;
}

std::optional<net::Response> Gateway::refuse_stranger(const Requester& from) const {
    if (from.local || context_->read_only() || !context_->settings.accounts.empty()) return std::nullopt;
    return problem(403,
                   "this request came through a proxy, and without accounts everybody behind it would be an "
                   "operator: name accounts in dashboard.private.auth");
}

bool Gateway::shared_with(std::string_view origin) const {
    return std::ranges::find(context_->settings.cors_origins, origin) !=
           context_->settings.cors_origins.end();
}

// Reading only, without cookies: a program's token may be sent along.
void Gateway::share(const net::Request& request, net::Response& response) const {
    if (context_->settings.cors_origins.empty()) return;
    response.headers.set("Vary", "Origin");
    const auto origin = request.headers.find("Origin");
    if (!origin || request.headers.count("Origin") != 1 || !shared_with(*origin)) return;
    response.headers.set("Access-Control-Allow-Origin", std::string(*origin));
    if (request.method != "OPTIONS") return;
    response.headers.set("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS");
    response.headers.set("Access-Control-Allow-Headers", "Authorization");
    response.headers.set("Access-Control-Max-Age", "600");
}

awaitable<net::Response> Gateway::answer(net::Request request, bool local, std::shared_ptr<Place>& place) {
    if (request.headers.count("Host") != 1) co_return problem(400, "a request names one Host");
    if (!guard_.host_allowed(request))
        co_return problem(421, "this server does not go by that name; see dashboard.allowed_hosts");
    if (auto refusal = refuse_stranger({request.peer, request.tls, local})) co_return std::move(*refusal);
    const auto target = net::parse_target(request.target);
    if (!target) co_return problem(400, "the address of the request cannot be read");

    const auto match = router_.match(request.method, *target);
    if (match.allowed.empty()) co_return serve_page(request, *target);
    if (request.method == "OPTIONS") {
        auto response = empty_answer();
        response.headers.set("Allow", match.allowed);
        co_return response;
    }
    if (match.route == nullptr) {
        auto response = problem(405, fmt::format("{} knows {}", match.pattern, match.allowed));
        response.headers.set("Allow", match.allowed);
        co_return response;
    }
    const Route& route = *match.route;

    const bool open = open_to(route, local);
    const auto found = open ? Authenticator::Found{} : context_->auth.identify(request);
    if (!open && !may(route, found.who)) co_return refuse(found);
    if (!safe_method(request.method) && !RequestGuard::same_origin(request))
        co_return problem(403, "another site's page may not change anything here");
    if (route.rate == Rate::commands) {
        const auto wait = context_->command_rate.take(request.peer, context_->site.clock.io_now());
        if (wait > Duration::zero()) co_return too_many(wait, "too many commands from this address");
    }
    if (auto refusal = check_body(route, request)) co_return std::move(*refusal);
    if (auto refusal = check_query(route, *target)) co_return std::move(*refusal);
    if (route.heavy) {
        if (context_->heavy_under_way >= context_->settings.heavy_answers)
            co_return busy(std::chrono::seconds(1), "as many large answers as may be are being made");
        place = std::make_shared<Place>(context_);
    }

    Call call{std::move(request), *target, match.path, found.who.value_or(Identity{})};
    co_return co_await route.answer(*context_, std::move(call));
}

net::Response Gateway::refuse(const Authenticator::Found& found) const {
    if (found.wait > Duration::zero())
        return too_many(found.wait, "too many failed logins from this address");
    if (found.who) return problem(403, "this needs the role operator");
    auto response = problem(
        401, found.refused ? "these credentials are not valid, or not any more" : "this needs a login");
    response.headers.set("WWW-Authenticate", std::string(context_->auth.challenge()));
    return response;
}

std::optional<net::Response> Gateway::check_body(const Route& route, const net::Request& request) const {
    if (request.body.size() > route.body_limit)
        return problem(413, fmt::format("the body may have {} bytes", route.body_limit));
    if (route.media.empty()) {
        if (has_body(request)) return problem(415, "this takes no body");
        return std::nullopt;
    }
    if (!has_body(request) && route.body_may_be_missing) return std::nullopt;
    const auto type = request.headers.find("Content-Type");
    const auto given = type ? media_type(*type) : std::string();
    if (std::find(route.media.begin(), route.media.end(), given) == route.media.end()) {
        auto response =
            problem(415, fmt::format("the body must be {}, got {}", fmt::join(route.media, " or "),
                                     given.empty() ? "no Content-Type" : given.substr(0, 100)));
        response.headers.set("Accept", fmt::format("{}", fmt::join(route.media, ", ")));
        return response;
    }
    return std::nullopt;
}

std::optional<net::Response> Gateway::check_query(const Route& route, const net::Target& target) const {
    std::vector<InputError> errors;
    for (auto at = target.query.begin(); at != target.query.end(); ++at) {
        const auto name = at->first.substr(0, 64);
        const bool known = std::find(route.query.begin(), route.query.end(), at->first) != route.query.end();
        if (!known) {
            errors.push_back({"query/" + name, route.query.empty()
                                                   ? std::string("this takes no parameters")
                                                   : fmt::format("unknown parameter, there are {}",
                                                                 fmt::join(route.query, ", "))});
        } else if (std::any_of(target.query.begin(), at,
                               [&](const auto& other) { return other.first == at->first; })) {
            errors.push_back({"query/" + name, name + " is given more than once"});
        }
    }
    if (errors.empty()) return std::nullopt;
    return invalid(errors);
}

net::Response Gateway::serve_page(const net::Request& request, const net::Target& target) const {
    const auto* file = pages_.find(target.path);
    if (file == nullptr) return problem(404, "there is nothing here");
    if (request.method != "GET" && request.method != "HEAD") {
        auto response =
            request.method == "OPTIONS" ? empty_answer() : problem(405, "a page can only be read");
        response.headers.set("Allow", "GET, HEAD, OPTIONS");
        return response;
    }
    // Where everybody has to name themselves, the browser asks for it when it loads the page.
    if (context_->read_only()) {
        const auto found = context_->auth.identify(request);
        if (!found.who) return refuse(found);
    }
    return StaticFiles::answer(*file, request);
}

awaitable<std::variant<net::Response, net::Server::Conversation>> Gateway::upgrade(net::Request request) {
    const auto from = understand(request);
    const bool tls = from.tls;
    const auto refused = [tls](net::Response response) {
        secure(response, tls);
        return response;
    };
    if (!guard_.host_allowed(request))
        co_return refused(problem(421, "this server does not go by that name; see dashboard.allowed_hosts"));
    if (auto refusal = refuse_stranger(from)) co_return refused(std::move(*refusal));
    const auto target = net::parse_target(request.target);
    if (!target || target->path != "/ws") co_return refused(problem(404, "there is no WebSocket here"));
    if (!RequestGuard::same_origin(request))
        co_return refused(problem(403, "another site's page may not listen here"));
    const auto found = context_->auth.identify(request);
    if (!found.who) co_return refused(refuse(found));
    if (hub_->full()) co_return refused(problem(503, "too many WebSockets are open"));
    net::Server::Conversation conversation = [hub = hub_, who = *found.who,
                                              request](std::shared_ptr<net::WebSocket> socket) {
        return hub->serve(std::move(socket), who, request);
    };
    co_return conversation;
}

std::string_view Gateway::route_name(const net::Request& request) const {
    const auto target =
        net::parse_target(without_base_path(request.target, context_->settings.base_path).target);
    if (!target) return "none";
    const auto match = router_.match(request.method, *target);
    if (!match.pattern.empty()) return match.pattern;
    return pages_.find(target->path) != nullptr ? "page" : "none";
}

}  // namespace hil::web
