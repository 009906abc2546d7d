#include "service/alert_sending.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <cstdlib>
#include <utility>

namespace hil::service {
namespace {

// Part of the key of every message, drawn once and then kept with them.
std::string drawn_name() {
    if (sodium_init() < 0) return "hil";
    return fmt::format("hil-{:08x}{:08x}", randombytes_random(), randombytes_random());
}

std::optional<std::string> environment_variable(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

}  // namespace

std::variant<std::unique_ptr<alerting::Desk>, std::string> make_desk(Service& site, Persistence& persistence,
                                                                     BlockingExecutor& blocking) {
    const auto& around = site.parts().context;
    const auto& alerting = site.parts().setup.config.alerting;
    const alerting::Senders with{around.clock, around.network, blocking, site.parts().setup.zone,
                                 environment_variable};
    std::map<std::string, std::unique_ptr<alerting::Sender>> senders;
    for (const auto& receiver : alerting.receivers) {
        if (!site.real_time() && !alerting::on_this_machine(receiver)) continue;
        auto made = alerting::make_sender(with, receiver);
        if (auto* why = std::get_if<std::string>(&made)) return std::move(*why);
        senders[receiver.name] = std::move(std::get<0>(made));
    }
    alerting::Desk::Hooks hooks;
    hooks.on_trouble = [&happenings = around.happenings](const std::string& receiver,
                                                         const std::string& trouble) {
        if (trouble.empty())
            happenings.notify(Happening::receiver_works, "messages reach " + receiver + " again",
                              {.part = receiver});
        else
            happenings.notify(Happening::receiver_failed,
                              fmt::format("messages do not reach {}: {}", receiver, trouble),
                              {.part = receiver});
    };
    hooks.on_error = [&log = around.log](const std::string& sentence) {
        log.warning(observe::Channel::control, "{}", sentence);
    };
    return std::make_unique<alerting::Desk>(
        alerting::Desk::Parts{around.clock, around.alerts,
                              [&metrics = around.metrics] { return metrics.text(); }, persistence.worker(),
                              persistence.database(), site.parts().setup.zone},
        alerting, std::move(senders), drawn_name(), std::move(hooks));
}

}  // namespace hil::service
