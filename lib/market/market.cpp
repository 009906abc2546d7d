#include "market/market.hpp"

#include "base/async_event.hpp"
#include "base/mutation.hpp"
#include "base/task_group.hpp"
#include "market/client.hpp"
#include "market/connection.hpp"
#include "market/errors.hpp"
#include "market/fetcher.hpp"
#include "market/news.hpp"
#include "market/outbox.hpp"
#include "market/password_file.hpp"
#include "market/poster.hpp"

#include <boost/asio/this_coro.hpp>

#include <fmt/format.h>

#include <exception>
#include <stdexcept>
#include <utility>

namespace hil::market {
namespace {

constexpr Duration connect_limit = std::chrono::seconds(60);

}  // namespace

struct Market::State : std::enable_shared_from_this<Market::State> {
    State(Clock& c, BlockingExecutor& thread, store::Database& database, const Zone& zone,
          const config::Config& given, net::Exchange& exchange, schedule::PlanStore& plans,
          measure::LiveState& live, Settings s, Hooks h)
        : clock(c),
          database_thread(thread),
          config(given),
          settings(std::move(s)),
          on_request(h.on_request),
          news(std::move(h)),
          client(
              exchange, given.istentore_api.email,
              [this](std::string_view operation, std::string_view outcome) {
                  if (on_request) on_request(operation, outcome);
              },
              [this](const Login::Verdict& verdict) { learnt_of_login(verdict); }),
          connection(given.istentore_api.base_url.empty() ? "no_platform" : "startup"),
          posting_wanted(given.istentore_api.post_measurements_in_api_mode),
          fetcher(c, zone, given, client, plans, connection, news),
          poster(
              c, thread, database, given, client, connection, live, news,
              {.effective = [this] { return why_not_posting().empty(); }, .on_change = [this] { change(); }}),
          work_there(c),
          end_asked(c) {}

    // Somebody waits for the login that is under way.
    struct Probe {
        explicit Probe(Clock& c) : done(c) {}
        AsyncEvent done;
        std::optional<error_code> outcome;
    };

    static awaitable<void> run(std::shared_ptr<State> self);
    static awaitable<void> work(std::shared_ptr<State> self);
    static awaitable<result<void>> connect(std::shared_ptr<State> self, std::string password);

    awaitable<void> look_into_password_file(bool notify);
    awaitable<void> log_in();
    void end_probe(error_code outcome);
    void begin_connecting();
    void connect_by_itself();
    void learnt_of_login(const Login::Verdict& verdict);

    [[nodiscard]] bool fetching_allowed() const {
        return !settings.fetching_allowed || settings.fetching_allowed();
    }
    [[nodiscard]] std::string why_not_posting() const;
    void change() {
        work_there.notify();
        changed.publish();
    }

