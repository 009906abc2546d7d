#include "net/text_frame.hpp"

#include <cstdint>

namespace hil::net {
namespace {

// RFC 6455, 5.2: the last frame of its message, text; the length in 7, 16 or 64 bits, the shortest that
// holds.
std::string head_for(std::uint64_t length) {
    constexpr unsigned last_text = 0x81, two_bytes = 126, eight_bytes = 127;
    std::string head(1, static_cast<char>(last_text));
    const auto append = [&](unsigned marker, unsigned bits) {
        head.push_back(static_cast<char>(marker));
        while (bits > 0) {
            bits -= 8;
            head.push_back(static_cast<char>((length >> bits) & 0xFFu));
        }
    };
    if (length < two_bytes) {
        append(static_cast<unsigned>(length), 0);
    } else if (length <= 0xFFFFu) {
        append(two_bytes, 16);
    } else {
        append(eight_bytes, 64);
    }
    return head;
}

}  // namespace

TextFrame::TextFrame(std::string_view text) : wire_(head_for(text.size())), head_(wire_.size()) {
    wire_.reserve(head_ + text.size());
    wire_ += text;
}

}  // namespace hil::net
