// The one connection to an address behind which several devices lie, for all their links.
//
// Who needs it gets the one there is, or the one somebody is making, or makes a new one. A gateway that is
// not there is dialled once for all who ask meanwhile.
#pragma once

#include "base/async_condition.hpp"
#include "base/byte_stream.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/config.hpp"
#include "plant/line.hpp"

#include <map>
#include <memory>
#include <span>

namespace hil::plant {

class SharedLine {
  public:
    explicit SharedLine(Clock& clock) : clock_(clock), attempt_(std::make_shared<AsyncCondition>(clock)) {}
    SharedLine(const SharedLine&) = delete;
    SharedLine& operator=(const SharedLine&) = delete;

    // Fails with what the attempt to connect failed with.
    awaitable<result<std::shared_ptr<Line>>> line(Network& network, Endpoint address, Duration timeout,
                                                  modbus::ClientOptions options);

  private:
    Clock& clock_;
    std::weak_ptr<Line> line_;
    std::shared_ptr<AsyncCondition> attempt_;
    bool dialling_ = false;
    std::uint64_t attempts_ = 0;  // that ended
    error_code last_error_;       // of the last of them
};

// Which addresses of a site are shared, by one transport.
class SharedLines {
  public:
    // Of all endpoints of the site, those whose address stands there more than once.
    SharedLines(Clock& clock, std::span<const Endpoint> addresses);

    // None: the address is one device's own.
    [[nodiscard]] std::shared_ptr<SharedLine> of(const Endpoint& address) const;

  private:
    std::map<Endpoint, std::shared_ptr<SharedLine>> lines_;
};

// The addresses of all plants and devices of a site over one transport.
std::vector<Endpoint> addresses_of(const config::Config& config, config::TransportMode mode);

}  // namespace hil::plant
