// The least a Modbus pair can do on this machine: plain epoll, fixed messages, no checks. The limit others
// are measured against.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

namespace hil::bench {

inline constexpr std::uint16_t registers = 10;
inline constexpr std::size_t request_size = 12, answer_size = 9 + 2 * registers;

inline void require(bool good, const char* what) {
    if (!good) throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

inline void no_delay(int fd) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

inline int listen_on_loopback(std::uint16_t& port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    require(::bind(fd, generic, size) == 0 && ::listen(fd, 128) == 0, "listen");
    require(::getsockname(fd, generic, &size) == 0, "getsockname");
    port = ntohs(address.sin_port);
    return fd;
}

inline int connect_to(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    require(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0, "connect");
    no_delay(fd);
    return fd;
}

inline std::array<std::uint8_t, request_size> read_request(std::uint16_t id) {
    return {static_cast<std::uint8_t>(id >> 8),
            static_cast<std::uint8_t>(id),
            0,
            0,
            0,
            6,
            1,
            3,
            0,
            0,
            0,
            registers};
}

// Answers every request of request_size bytes with the same registers, until killed.
[[noreturn]] inline void raw_server(int listener) {
    const int poll = ::epoll_create1(0);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = listener;
    ::epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
    std::array<epoll_event, 128> events;
    std::array<std::uint8_t, 4096> in;
    std::vector<std::uint8_t> out;
    for (;;) {
        const int count = ::epoll_wait(poll, events.data(), static_cast<int>(events.size()), -1);
        for (int i = 0; i < count; ++i) {
            const int fd = events[static_cast<std::size_t>(i)].data.fd;
            if (fd == listener) {
                event.data.fd = ::accept(listener, nullptr, nullptr);
                no_delay(event.data.fd);
                ::epoll_ctl(poll, EPOLL_CTL_ADD, event.data.fd, &event);
                continue;
            }
            const auto size = ::recv(fd, in.data(), in.size(), 0);
            if (size <= 0) {
                ::close(fd);
                continue;
            }
            out.clear();
            for (std::size_t at = 0; at + request_size <= static_cast<std::size_t>(size);
                 at += request_size) {
                out.insert(out.end(),
                           {in[at], in[at + 1], 0, 0, 0, 3 + 2 * registers, in[at + 6], 3, 2 * registers});
                out.resize(out.size() + 2 * registers, 7);
            }
            if (::send(fd, out.data(), out.size(), MSG_NOSIGNAL) < 0) ::close(fd);
        }
    }
}

using Nanoseconds = std::chrono::nanoseconds;

struct Measured {
    std::uint64_t requests = 0;
    Nanoseconds duration{};
    std::vector<std::uint32_t> latencies;  // ns
};

inline std::chrono::steady_clock::time_point now() {
    return std::chrono::steady_clock::now();
}

// Keeps one request under way on each of so many connections.
inline Measured raw_client(std::uint16_t port, std::size_t connections, Nanoseconds length) {
    const int poll = ::epoll_create1(0);
    struct Connection {
        int fd;
        std::size_t got;
        std::chrono::steady_clock::time_point sent;
    };
    std::vector<Connection> all;
    const auto request = read_request(1);
    for (std::size_t i = 0; i < connections; ++i) {
        all.push_back({connect_to(port), 0, now()});
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = i;
        ::epoll_ctl(poll, EPOLL_CTL_ADD, all.back().fd, &event);
    }
    const auto begin = now();
    Measured out;
    out.latencies.reserve(4'000'000);
    for (auto& c : all) {
        c.sent = now();
        require(::send(c.fd, request.data(), request.size(), MSG_NOSIGNAL) > 0, "send");
    }
    std::array<epoll_event, 128> events;
    std::array<std::uint8_t, 4096> in;
    for (;;) {
        const int count = ::epoll_wait(poll, events.data(), static_cast<int>(events.size()), 5000);
        require(count > 0, "no answer from the server");
        for (int i = 0; i < count; ++i) {
            auto& c = all[events[static_cast<std::size_t>(i)].data.u64];
            const auto size = ::recv(c.fd, in.data(), in.size(), 0);
            require(size > 0, "recv");
            c.got += static_cast<std::size_t>(size);
            if (c.got < answer_size) continue;
            c.got = 0;
            const auto time = now();
            out.latencies.push_back(static_cast<std::uint32_t>((time - c.sent).count()));
            c.sent = time;
            require(::send(c.fd, request.data(), request.size(), MSG_NOSIGNAL) > 0, "send");
        }
        out.duration = now() - begin;
        if (out.duration >= length) break;
    }
    out.requests = out.latencies.size();
    for (auto& c : all)
        ::close(c.fd);
    ::close(poll);
    return out;
}

}  // namespace hil::bench
