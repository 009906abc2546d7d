// What a Modbus TCP client decides, without I/O: transactions go in, bytes to send come out; bytes and time
// go in, transactions that are over come out. The owner does the reading, writing and waiting.
//
// A transaction is owned by who submits it and is linked here until it is over: completed, expired,
// cancelled, or abandoned with the connection. No allocation per transaction.
#pragma once

#include "base/time.hpp"
#include "modbus/framer.hpp"
#include "modbus/output.hpp"
#include "modbus/pdu.hpp"

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace hil::modbus {

struct ClientOptions {
    Duration timeout = std::chrono::seconds(1);  // unscaled, from the write of a request to its whole answer
    std::uint16_t max_in_flight = 1;
    std::uint16_t max_waiting = 64;  // more are refused with errc::queue_full
    std::uint16_t max_consecutive_timeouts = 3;
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

    [[nodiscard]] bool was_sent() const { return was_sent_; }

  private:
    friend class ClientMachine;
    enum class Place : std::uint8_t { outside, waiting, in_flight };
    std::uint16_t id_ = 0;
    Place place_ = Place::outside;
    bool was_sent_ = false;
};

// Times are durations since any fixed origin, never decreasing.
class ClientMachine {
  public:
    explicit ClientMachine(const ClientOptions& options) : options_(options) {}
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

    // Why the connection has to be closed: errc::bad_frame, errc::timeout after too many of them, or what
    // end() was given. Then nothing is sent any more and next_abandoned() hands out what was under way.
    [[nodiscard]] error_code over() const { return over_; }
    void end(error_code why);
    // The next transaction that ended with the connection, with errc::disconnected.
    Transaction* next_abandoned(Duration now);

    [[nodiscard]] std::size_t in_flight() const { return in_flight_.size(); }
    [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
    [[nodiscard]] bool idle() const { return in_flight_.empty() && waiting_.empty(); }
    // How long the oldest request in flight has been under way; zero when there is none.
    [[nodiscard]] Duration oldest_age(Duration now) const;
    [[nodiscard]] const ClientStatistics& statistics() const { return statistics_; }

  private:
    using List = boost::intrusive::list<Transaction>;
    void send(Transaction& transaction, Duration now);
    void send_waiting(Duration now);
    Transaction* finish(Transaction& transaction, Duration now, error_code outcome);
    List::iterator find(std::uint16_t id);

    ClientOptions options_;
    Framer framer_;
    Output output_;
    List in_flight_;  // in the order of sending, so of deadlines
    List waiting_;
    std::uint16_t last_id_ = 0;
    std::uint32_t consecutive_timeouts_ = 0;
    error_code over_;
    ClientStatistics statistics_;
};

}  // namespace hil::modbus
