#include "app/care_command.hpp"

#include "app/config_choice.hpp"
#include "app/measurement_place.hpp"
#include "app/option_line.hpp"
#include "base/task_group.hpp"
#include "care/backup.hpp"
#include "care/doctor.hpp"
#include "config/load.hpp"
#include "net/client.hpp"
#include "service/data_directory.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <system_error>
#include <utility>

namespace hil::app {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

DataOptions care_data_of(const OptionLine& line) {
    DataOptions out;
    out.config_file = config_choice(line).file;
    if (const auto directory = line.text("data-dir")) out.data_dir = *directory;
    return out;
}

fs::path one_archive(const OptionLine& line) {
    if (line.operands().size() != 1)
        throw Mistake(fmt::format("one file must be named, got {}", line.operands().size()));
    return line.operands().front();
}

// What the running service said to a question for a backup.
struct Asked {
    unsigned status = 0;  // 0: it did not answer
    std::string body, problem;
};

Asked ask_service(const config::PrivateDashboard& server, const std::string& token) {
    asio::io_context context(1);
    RealClock clock(context);
    const auto network = make_tcp_network(clock);
    auto host = server.address.host;
    if (host == "0.0.0.0") host = "127.0.0.1";
    if (host == "::") host = "::1";
    net::Client::Options options;
    options.total_timeout = std::chrono::hours(1);  // a copy of gigabytes takes its time
    if (server.tls) options.ca_file = server.tls->certificate_file;
    Asked out;
    TaskGroup tasks(clock, [&](const TaskFailure& failure) {
        out.problem = failure.what;
        clock.stop();
    });
    tasks.spawn("ask", [&]() -> awaitable<void> {
        net::Client client(clock, *network, {server.tls.has_value(), host, server.address.port, {}}, options);
        net::Request request;
        request.method = "POST";
        request.target = "/api/v1/backups";
        if (!token.empty()) request.headers.set("Authorization", "Bearer " + token);
        const auto answer = co_await client.send(std::move(request));
        if (answer) {
            out.status = answer->status;
            out.body = answer->body;
        } else {
            out.problem = answer.error().message();
        }
        clock.stop();
    });
    clock.run();
    return out;
}

std::string token_of(const BackupOptions& options) {
    std::string token;
    if (!options.token_file.empty()) {
        std::ifstream in(options.token_file);
        std::getline(in, token);
    } else if (const char* given = std::getenv("HIL_TOKEN")) {
        token = given;
    }
    return token;
}

std::string take_away(const fs::path& made, const fs::path& wanted) {
    std::error_code error;
    fs::rename(made, wanted, error);
    if (!error) return {};
    fs::copy_file(made, wanted, fs::copy_options::overwrite_existing, error);  // another disk
    if (error)
        return fmt::format("{} cannot be written: {}; the backup is in {}", wanted.string(), error.message(),
                           made.string());
    fs::remove(made, error);
    return {};
}

int say_made(const fs::path& file) {
    std::error_code unknown;
    const auto size = fs::file_size(file, unknown);
    fmt::print("backup in {}, {:.1f} MB\n", file.string(), unknown ? 0.0 : static_cast<double>(size) / 1e6);
    return exit_done;
}

int backup_failed(const std::string& why) {
    fmt::print(stderr, "hil_scheduler backup: {}\n", why);
    return exit_failed;
}

int backup_directly(const service::Setup& setup, const fs::path& file, WallTime now) {
    auto made =
        care::make_backup({setup.config.general.data_dir, config::effective(setup.config), HIL_VERSION,
                           setup.zone.format(std::chrono::floor<std::chrono::seconds>(now))},
                          file);
    if (const auto* why = std::get_if<std::string>(&made)) return backup_failed(*why);
    return say_made(file);
}

WallTime wall_now() {
    asio::io_context context(1);
    return RealClock(context).wall_now();
}

}  // namespace

BackupOptions read_backup(OptionLine& line) {
    line.check();
    return {care_data_of(line), one_archive(line), line.text("token-file").value_or("")};
}

RestoreOptions read_restore(OptionLine& line) {
    line.check();
    return {care_data_of(line), one_archive(line)};
}

