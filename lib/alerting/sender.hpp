// The way of a message out of the process.
#pragma once

#include "alerting/message.hpp"
#include "base/blocking_executor.hpp"
#include "base/byte_stream.hpp"
#include "config/alerting.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace hil::alerting {

class Sender {
  public:
    virtual ~Sender() = default;
    // Empty: the receiver has it. Else why not, for people; it is tried again.
    virtual awaitable<std::string> send(Message message) = 0;
    // Drops what is under way.
    virtual void close() {}
};

// What a mail is handed to; libcurl's SMTP, or what a test puts in its place. Blocks.
struct MailJob {
    config::MailReceiver receiver;
    std::string password;
    std::string text;  // with its headers, lines ended by CRLF
};
using MailTransport = std::function<std::string(const MailJob&)>;  // empty: taken by the server
// STARTTLS is required unless the server is on this machine; 20 s in all.
std::string send_by_smtp(const MailJob& job);

struct Senders {
    Clock& clock;
    Network& network;
    BlockingExecutor& blocking;  // files of secrets, mails
    const Zone& zone;
    // A variable of the environment; none: not set.
    std::function<std::optional<std::string>(const std::string&)> variable;
    MailTransport mail = send_by_smtp;
};

// A sentence where one cannot be made: a file of authorities that cannot be used.
std::variant<std::unique_ptr<Sender>, std::string> make_sender(const Senders& with,
                                                               const config::AlertReceiver& receiver);
// Nobody outside this machine is reached.
bool on_this_machine(const config::AlertReceiver& receiver);

}  // namespace hil::alerting
