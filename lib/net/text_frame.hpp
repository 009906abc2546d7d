// A text message as it stands on the wire of a server's WebSocket: one whole frame, which is not masked and
// therefore the same for every client. Made once, sent to all.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace hil::net {

class TextFrame {
  public:
    explicit TextFrame(std::string_view text);

    [[nodiscard]] std::string_view text() const { return std::string_view(wire_).substr(head_); }
    // Head and text.
    [[nodiscard]] std::string_view wire() const { return wire_; }

  private:
    std::string wire_;
    std::size_t head_;
};

using SharedFrame = std::shared_ptr<const TextFrame>;

inline SharedFrame make_frame(std::string_view text) {
    return std::make_shared<const TextFrame>(text);
}

}  // namespace hil::net
