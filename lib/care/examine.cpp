#include "care/doctor.hpp"

#include "net/certificate.hpp"
#include "store/database.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/version.hpp>

#include <fmt/format.h>
#include <sqlite3.h>

#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace hil::care {
namespace {

namespace fs = std::filesystem;

bool open_to_all(const fs::path& file) {
    struct stat status{};
    return ::stat(file.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0;
}

Facts::Directory directory(std::string key, const fs::path& path) {
    Facts::Directory out{std::move(key), path.string(), fs::is_directory(path), false, 0, 0};
    auto there = fs::absolute(path);
    while (!fs::exists(there) && there.has_parent_path() && there != there.parent_path())
        there = there.parent_path();
    out.writable = ::access(there.c_str(), W_OK | X_OK) == 0;
    std::error_code unknown;
    const auto space = fs::space(there, unknown);
    if (!unknown) {
        out.free = space.available;
        out.size = space.capacity;
    }
    return out;
}

Facts::Port port(std::string what, const Endpoint& at) {
    Facts::Port out{std::move(what), to_string(at), false, true};
    boost::system::error_code error;
    auto address = boost::asio::ip::make_address(at.host == "localhost" ? "127.0.0.1" : at.host, error);
    if (error) return out;  // a name: the service looks it up when it starts
    const int descriptor = ::socket(address.is_v6() ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return out;
    const int on = 1;
    (void)::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    int bound = -1;
    if (address.is_v6()) {
        sockaddr_in6 place{};
        place.sin6_family = AF_INET6;
        place.sin6_port = htons(at.port);
        const auto bytes = address.to_v6().to_bytes();
        std::memcpy(&place.sin6_addr, bytes.data(), bytes.size());
        bound = ::bind(descriptor, reinterpret_cast<const sockaddr*>(&place), sizeof place);
    } else {
        sockaddr_in place{};
        place.sin_family = AF_INET;
        place.sin_port = htons(at.port);
        const auto bytes = address.to_v4().to_bytes();
        std::memcpy(&place.sin_addr, bytes.data(), bytes.size());
        bound = ::bind(descriptor, reinterpret_cast<const sockaddr*>(&place), sizeof place);
    }
    if (bound != 0) {
        out.taken = errno == EADDRINUSE;
        out.allowed = errno == EADDRINUSE;
    }
    ::close(descriptor);
    return out;
}

void secret(Facts& facts, std::string key, const fs::path& file) {
    if (file.empty()) return;
    facts.secrets.push_back(
        {std::move(key), file.string(), ::access(file.c_str(), R_OK) == 0, open_to_all(file)});
}

void certificate(Facts& facts, std::string server, const std::optional<config::Tls>& tls, WallTime now) {
    if (!tls) return;
    const auto read = net::read_certificate(tls->certificate_file, tls->key_file);
    facts.certificates.push_back({std::move(server), tls->certificate_file.string(), read.problem,
                                  to_seconds(read.until - now) / 86'400});
}

std::string look_at_database(const fs::path& file) {
    if (!fs::exists(file)) return {};
    try {
        store::Database database(file, store::Database::ReadOnly{});
        auto& check = database.prepare("PRAGMA quick_check(1)");
        const std::string found = check.step() ? check.text(0) : "no answer";
        check.reset();
        return found == "ok" ? std::string() : fmt::format("{} is damaged: {}", file.string(), found);
    } catch (const store::DatabaseError& error) {
        return error.what();
    }
}

void look_at_configuration(Facts& facts, const config::Config& config, const Examined& what) {
    facts.directories.push_back(directory("general.data_dir", config.general.data_dir));
    facts.directories.push_back(directory("general.log_dir", config.general.log_dir));
    for (const auto& account : config.private_dashboard.auth)
        facts.config_has_hashes |= !account.password_hash.empty() || !account.token_hash.empty();
    secret(facts, "istentore_api.password_file", config.istentore_api.password_file);
    for (const auto& receiver : config.alerting.receivers) {
        const auto key = "alerting.receivers." + receiver.name;
        if (receiver.webhook) secret(facts, key + ".webhook.token_file", receiver.webhook->token_file);
        if (receiver.alertmanager)
            secret(facts, key + ".alertmanager.token_file", receiver.alertmanager->token_file);
        if (receiver.email) secret(facts, key + ".email.password_file", receiver.email->password_file);
    }
    certificate(facts, "dashboard.private", config.private_dashboard.tls, what.now);
    facts.ports.push_back(port("the operators' server", config.private_dashboard.address));
    if (config.public_dashboard.enabled) {
        certificate(facts, "dashboard.public_readonly", config.public_dashboard.tls, what.now);
        facts.ports.push_back(port("the read-only server", config.public_dashboard.address));
    }
    if (config.startup.transport_mode == config::TransportMode::local)
        for (const auto& plant : config.plants)
            if (plant.has_local)
                facts.ports.push_back(port("the emulator of " + plant.id, plant.local.address));
    facts.remote_without_check = config.startup.transport_mode == config::TransportMode::remote &&
                                 config.general.on_start_running == config::OnStartRunning::leave;
    facts.database_problem = look_at_database(config.general.data_dir / "hil.sqlite");
    const auto pages = config.pages_dir.empty() ? what.pages : config.pages_dir;
    facts.pages_built = fs::exists(pages / "index.html");
}

}  // namespace

Facts examine(const Examined& what) {
    Facts facts;
    facts.config_file = what.config_file.string();
    facts.config_problems = what.problems;
    facts.config_warnings = what.warnings;
    facts.config_readable_by_all = open_to_all(what.config_file);
    facts.service_runs = what.service_runs;
    facts.version = what.version;
    facts.libraries = fmt::format("SQLite {}, Boost {}.{}", sqlite3_libversion(), BOOST_VERSION / 100'000,
                                  BOOST_VERSION / 100 % 1000);
    const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(what.now)};
    facts.year = int(date.year());
    timex time{};
    const int state = ::adjtimex(&time);
    if (state >= 0) facts.clock_synchronised = state != TIME_ERROR && (time.status & STA_UNSYNC) == 0;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) facts.descriptors = limit.rlim_max;
    if (what.config != nullptr) look_at_configuration(facts, *what.config, what);
    return facts;
}

}  // namespace hil::care
