#include "alerting/sender.hpp"

#include "config/texts.hpp"
#include "net/client.hpp"

#include <fmt/format.h>

#include <fstream>
#include <stdexcept>

namespace hil::alerting {
namespace {

// A secret is read each time it is used: one that was changed counts at once.
std::string read_secret(const std::filesystem::path& file, std::string& problem) {
    std::ifstream in(file);
    std::string line;
    if (!in || !std::getline(in, line))
        problem = fmt::format("{} cannot be read, or is empty", file.string());
    while (!line.empty() && (line.back() == '\r' || line.back() == ' '))
        line.pop_back();
    return line;
}

struct Secret {
    std::string value, problem;
};

awaitable<Secret> secret_of(const Senders& with, const std::string& variable,
                            const std::filesystem::path& file) {
    Secret out;
    if (!variable.empty()) {
        if (auto value = with.variable(variable)) {
            out.value = std::move(*value);
            co_return out;
        }
    }
    if (file.empty()) co_return out;
    co_return co_await with.blocking.run([file] {
        Secret read;
        read.value = read_secret(file, read.problem);
        return read;
    });
}

class WebSender final : public Sender {
  public:
    WebSender(const Senders& with, config::WebReceiver receiver, net::Url origin, bool alertmanager)
        : with_(with),
          receiver_(std::move(receiver)),
          alertmanager_(alertmanager),
          client_(with.clock, with.network, alertmanager ? origin : without_path(origin),
                  options(receiver_)) {}

    awaitable<std::string> send(Message message) override {
        auto token = co_await secret_of(with_, receiver_.token_variable, receiver_.token_file);
        if (!token.problem.empty()) co_return token.problem;
        net::Request request;
        request.method = "POST";
        request.target = alertmanager_ ? "/api/v2/alerts" : path_of(receiver_.url);
        request.headers.set("Content-Type", "application/json");
        request.headers.set("Idempotency-Key", message.key);
        if (!token.value.empty()) request.headers.set("Authorization", "Bearer " + token.value);
        request.body = alertmanager_ ? alertmanager_body(message, with_.clock.wall_now())
                                     : webhook_body(message, with_.zone);
        const auto answer = co_await client_.send(std::move(request));
        if (!answer) co_return answer.error().message();
        if (answer->status / 100 == 2) co_return std::string();
        co_return fmt::format("the receiver answered {} {}", answer->status, net::reason(answer->status));
    }
    void close() override { client_.close(); }

  private:
    // A webhook's path is used to the letter, a slash at its end included.
    static net::Url without_path(net::Url origin) {
        origin.path.clear();
        return origin;
    }
    static std::string path_of(const std::string& url) {
        const auto at = url.find('/', url.find("://") + 3);
        return at == std::string::npos ? "/" : url.substr(at);
    }
    static net::Client::Options options(const config::WebReceiver& receiver) {
        net::Client::Options out;
        out.ca_file = receiver.ca_file;
        out.total_timeout = std::chrono::seconds(15);
        out.max_body = 64u << 10u;
        return out;
    }

    Senders with_;
    config::WebReceiver receiver_;
    bool alertmanager_;
    net::Client client_;
};

class MailSender final : public Sender {
  public:
    MailSender(const Senders& with, config::MailReceiver receiver)
        : with_(with), receiver_(std::move(receiver)) {}

    awaitable<std::string> send(Message message) override {
        auto password = co_await secret_of(with_, receiver_.password_variable, receiver_.password_file);
        if (!password.problem.empty()) co_return password.problem;
        MailJob job{receiver_, std::move(password.value),
                    mail_text(message, with_.zone, receiver_.from, receiver_.to)};
        co_return co_await with_.blocking.run(
            [mail = with_.mail, job = std::move(job)] { return mail(job); });
    }

  private:
    Senders with_;
    config::MailReceiver receiver_;
};

// "smtp://host:587" → "host"
std::string_view mail_host(std::string_view url) {
    const auto rest = url.substr(url.find("://") + 3);
    return rest.substr(0, rest.find(':'));
}

}  // namespace

std::variant<std::unique_ptr<Sender>, std::string> make_sender(const Senders& with,
                                                               const config::AlertReceiver& receiver) {
    if (receiver.email) return std::make_unique<MailSender>(with, *receiver.email);
    const auto& web = receiver.webhook ? *receiver.webhook : *receiver.alertmanager;
    const auto origin = net::parse_url(web.url);
    if (!origin)
        return fmt::format("alerting.receivers.{}: \"{}\": {}", receiver.name, web.url,
                           origin.error().message());
    try {
        return std::make_unique<WebSender>(with, web, *origin, receiver.alertmanager.has_value());
    } catch (const std::invalid_argument& error) {
        return fmt::format("alerting.receivers.{}.ca_file: {}", receiver.name, error.what());
    }
}

bool on_this_machine(const config::AlertReceiver& receiver) {
    if (receiver.email) return config::texts::is_loopback(mail_host(receiver.email->url));
    const auto& url = receiver.webhook ? receiver.webhook->url : receiver.alertmanager->url;
    const auto parsed = net::parse_url(url);
    return parsed && parsed->loopback();
}

}  // namespace hil::alerting
