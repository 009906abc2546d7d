#include "web/server.hpp"

#include "base/task_group.hpp"
#include "web/gateway.hpp"

#include <optional>
#include <utility>

namespace hil::web {
namespace {

using observe::Channel;

std::optional<net::ServerTls> tls_of(const std::optional<config::Tls>& tls) {
    if (!tls) return std::nullopt;
    return net::ServerTls{tls->certificate_file, tls->key_file};
}

std::string_view server_name_of(ServerKind kind) {
    return kind == ServerKind::read_only ? "the read-only server" : "the operators' server";
}

}  // namespace

ServerSettings operator_settings(const config::Config& config, std::filesystem::path www) {
    ServerSettings settings;
    settings.kind = ServerKind::operators;
    settings.address = config.private_dashboard.address;
    settings.accounts = config.private_dashboard.auth;
    settings.tls = tls_of(config.private_dashboard.tls);
    settings.allowed_hosts = config.allowed_hosts;
    settings.trusted_proxies = config.trusted_proxies;
    settings.cors_origins = config.cors_origins;
    settings.base_path = config.private_dashboard.base_path;
    settings.www = config.pages_dir.empty() ? std::move(www) : config.pages_dir;
    return settings;
}

ServerSettings read_only_settings(const config::Config& config, std::filesystem::path www) {
    const auto& server = config.public_dashboard;
    ServerSettings settings;
    settings.kind = ServerKind::read_only;
    settings.address = server.address;
    // What is stored is read for both servers by one: few of these may stand in line before an operator.
    settings.heavy_answers = 16;
    if (server.auth_mode == "basic") settings.basic = {server.user, server.password};
    settings.tls = tls_of(server.tls);
    settings.allowed_hosts = config.allowed_hosts;
    settings.trusted_proxies = config.trusted_proxies;
    settings.cors_origins = config.cors_origins;
    settings.base_path = server.base_path;
    settings.www = config.pages_dir.empty() ? std::move(www) : config.pages_dir;
    return settings;
}

struct Server::State {
    State(Network& n, Site site, ServerSettings settings)
        : network(n),
          context(std::make_shared<Context>(std::move(site), std::move(settings))),
          tasks(context->site.clock) {}

    Network& network;
    std::shared_ptr<Context> context;
    std::shared_ptr<Hub> hub;
    std::shared_ptr<Gateway> gateway;
    std::unique_ptr<net::Server> server;
    TaskGroup tasks;

