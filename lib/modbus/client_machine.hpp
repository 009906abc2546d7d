// What a Modbus TCP client decides, without I/O: transactions go in, bytes to send come out; bytes and time
// go in, transactions that are over come out. The owner does the reading, writing and waiting.
//
// A transaction is owned by who submits it and is linked here until it is over: completed, expired,
// cancelled, or abandoned with the connection. No allocation per transaction.
#pragma once

#include "base/time.hpp"
#include "modbus/framer.hpp"
#include "modbus/output.hpp"
#include "modbus/pacing.hpp"
#include "modbus/pdu.hpp"

#include <boost/intrusive/list.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace hil::modbus {

struct ClientOptions {
    Duration timeout = std::chrono::seconds(1);  // unscaled, from the write of a request to its whole answer
    std::uint16_t max_in_flight = 1;
    std::uint16_t max_waiting = 64;  // more are refused with errc::queue_full
    std::uint16_t max_consecutive_timeouts = 3;
    Duration connect_delay{};  // unscaled, from the connection to the first request
    // Unscaled, from what was last heard or given up to the next request; above 0 one request at a time.
    Duration min_pause{};
};

// What an answer says of itself that its request did not.
struct Mismatch {
    enum class Of : std::uint8_t { unit, transaction };
    Of of = Of::unit;
    std::uint16_t asked = 0, got = 0;

    friend bool operator==(const Mismatch&, const Mismatch&) = default;
};

struct ClientStatistics {
    std::uint64_t requests = 0;  // sent
    std::uint64_t answers = 0;   // that fit their request, exceptions included
    std::uint64_t exceptions = 0;
    std::uint64_t timeouts = 0;
    std::uint64_t late_answers = 0;     // to no request under way: discarded
    std::uint64_t protocol_errors = 0;  // answers that do not fit, and bytes that are no frame
};

// One request and what became of it.
class Transaction : public boost::intrusive::list_base_hook<> {
  public:
    Request request;
    Response response;   // valid when over without error
    error_code outcome;  // an exception answer is its errc
    Duration sent{};     // when the request was handed out to be sent
    Duration ended{};    // when it was over
    // Of an answer from another unit; of a request that timed out while an answer came that belongs to no
    // request ever given up.
    std::optional<Mismatch> mismatch;
    bool overtaken = false;  // it timed out, though another request was answered since it was sent

    [[nodiscard]] bool was_sent() const { return was_sent_; }

  private:
    friend class ClientMachine;
    enum class Place : std::uint8_t { outside, waiting, in_flight };
    std::uint16_t id_ = 0;
    std::uint64_t heard_before_ = 0;
    Place place_ = Place::outside;
    bool was_sent_ = false;
};

// Times are durations since any fixed origin, never decreasing.
class ClientMachine {
  public:
    explicit ClientMachine(const ClientOptions& options, Duration connected_at = {})
        : options_(options), pacing_(connected_at, options.connect_delay, options.min_pause) {}
    ClientMachine(const ClientMachine&) = delete;
    ClientMachine& operator=(const ClientMachine&) = delete;
    ~ClientMachine();

    // Sends the request now or when its turn comes. On error the transaction is not taken:
    // errc::illegal_data_value or errc::illegal_function for one that may not be sent, errc::queue_full,
    // errc::disconnected once the connection is over. Precondition: not linked already.
    result<void> submit(Transaction& transaction, Duration now);
    // The owner no longer wants it. Its place is free at once, its answer will be discarded.
    void cancel(Transaction& transaction, Duration now);

    // Bytes to send, and room for bytes that came.
    [[nodiscard]] Output& output() { return output_; }
    std::span<std::uint8_t> space() { return framer_.space(); }
    void received(std::size_t size) { framer_.received(size); }

    // The next transaction that the received bytes completed, no longer linked; nullptr when they hold no
    // further whole answer, or when the connection is over. Call until nullptr.
    Transaction* next_completed(Duration now);
    // The next transaction whose deadline is at or before `now`. Call until nullptr.
    Transaction* next_expired(Duration now);
    // When next_expired() is to be called; none while nothing is in flight.
    [[nodiscard]] std::optional<Duration> next_deadline() const;
    // When release() is to be called; none while no request is held back by a pause.
    [[nodiscard]] std::optional<Duration> paused_until() const;
    // How long the device asks for no request from now on.
    [[nodiscard]] Duration pause_left(Duration now) const {
        return std::max(pacing_.earliest() - now, Duration::zero());
    }
    // Sends what a pause has held back.
    void release(Duration now) { send_waiting(now); }

    // Why the connection has to be closed: errc::bad_frame, errc::timeout after too many in a row of requests
    // that nothing was heard since, or what end() was given. Then nothing is sent any more and
    // next_abandoned() hands out what was under way.
    [[nodiscard]] error_code over() const { return over_; }
    void end(error_code why);
    // The next transaction that ended with the connection, with errc::disconnected.
    Transaction* next_abandoned(Duration now);

    [[nodiscard]] std::size_t in_flight() const { return in_flight_.size(); }
    [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
    [[nodiscard]] bool idle() const { return in_flight_.empty() && waiting_.empty(); }
    void set_max_consecutive_timeouts(std::uint16_t limit) { options_.max_consecutive_timeouts = limit; }
    // How long the oldest request in flight has been under way; zero when there is none.
    [[nodiscard]] Duration oldest_age(Duration now) const;
    [[nodiscard]] const ClientStatistics& statistics() const { return statistics_; }

  private:
    using List = boost::intrusive::list<Transaction>;
    void send(Transaction& transaction, Duration now);
    void send_waiting(Duration now);
    [[nodiscard]] bool has_room() const;
    void unlink(Transaction& transaction, Duration now);
    void give_up(std::uint16_t id);
    [[nodiscard]] bool was_given_up(std::uint16_t id) const;
    Transaction* finish(Transaction& transaction, Duration now, error_code outcome);
    List::iterator find(std::uint16_t id);

    static constexpr std::size_t remembered_ids = 16;

    ClientOptions options_;
    Pacing pacing_;
    Framer framer_;
    Output output_;
    List in_flight_;  // in the order of sending, so of deadlines
    List waiting_;
    std::uint16_t last_id_ = 0;
    std::uint32_t consecutive_timeouts_ = 0;
    std::uint64_t heard_ = 0;                                              // answers to requests under way
    std::array<std::optional<std::uint16_t>, remembered_ids> given_up_{};  // the latest ids, in a ring
    std::size_t next_given_up_ = 0;
    error_code over_;
    ClientStatistics statistics_;
};

}  // namespace hil::modbus
