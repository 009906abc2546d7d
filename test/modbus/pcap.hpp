// Reads a capture file (libpcap, Ethernet, IPv4) into what each TCP direction carried, in order.
#pragma once

#include "test/modbus/bytes.hpp"

#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

namespace hil::modbus::test {

struct Flow {
    std::uint32_t from_host = 0, to_host = 0;
    std::uint16_t from_port = 0, to_port = 0;

    friend auto operator<=>(const Flow&, const Flow&) = default;
    [[nodiscard]] Flow reverse() const { return {to_host, from_host, to_port, from_port}; }
};

struct Capture {
    std::map<Flow, Bytes> flows;  // payload of each direction
    std::size_t packets = 0;
    std::size_t gaps = 0;  // places where bytes are missing: none in a good capture
};

class CaptureReader {
  public:
    static Capture read(const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        if (!file) throw std::runtime_error("cannot open " + path);
        CaptureReader reader;
        reader.bytes_.assign(std::istreambuf_iterator<char>(file), {});
        reader.read_all();
        return std::move(reader.capture_);
    }

  private:
    // The file has the byte order of the machine that wrote it, which was little-endian.
    [[nodiscard]] std::uint32_t little32(std::size_t at) const {
        return bytes_.at(at) | static_cast<std::uint32_t>(bytes_.at(at + 1)) << 8 |
               static_cast<std::uint32_t>(bytes_.at(at + 2)) << 16 |
               static_cast<std::uint32_t>(bytes_.at(at + 3)) << 24;
    }
    [[nodiscard]] std::uint16_t big16(std::size_t at) const {
        return static_cast<std::uint16_t>(bytes_.at(at) << 8 | bytes_.at(at + 1));
    }
    [[nodiscard]] std::uint32_t big32(std::size_t at) const {
        return static_cast<std::uint32_t>(big16(at)) << 16 | big16(at + 2);
    }

    void read_all() {
        constexpr std::size_t file_header = 24, record_header = 16;
        constexpr std::uint32_t magic = 0xA1B2C3D4, ethernet = 1;
        if (little32(0) != magic || little32(20) != ethernet) throw std::runtime_error("not such a capture");
        for (std::size_t at = file_header; at < bytes_.size();) {
            const auto size = little32(at + 8);
            if (size != little32(at + 12)) throw std::runtime_error("a packet was cut short");
            read_packet(at + record_header);
            at += record_header + size;
            ++capture_.packets;
        }
    }

    void read_packet(std::size_t at) {
        constexpr std::size_t ethernet_header = 14;
        constexpr std::uint16_t ipv4 = 0x0800;
        constexpr std::uint8_t tcp = 6, syn = 2;
        if (big16(at + 12) != ipv4) return;
        const auto ip = at + ethernet_header;
        if (bytes_.at(ip + 9) != tcp) return;
        const auto segment = ip + 4u * (bytes_.at(ip) & 15u);
        const auto payload = segment + 4u * (bytes_.at(segment + 12) >> 4);
        const auto end = ip + big16(ip + 2);
        const Flow flow{big32(ip + 12), big32(ip + 16), big16(segment), big16(segment + 2)};
        const auto sequence = big32(segment + 4);
        if ((bytes_.at(segment + 13) & syn) != 0) {
            expected_[flow] = sequence + 1;
            return;
        }
        if (payload >= end) return;
        const auto [expected, fresh] = expected_.try_emplace(flow, sequence);
        if (sequence != expected->second) {
            if (sequence - expected->second < 1u << 31) ++capture_.gaps;
            return;  // sent again
        }
        auto& out = capture_.flows[flow];
        for (auto i = payload; i < end; ++i)
            out.push_back(bytes_.at(i));
        expected->second += static_cast<std::uint32_t>(end - payload);
    }

    Bytes bytes_;
    std::map<Flow, std::uint32_t> expected_;  // the next sequence number
    Capture capture_;
};

}  // namespace hil::modbus::test