    [[nodiscard]] net::Server::Hooks hooks() const {
        net::Server::Hooks hooks;
        hooks.on_answer = [context = context, gateway = std::weak_ptr(gateway)](
                              const net::Request& request, unsigned status, Duration took) {
            const auto alive = gateway.lock();
            const auto route = alive ? alive->route_name(request) : "none";
            context->site.metrics.http_requests(route, static_cast<int>(status)).add();
            context->site.log.debug(Channel::web, "{} {} from {}: {} in {:.1f} ms",
                                    request.method.substr(0, 16), route, request.peer, status,
                                    to_seconds(took) * 1000);
        };
        hooks.on_failure = [context = context](const TaskFailure& failure) {
            context->site.log.error(Channel::web, "{} failed: {}", failure.task, failure.what);
        };
        // Told once a minute: a flood of connections must not become one of lines.
        hooks.on_drop = [context = context, dropped = std::size_t{0},
                         notified = std::optional<IoInstant>()](std::string_view peer) mutable {
            ++dropped;
            const auto now = context->site.clock.io_now();
            if (notified && now - *notified < std::chrono::minutes(1)) return;
            notified = now;
            context->site.log.warning(
                Channel::web,
                "{} has no room left: {} connections that asked for nothing were closed "
                "for others, the last from {}",
                server_name_of(context->settings.kind), std::exchange(dropped, 0), peer);
        };
        return hooks;
    }
    // A sentence when nobody may be let in under this address.
    [[nodiscard]] std::optional<std::string> too_open() const {
        const auto& settings = context->settings;
        if (settings.kind == ServerKind::operators && settings.accounts.empty() &&
            !is_loopback(settings.address.host))
            return fmt::format(
                "{} does not listen on {} without accounts: everybody who reaches it could operate the "
                "plants. "
                "Name some in dashboard.private.auth, or use a loopback address",
                server_name_of(settings.kind), to_string(settings.address));
        if (settings.basic && (settings.basic->user.empty() || settings.basic->password.empty()))
            return fmt::format(
                "{} needs HIL_PUBLIC_DASH_USER and HIL_PUBLIC_DASH_PASS in the environment, or "
                "auth.mode none",
                server_name_of(settings.kind));
        return std::nullopt;
    }
};

Server::Server(Network& network, Site site, ServerSettings settings)
    : state_(std::make_shared<State>(network, std::move(site), std::move(settings))) {}

Server::~Server() = default;

std::optional<std::string> Server::open() {
    auto& state = *state_;
    const auto& settings = state.context->settings;
    if (auto why = state.too_open()) return why;
    auto listener = state.network.listen(settings.address);
    if (!listener)
        return fmt::format("{} cannot listen on {}: {}", server_name_of(settings.kind),
                           to_string(settings.address), listener.error().message());
    const auto at = (*listener)->local_endpoint();
    state.context->auth.use_port(at.port);

    Hub::Submit submit;
    if (settings.kind == ServerKind::operators) {
        submit = [context = state.context.get()](std::string kind, std::string plant,
                                                 boost::json::object payload,
                                                 const Identity& who) -> const control::Command& {
            return context->submit(std::move(kind), std::move(plant), std::move(payload), who);
        };
    }
    state.hub = std::make_shared<Hub>(state.context, Hub::Settings{}, std::move(submit));
    auto pages = StaticFiles::load(settings.www);
    if (!pages.built())
        state.context->site.log.warning(Channel::web, "no pages in {}: {} has the API only",
                                        settings.www.string(), server_name_of(settings.kind));
    state.gateway = std::make_shared<Gateway>(
        state.context, state.hub, RequestGuard(settings.address, settings.allowed_hosts), std::move(pages));
    try {
        state.server =
            std::make_unique<net::Server>(state.context->site.clock, std::move(*listener), state.gateway,
                                          settings.tls, settings.limits, state.hooks());
    } catch (const std::invalid_argument& e) {
        return fmt::format("{}: {}", server_name_of(settings.kind), e.what());
    }
    state.context->site.log.info(Channel::web, "{} listens on {}{}", server_name_of(settings.kind),
                                 to_string(at), settings.tls ? " with TLS" : "");
    if (settings.kind == ServerKind::read_only && !settings.basic && !is_loopback(settings.address.host))
        state.context->site.log.warning(Channel::web, "everybody who reaches {} may read everything on it",
                                        to_string(at));
    return std::nullopt;
}

awaitable<void> Server::run() {
    auto state = state_;
    if (state->tasks.size() == 0) {  // not again when the owner starts a failed run() once more
        state->tasks.spawn(
            "websocket hub", [hub = state->hub]() -> awaitable<void> { return hub->run(); },
            OnEscape::restart);
        state->tasks.spawn(
            "websocket delivery", [hub = state->hub]() -> awaitable<void> { return hub->deliver(); },
            OnEscape::restart);
    }
    co_await state->server->run();
}

awaitable<void> Server::stop() {
    auto state = state_;
    if (!state->server) co_return;
    state->hub->close();
    co_await state->server->stop();
    state->tasks.cancel();
    co_await state->tasks.join();
}

Endpoint Server::local_endpoint() const {
    return state_->server ? state_->server->local_endpoint() : state_->context->settings.address;
}

std::size_t Server::connections() const {
    return state_->server ? state_->server->connections() : 0;
}

}  // namespace hil::web
