// A network in memory: the same streams as TCP, on the site's clock, with latency, cuts and corruption on
// demand.
#pragma once

#include "base/byte_stream.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <utility>

namespace hil {

// What one direction of a connection does to the bytes written into it. May be changed while bytes flow.
struct StreamConditions {
    Duration latency{};  // from write to arrival, unscaled time; order is kept
    // The connection breaks (reset at both ends) once this many more bytes have passed.
    std::size_t cut_after = static_cast<std::size_t>(-1);
    bool swallow = false;                                  // bytes are taken and never arrive
    std::function<void(std::span<std::byte>)> corrupt{};   // may change bytes on their way
    std::size_t capacity = 1 << 20;                        // bytes under way before a writer has to wait
    std::size_t max_chunk = static_cast<std::size_t>(-1);  // at most so many bytes per read
};

struct MemoryPair {
    std::unique_ptr<ByteStream> first, second;
    std::shared_ptr<StreamConditions> first_to_second, second_to_first;
};
MemoryPair make_memory_pair(Clock& clock, StreamConditions conditions = {});

class MemoryNetwork final : public Network {
  public:
    explicit MemoryNetwork(Clock& clock);
    ~MemoryNetwork() override;

    awaitable<result<std::unique_ptr<ByteStream>>> connect(Endpoint to, Duration timeout) override;
    result<std::unique_ptr<Listener>> listen(const Endpoint& at) override;

    // Asked for every connection: how it is to behave, in both directions.
    struct Dial {
        error_code refuse;  // set: the attempt fails with it
        bool hang = false;  // the attempt never completes: it times out
        Duration delay{};   // of the attempt
        StreamConditions to_server, to_client;
    };
    std::function<Dial(const Endpoint&)> on_dial;
    // Told of every connection made, so that a test can cut it later.
    std::function<void(const Endpoint&, std::shared_ptr<StreamConditions> to_server,
                       std::shared_ptr<StreamConditions> to_client)>
        on_connected;
    // Resets every open connection to this endpoint.
    void reset_connections(const Endpoint& to);

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace hil
