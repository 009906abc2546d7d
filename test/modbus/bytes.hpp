// Bytes as people write them, and a stream of them through a Framer.
#pragma once

#include "modbus/framer.hpp"
#include "modbus/pdu.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace hil::modbus::test {

using Bytes = std::vector<std::uint8_t>;

// "00 01 ff": hexadecimal, blanks ignored.
inline Bytes hex(std::string_view text) {
    Bytes bytes;
    std::string digits;
    for (const char c : text) {
        if (c == ' ') continue;
        digits += c;
        if (digits.size() < 2) continue;
        bytes.push_back(static_cast<std::uint8_t>(std::stoi(digits, nullptr, 16)));
        digits.clear();
    }
    if (!digits.empty()) throw std::invalid_argument("half a byte in: " + std::string(text));
    return bytes;
}

inline std::string to_hex(std::span<const std::uint8_t> bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const auto byte : bytes) {
        if (!text.empty()) text += ' ';
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

inline Bytes operator+(Bytes a, const Bytes& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

template <class Message>
Bytes adu(std::uint16_t transaction, const Message& message) {
    Adu out;
    encode(out, transaction, message);
    return {out.begin(), out.end()};
}

// Puts bytes into anything with space() and received(), as much as fits; returns how many.
template <class Receiver>
std::size_t put(Receiver& receiver, std::span<const std::uint8_t> bytes) {
    const auto space = receiver.space();
    const auto size = std::min(space.size(), bytes.size());
    std::copy_n(bytes.begin(), size, space.begin());
    receiver.received(size);
    return size;
}

struct OwnedFrame {
    std::uint16_t transaction = 0;
    std::uint8_t unit = 0;
    Bytes pdu;

    friend bool operator==(const OwnedFrame&, const OwnedFrame&) = default;
};

struct Framed {
    std::vector<OwnedFrame> frames;
    bool bad = false;
    std::size_t left = 0;

    friend bool operator==(const Framed&, const Framed&) = default;
};

// What a Framer makes of a stream that arrives in these pieces.
inline Framed frame_pieces(const std::vector<std::span<const std::uint8_t>>& pieces) {
    Framer framer;
    Framed out;
    for (auto piece : pieces) {
        do {
            piece = piece.subspan(put(framer, piece));
            Frame frame;
            auto found = framer.next(frame);
            for (; found == Framer::Found::frame; found = framer.next(frame)) {
                out.frames.push_back({frame.transaction, frame.unit, {frame.pdu.begin(), frame.pdu.end()}});
            }
            if (found == Framer::Found::bad_frame) {
                out.bad = true;
                return out;
            }
        } while (!piece.empty());
    }
    out.left = framer.buffered();
    return out;
}

inline Framed frame_whole(std::span<const std::uint8_t> stream) {
    return frame_pieces({stream});
}

inline Framed frame_cut(std::span<const std::uint8_t> stream, std::size_t at) {
    return frame_pieces({stream.first(at), stream.subspan(at)});
}

inline Framed frame_in_chunks(std::span<const std::uint8_t> stream, std::size_t size) {
    std::vector<std::span<const std::uint8_t>> pieces;
    for (; !stream.empty(); stream = stream.subspan(std::min(size, stream.size()))) {
        pieces.push_back(stream.first(std::min(size, stream.size())));
    }
    return frame_pieces(pieces);
}

}  // namespace hil::modbus::test