DoctorOptions read_doctor(OptionLine& line) {
    line.check();
    return {care_data_of(line), line.text("format") == "json"};
}

int backup_command(const BackupOptions& options) {
    const auto setup = load_setup(options.data);
    if (!setup) return exit_usage;
    const auto& directory = setup->config.general.data_dir;
    if (!fs::is_directory(directory)) return backup_failed(directory.string() + " is no data directory");
    {
        // Held for as long as it is copied: nobody starts meanwhile.
        const auto opened = service::DataDirectory::open(directory);
        if (!std::holds_alternative<service::DataDirectory::InUse>(opened))
            return backup_directly(*setup, options.file, wall_now());
    }
    const auto asked = ask_service(setup->config.private_dashboard, token_of(options));
    if (asked.status == 201) {
        const auto answer = json::parse(asked.body);
        const fs::path made(std::string(answer.at("file").as_string()));
        if (auto why = take_away(made, options.file); !why.empty()) return backup_failed(why);
        return say_made(options.file);
    }
    if (asked.status == 401 || asked.status == 403)
        return backup_failed(
            "the running service wants an operator's token: name its file with --token-file, or set "
            "HIL_TOKEN");
    if (asked.status != 0)
        return backup_failed(
            fmt::format("the running service answered {}: {}", asked.status, asked.body.substr(0, 300)));
    // A run without web servers, or at another port: what it has written can be copied all the same.
    fmt::print(stderr,
               "the running service cannot be asked ({}): what it has not written yet is not in the backup\n",
               asked.problem);
    return backup_directly(*setup, options.file, wall_now());
}

int restore_command(const RestoreOptions& options) {
    const auto setup = load_setup(options.data);
    if (!setup) return exit_usage;
    const auto& directory = setup->config.general.data_dir;
    if (fs::exists(directory)) {
        const auto opened = service::DataDirectory::open(directory);
        if (auto why = service::why_not(opened); !why.empty()) {
            fmt::print(stderr, "hil_scheduler restore: {}\n", why);
            return exit_failed;
        }
    }
    const auto outcome = care::restore(options.file, directory);
    if (const auto* why = std::get_if<std::string>(&outcome)) {
        fmt::print(stderr, "hil_scheduler restore: {}\n", *why);
        return exit_failed;
    }
    fmt::print(
        "{} files in {}; the configuration of that time, without secrets, is configuration.json there\n",
        std::get<0>(outcome).size(), directory.string());
    return exit_done;
}

int doctor_command(const DoctorOptions& options) {
    auto loaded = config::load(options.data.config_file, config::process_environment());
    if (options.data.data_dir) loaded.config.general.data_dir = *options.data.data_dir;
    care::Examined what;
    what.config_file = options.data.config_file;
    what.version = HIL_VERSION;
    what.pages = "/usr/share/hil-scheduler/www";
    what.now = wall_now();
    if (fs::exists(HIL_BUILT_PAGES)) what.pages = HIL_BUILT_PAGES;
    for (const auto& problem : loaded.problems)
        what.problems.push_back(problem.message());
    for (const auto& warning : loaded.warnings)
        what.warnings.push_back(warning.message());
    if (loaded.problems.empty()) {
        what.config = &loaded.config;
        if (fs::is_directory(loaded.config.general.data_dir))
            what.service_runs = std::holds_alternative<service::DataDirectory::InUse>(
                service::DataDirectory::open(loaded.config.general.data_dir));
    }
    const auto lines = care::judge(care::examine(what));
    json::array list;
    for (const auto& line : lines) {
        if (options.json) {
            list.push_back(
                json::object{{"grade", care::to_string(line.grade)},
                             {"topic", line.topic},
                             {"found", line.found},
                             {"advice", line.advice.empty() ? json::value() : json::value(line.advice)}});
            continue;
        }
        fmt::print("{:8} {:13} {}\n", care::to_string(line.grade), line.topic, line.found);
        if (!line.advice.empty()) fmt::print("{:22} → {}\n", "", line.advice);
    }
    if (options.json) fmt::print("{}\n", json::serialize(list));
    const bool broken =
        std::ranges::any_of(lines, [](const auto& line) { return line.grade == care::Grade::broken; });
    return broken ? exit_failed : exit_done;
}

}  // namespace hil::app
