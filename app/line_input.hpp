// Standard input, a line at a time, without holding anything else up.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <memory>
#include <optional>
#include <string>

namespace hil::app {

class LineInput {
  public:
    static constexpr std::size_t longest_line = 1000;  // bytes

    // Standard input under a description of its own, so that what is set here concerns nobody who shares the
    // terminal. Fails with the system's error where there is none.
    static result<std::unique_ptr<LineInput>> standard_input(asio::io_context& context);

    // The next line without its end; none once there is no more, or a line is too long. Only one at a time.
    awaitable<std::optional<std::string>> next();

  private:
    explicit LineInput(asio::posix::stream_descriptor descriptor) : descriptor_(std::move(descriptor)) {}

    asio::posix::stream_descriptor descriptor_;
    std::string read_;  // more than the last line
};

}  // namespace hil::app
