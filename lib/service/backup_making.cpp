// A backup of the running service: what waits in memory is written first, then everything is copied on a
// thread of its own while the service goes on.
#include "care/backup.hpp"
#include "config/load.hpp"
#include "service/web_wiring.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

namespace hil::service {
namespace {

namespace json = boost::json;

// "20261130T190014": a name that sorts by time.
std::string stamp(const Zone& zone, WallTime at) {
    auto text = zone.format(std::chrono::floor<std::chrono::seconds>(at)).substr(0, 19);
    std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
    return text;
}

}  // namespace

awaitable<json::object> WebServers::backup() {
    // What is stored so far; where that fails, the backup is of what is.
    (void)co_await parts_.site.parts().recorder.flush();
    (void)co_await parts_.history.flush();
    (void)co_await parts_.reasons.flush();
    (void)co_await parts_.persistence.audit().flush();
    co_await parts_.persistence.events().flush();
    const auto& site = parts_.site.parts().setup;
    const auto now = parts_.site.parts().context.clock.wall_now();
    const auto directory = site.config.general.data_dir / "backups";
    auto file = directory / fmt::format("hil-{}.tar", stamp(site.zone, now));
    auto job = [source = care::BackupSource{site.config.general.data_dir, config::effective(site.config),
                                            parts_.version, site.zone.format(now)},
                directory, file]() -> std::variant<std::vector<care::BackedUp>, std::string> {
        std::error_code refused;
        std::filesystem::create_directories(directory, refused);
        if (refused) return fmt::format("{} cannot be made: {}", directory.string(), refused.message());
        return care::make_backup(source, file);
    };
    auto made = co_await reports_->run(std::move(job));
    if (const auto* why = std::get_if<std::string>(&made)) {
        parts_.site.parts().context.log.warning(observe::Channel::control, "a backup could not be made: {}",
                                                *why);
        co_return json::object{{"problem", "the backup could not be made: " + *why}};
    }
    json::array files;
    std::uint64_t bytes = 0;
    for (const auto& one : std::get<0>(made)) {
        files.push_back(json::object{{"name", one.name}, {"size", one.size}, {"sha256", one.sha256}});
        bytes += one.size;
    }
    parts_.site.parts().context.log.info(observe::Channel::control, "backup in {}", file.string());
    std::error_code unknown;
    const auto whole = std::filesystem::absolute(file, unknown);
    co_return json::object{
        {"file", (unknown ? file : whole).string()}, {"bytes", bytes}, {"files", std::move(files)}};
}

}  // namespace hil::service
