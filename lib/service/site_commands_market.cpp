#include "market/market.hpp"
#include "service/site_commands.hpp"

namespace hil::service {

using namespace commands;
using control::CommandQueue;

void define_market_commands(Service& site) {
    const auto refuse = [&site](const Command& command) -> std::optional<std::string> {
        const auto* password = command.payload.if_contains("password");
        if (password != nullptr && !password->is_string() && !password->is_null()) return "invalid_payload";
        if (site.market() == nullptr) return "no_platform";
        return std::nullopt;
    };
    const auto connect = [&site](const Command& command, Say say) -> awaitable<Outcome> {
        if (site.market()->status().state == market::Connection::connecting)
            co_return Outcome::rejection("already_connecting");
        say("connecting");
        const auto secrets = site.parts().commands.take_secrets(command.id);
        const auto* given = secrets.if_contains("password");
        std::string password = given != nullptr && given->is_string() ? std::string(given->get_string()) : "";
        const auto connected = co_await site.market()->connect(std::move(password));
        if (connected) co_return Outcome::success();
        const auto code = connected.error().message();
        co_return code == "missing_password" ? Outcome::rejection(code) : Outcome::failure(code);
    };
    const auto disconnect = [&site](const Command&, Say) -> awaitable<Outcome> {
        site.market()->disconnect();
        co_return Outcome::success();
    };
    auto connecting = kind(CommandQueue::market, refuse, connect, {{}, {"password"}});
    connecting.secrets = {"password"};
    site.parts().commands.define("market.connect", std::move(connecting));
    site.parts().commands.define("market.disconnect", kind(CommandQueue::market, refuse, disconnect));
    for (const bool on : {true, false}) {
        const auto set = [&site, on](const Command&, Say) -> awaitable<Outcome> {
            const bool before = site.market()->posting().enabled;
            site.market()->set_posting(on);
            co_return Outcome::success(boost::json::object{{"previous", before}, {"current", on}});
        };
        site.parts().commands.define(on ? "posting.enable" : "posting.disable",
                                     kind(CommandQueue::posting, refuse, set));
    }
}

}  // namespace hil::service
