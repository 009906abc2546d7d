#include "web/authenticator.hpp"

#include "web/base64.hpp"
#include "web/passwords.hpp"

#include <algorithm>

namespace hil::web {
namespace {

// Each takes 64 MiB and a core for a tenth of a second.
constexpr std::size_t logins_at_once = 4;

Role role_of(const config::Account& account) {
    return account.role == "operator" ? Role::operators : Role::viewer;
}

// "Scheme credentials"; the scheme's case does not matter.
std::optional<std::string_view> credentials(std::string_view header, std::string_view scheme) {
    if (header.size() <= scheme.size() || header[scheme.size()] != ' ') return std::nullopt;
    const auto same = [](char a, char b) { return (a | 0x20) == (b | 0x20); };
    if (!std::equal(scheme.begin(), scheme.end(), header.begin(), same)) return std::nullopt;
    header.remove_prefix(scheme.size());
    header.remove_prefix(std::min(header.find_first_not_of(' '), header.size()));
    return header;
}

}  // namespace

Authenticator::Authenticator(Clock& clock, BlockingExecutor& blocking, const ServerSettings& settings,
                             std::function<void(std::span<std::byte>)> random_bytes, Hooks hooks)
    : clock_(clock),
      blocking_(blocking),
      settings_(settings),
      hooks_(std::move(hooks)),
      sessions_({.idle = settings.session_idle, .length = settings.session_length}, std::move(random_bytes)) {
}

bool Authenticator::has_login() const {
    return std::any_of(settings_.accounts.begin(), settings_.accounts.end(),
                       [](const auto& account) { return !account.password_hash.empty(); });
}

std::string_view Authenticator::challenge() const {
    return settings_.kind == ServerKind::read_only ? R"(Basic realm="hil-scheduler", charset="UTF-8")"
                                                   : R"(Bearer realm="hil-scheduler")";
}

std::optional<Identity> Authenticator::recognise(const net::Request& request) {
    const auto header = request.headers.find("Authorization");
    if (settings_.kind == ServerKind::read_only) {
        if (!settings_.basic) return Identity{};
        const auto given = header ? credentials(*header, "basic") : std::nullopt;
        return given ? visitor(*given) : std::nullopt;
    }
    if (settings_.accounts.empty()) return Identity{Role::operators, {}};
    if (header) {
        const auto token = credentials(*header, "bearer");
        return token ? holder_of(*token) : std::nullopt;
    }
    const auto id = session_id(request);
    return id ? sessions_.find(*id, clock_.io_now()) : std::nullopt;
}

Authenticator::Found Authenticator::identify(const net::Request& request) {
    const bool read_only = settings_.kind == ServerKind::read_only;
    const auto header = request.headers.find("Authorization");
    // A password may have been thought up: right or wrong, it is not looked at before its time.
    const bool password = read_only && settings_.basic && header && credentials(*header, "basic");
    if (password) {
        const auto wait = passwords_.wait(request.peer, {}, clock_.io_now());
        if (wait > Duration::zero()) return {.refused = true, .wait = wait};
    }
    if (auto who = recognise(request)) {
        if (password) passwords_.succeeded(request.peer, who->name);
        return {.who = std::move(who)};
    }
    if (password) return failed(passwords_, request, settings_.basic->user);
    if (!read_only && header && credentials(*header, "bearer")) return failed(tokens_, request, {});
    // A session that is over is no attempt to guess one: the page asks to log in again.
    return {.refused = header.has_value() || (!read_only && session_id(request))};
}

Authenticator::Found Authenticator::failed(Throttle& throttle, const net::Request& request,
                                           std::string_view account) {
    const auto wait = throttle.wait(request.peer, {}, clock_.io_now());
    if (wait > Duration::zero()) return {.refused = true, .wait = wait};
    const auto in_a_row = throttle.failed(request.peer, account, clock_.io_now());
    if (hooks_.on_failure) hooks_.on_failure(request.peer, account, in_a_row);
    return {.refused = true};
}

std::optional<Identity> Authenticator::holder_of(std::string_view token) const {
    const auto hash = hash_token(token);
    const config::Account* found = nullptr;
    for (const auto& account : settings_.accounts) {
        if (!account.token_hash.empty() && equal_secrets(account.token_hash, hash)) found = &account;
    }
    if (found == nullptr) return std::nullopt;
    return Identity{role_of(*found), found->name};
}

std::optional<Identity> Authenticator::visitor(std::string_view given) const {
    const auto text = decode_base64(given);
    const auto expected = settings_.basic->user + ":" + settings_.basic->password;
    // Hashes, so that not even the lengths of what is right can be told.
    if (!text || !equal_secrets(hash_token(*text), hash_token(expected))) return std::nullopt;
    return Identity{Role::viewer, settings_.basic->user};
}

awaitable<Authenticator::Login> Authenticator::log_in(std::string peer, std::string name,
                                                      std::string password, bool tls) {
    if (const auto wait = passwords_.wait(peer, name, clock_.io_now()); wait > Duration::zero())
        co_return Login{.wait = wait};
    if (hashing_ >= logins_at_once) co_return Login{.wait = std::chrono::seconds(1)};

    const auto account = std::find_if(settings_.accounts.begin(), settings_.accounts.end(),
                                      [&](const auto& a) { return a.name == name; });
    const bool exists = account != settings_.accounts.end() && !account->password_hash.empty();
    // Counted before it is known: attempts made side by side are as many failures.
    const auto in_a_row = passwords_.failed(peer, name, clock_.io_now());
    struct Busy {
        explicit Busy(std::size_t& c) : count(c) { ++count; }
        ~Busy() { --count; }
        std::size_t& count;
    };
    bool right = false;
    {
        const Busy busy(hashing_);
        right = co_await blocking_.run(
            [hash = exists ? account->password_hash : std::string(), password = std::move(password)] {
                return verify_password(hash.empty() ? nobodys_hash() : hash, password) && !hash.empty();
            });
    }
    if (!right) {
        if (hooks_.on_failure) hooks_.on_failure(peer, name, in_a_row);
        co_return Login{};
    }
    passwords_.succeeded(peer, name);
    const Identity who{role_of(*account), account->name};
    if (hooks_.on_login) hooks_.on_login(peer, who);
    const auto id = sessions_.begin(who, clock_.io_now());
    co_return Login{.who = who, .cookie = set_cookie(id, tls, false)};
}

std::string Authenticator::log_out(const net::Request& request) {
    if (const auto id = session_id(request)) sessions_.end(*id);
    return set_cookie({}, request.tls, true);
}

std::optional<std::string_view> Authenticator::session_id(const net::Request& request) const {
    const auto header = request.headers.find("Cookie");
    if (!header) return std::nullopt;
    for (auto rest = *header; !rest.empty();) {
        const auto end = std::min(rest.find(';'), rest.size());
        auto pair = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        pair.remove_prefix(std::min(pair.find_first_not_of(' '), pair.size()));
        if (pair.size() > cookie_.size() + 1 && pair.starts_with(cookie_) && pair[cookie_.size()] == '=')
            return pair.substr(cookie_.size() + 1);
    }
    return std::nullopt;
}

std::string Authenticator::set_cookie(std::string_view value, bool tls, bool remove) const {
    const auto age =
        remove ? 0 : std::chrono::duration_cast<std::chrono::seconds>(settings_.session_length).count();
    return fmt::format("{}={}; Path={}/; HttpOnly; SameSite=Strict; Max-Age={}{}", cookie_, value,
                       settings_.base_path, age, tls ? "; Secure" : "");
}

}  // namespace hil::web