    Clock& clock;
    BlockingExecutor& database_thread;
    const config::Config& config;
    Settings settings;
    std::function<void(std::string_view, std::string_view)> on_request;
    News news;
    Client client;
    ConnectionState connection;
    bool posting_wanted;
    Fetcher fetcher;
    Poster poster;
    std::string file_password;  // as last read
    bool started = false;       // the configuration's own connect was tried
    std::uint64_t logins_asked = 0;
    std::shared_ptr<Probe> probe;
    std::string escaped;  // what ended a task
    AsyncEvent work_there, end_asked;
    Publisher<> changed;
    Subscription samples;
};

// ---- what may be done ---------------------------------------------------------------------------------

std::string Market::State::why_not_posting() const {
    if (config.istentore_api.base_url.empty()) return "no market platform is configured";
    if (!posting_wanted) return "posting is switched off";
    if (!connection.wanted()) return "the platform is disconnected";
    if (client.password().empty()) return "no password is known for the platform";
    if (settings.posting_allowed && !settings.posting_allowed()) {
        return settings.no_posting.empty() ? "this run may not post measurements" : settings.no_posting;
    }
    return {};
}

// ---- tasks --------------------------------------------------------------------------------------------

awaitable<void> Market::State::run(std::shared_ptr<State> self) {
    if (self->config.istentore_api.base_url.empty()) {
        co_await self->end_asked.wait();  // nothing to do but to be cancelled
        co_return;
    }
    TaskGroup tasks(self->clock, [self](const TaskFailure& failure) {
        self->escaped = fmt::format("{}: {}", failure.task, failure.what);
        self->end_asked.notify();
    });
    tasks.spawn("platform", [self] { return work(self); });
    tasks.spawn("outbox", [self] { return self->poster.write(); });
    std::exception_ptr cancelled;
    try {
        co_await self->end_asked.wait();
    } catch (...) {
        cancelled = std::current_exception();
    }
    if (cancelled) co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    tasks.cancel();
    co_await tasks.join();
    self->end_probe(errc::connect_failed);
    if (cancelled) std::rethrow_exception(cancelled);
    throw std::runtime_error(std::exchange(self->escaped, {}));
}

awaitable<void> Market::State::work(std::shared_ptr<State> self) {
    auto& s = *self;
    co_await s.look_into_password_file(true);
    for (;;) {
        s.fetcher.roll();
        s.connect_by_itself();
        const bool forgotten = mutated(Mutation::posting_not_woken) && s.connection.post().of_login;
        const bool posting = s.why_not_posting().empty() && !forgotten;
        s.connection.posting(s.why_not_posting().empty());
        if (s.connection.is_connecting()) {
            co_await s.log_in();
            continue;
        }
        const bool usable = s.connection.wanted() && s.client.standing().usable();
        if (usable && s.fetching_allowed()) {
            if (const auto what = s.fetcher.next()) {
                co_await s.fetcher.ask(*what);
                s.changed.publish();
                continue;
            }
        }
        if (usable && posting) {
            if (const auto attempt = s.poster.next()) {
                co_await s.poster.post(*attempt);
                continue;
            }
        }
        auto due = s.clock.now() + s.fetcher.wait();
        if (const auto posts = s.poster.due(); posts && usable && posting) due = std::min(due, *posts);
        const bool notified = co_await s.work_there.wait_until(due);
        if (!notified && !s.client.standing().usable()) co_await s.look_into_password_file(false);
    }
}

// With a password of its own the service does not wait for an operator: once, when it has one and may.
void Market::State::connect_by_itself() {
    if (started || !fetching_allowed() || client.password().empty()) return;
    started = true;
    if (!connection.wanted()) begin_connecting();
}

void Market::State::begin_connecting() {
    ++logins_asked;
    connection.connecting();
    change();
}

awaitable<void> Market::State::log_in() {
    const auto number = logins_asked;
    const auto done = co_await client.login();
    if (number != logins_asked) co_return;  // disconnected, or asked for anew, meanwhile
    const auto now = clock.wall_now();
    if (done) {
        connection.connected(now);
        end_probe({});
    } else {
        const bool password = remedy(done.error()) == Remedy::credentials;
        connection.connect_failed(password ? "auth_failed" : "connect_failed", done.error().message(), now);
        fetcher.hold_off(done.error().message());
        end_probe(password ? errc::auth_failed : errc::connect_failed);
    }
    changed.publish();
}

// Whoever needed the login: what it came to holds for every part.
void Market::State::learnt_of_login(const Login::Verdict& verdict) {
    constexpr std::string_view key = "market/login";
    if (!verdict.error) {
        connection.login_accepted();
        news.clear(key, "the platform accepts the password");
        if (!verdict.recovered) return;
        fetcher.wake();
        poster.wake();
        poster.take_latest();
    } else if (client.standing().refused()) {
        connection.login_refused(verdict.error.message(), clock.wall_now());
        news.raise(key, make_error_code(fault::waiting_for_password).message());
    } else if (news.active(key)) {
        news.raise(key,
                   fmt::format("another password was given, and no login with it has been answered yet: {}",
                               verdict.error.message()));
    }
}

void Market::State::end_probe(error_code outcome) {
    const auto ended = std::exchange(probe, nullptr);
    if (!ended) return;
    ended->outcome = outcome;
    ended->done.notify();
}

awaitable<void> Market::State::look_into_password_file(bool notify) {
    const auto& api = config.istentore_api;
    if (!api.password.empty() || api.password_file.empty()) co_return;  // the environment goes before it
    const auto read =
        co_await database_thread.run([file = api.password_file] { return read_password_file(file); });
    if (!read) {
        if (notify)
            news.notify(
                fmt::format("{} cannot be read: {}", api.password_file.string(), read.error().message()),
                true);
        co_return;
    }
    if (*read == file_password) co_return;
    const bool needed = !client.standing().usable();
    file_password = *read;
    client.set_password(*read);
    if (needed && connection.wanted()) begin_connecting();
}

// ---- commands -----------------------------------------------------------------------------------------

awaitable<result<void>> Market::State::connect(std::shared_ptr<State> self, std::string password) {
    auto& s = *self;
    if (s.config.istentore_api.base_url.empty()) co_return errc::no_platform;
    if (s.connection.is_connecting()) co_return errc::already_connecting;
    if (!s.fetching_allowed()) co_return errc::not_allowed;
    if (password.empty()) {
        co_await s.look_into_password_file(true);
        if (s.connection.is_connecting()) co_return errc::already_connecting;
        password = s.client.password();
    }
    s.started = true;
    if (password.empty()) {
        s.connection.missing_password(s.clock.wall_now());
        s.change();
        co_return errc::missing_password;
    }
    // Also the same one again, that was refused before: somebody asks for it.
    s.client.set_password(std::move(password));
    const auto probe = s.probe = std::make_shared<Probe>(s.clock);
    s.begin_connecting();
    co_await probe->done.wait_io_for(connect_limit);
    const auto outcome = probe->outcome.value_or(make_error_code(errc::connect_failed));
    if (outcome) co_return outcome;
    co_return result<void>{};
}

Market::Market(Clock& clock, BlockingExecutor& database_thread, store::Database& database, const Zone& zone,
               const config::Config& config, net::Exchange& exchange, schedule::PlanStore& plans,
               measure::LiveState& live, Settings settings, Hooks hooks)
    : state_(std::make_shared<State>(clock, database_thread, database, zone, config, exchange, plans, live,
                                     std::move(settings), std::move(hooks))) {
    state_->client.set_password(config.istentore_api.password);
    state_->samples =
        live.subscribe([state = state_.get()](std::size_t plant, measure::LiveState::Change what) {
            if (what == measure::LiveState::Change::sampled) state->poster.sampled(plant);
        });
}

Market::~Market() {
    state_->samples.end();
}

const std::vector<store::Migration>& Market::migrations() {
    return Outbox::migrations();
}

awaitable<void> Market::run() {
    return State::run(state_);
}

awaitable<result<void>> Market::connect(std::string password) {
    return State::connect(state_, std::move(password));
}

void Market::disconnect() {
    ++state_->logins_asked;
    state_->started = true;
    state_->connection.disconnect("operator");
    state_->end_probe(errc::connect_failed);
    state_->change();
}

void Market::set_posting(bool enabled) {
    state_->posting_wanted = enabled;
    state_->connection.posting(state_->why_not_posting().empty());
    state_->poster.take_latest();
    state_->change();
}

void Market::transport_changed() {
    state_->poster.transport_changed();
    state_->change();
}

Subscription Market::subscribe(Publisher<>::Listener listener) {
    return state_->changed.subscribe(std::move(listener));
}

// ---- what is shown ------------------------------------------------------------------------------------

MarketStatus Market::status() const {
    const auto& connection = state_->connection;
    MarketStatus out;
    out.state = connection.state();
    out.reason = connection.reason();
    if (!out.reason.empty() && !state_->started && !state_->fetching_allowed()) out.reason = "not_allowed";
    out.desired_connected = connection.wanted();
    out.last_error = connection.last_error();
    out.last_success = connection.last_success();
    out.last_attempt = connection.last_attempt();
    out.fetch = connection.fetch().state;
    out.today = state_->fetcher.today();
    out.tomorrow = state_->fetcher.tomorrow();
    out.next_activation = state_->fetcher.next_activation();
    out.password_stored = !state_->client.password().empty();
    return out;
}

PostingStatus Market::posting() const {
    PostingStatus out;
    out.enabled = state_->posting_wanted;
    out.why_not = state_->why_not_posting();
    out.effective = out.why_not.empty();
    const auto& post = state_->connection.post();
    out.health = !out.effective                   ? Health::disabled
                 : post.state == Health::disabled ? Health::idle
                                                  : post.state;
    if (out.health == Health::error) out.last_error = post.error;
    out.pending = state_->poster.pending();
    out.capacity = state_->poster.capacity();
    out.plants = state_->poster.status();
    return out;
}

PlantPosting Market::posting(std::size_t plant) const {
    return state_->poster.status(plant);
}

}  // namespace hil::market
