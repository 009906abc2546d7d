// Which series is posted next, and what becomes of one that fails. Pure: it mirrors how much waits in the
// outbox, is told the time and how attempts end, and waits for nothing.
//
// Each series keeps its own order and its own back-off, so one that fails holds up nobody else. When nobody
// answers, or three series in a row failed though their content was not at fault, the platform as a whole is
// left alone for a while, and the first success ends every wait.
#pragma once

#include "base/backoff.hpp"
#include "market/errors.hpp"

#include <cstddef>
#include <map>
#include <optional>

namespace hil::market {

class PostQueue {
  public:
    struct Rules {
        Duration retry_initial, retry_max;
        std::size_t batch = 200;  // values in one request at most
        // A value that the platform refuses (400, 404, 413, 422 …) is set aside when it was sent by itself so
        // often, and nothing of its series has been taken for so long.
        unsigned refusals = 3;
        Duration timeout = std::chrono::hours(1);
        // A value that was taken and not stored so often, and nothing of its series in between, is set aside.
        unsigned repeats = 20;
    };
    explicit PostQueue(Rules rules)
        : rules_(rules), platform_backoff_(rules.retry_initial, rules.retry_max) {}

    // What the outbox holds: values enqueued, and values gone for whatever reason.
    void added(int series, std::size_t count);
    void removed(int series, std::size_t count);
    void set(int series, std::size_t count);
    [[nodiscard]] std::size_t waiting(int series) const;

    struct Attempt {
        int series = 0;
        std::size_t limit = 1;  // so many of the oldest values
    };
    // The series whose last attempt is longest ago; none when nothing waits, or all that does has to.
    [[nodiscard]] std::optional<Attempt> next(Instant now) const;
    // When next() can answer; none while nothing waits.
    [[nodiscard]] std::optional<Instant> due() const;

    void accepted(int series);
    enum class After {
        retry,        // after retry_at()
        split,        // at once, with fewer values
        dead_letter,  // the oldest value of the attempt goes where refused values are kept
    };
    After failed(int series, std::size_t count, error_code why, Instant now);
    // The refused value has been set aside: its successor begins with a clean slate.
    void dead_letter(int series);
    // Whether the last attempt of any series that still waits has failed.
    [[nodiscard]] bool failing() const;
    // When a series that failed is tried again.
    [[nodiscard]] std::optional<Instant> retry_at(int series) const;

    // Everything may be tried at once: a login was accepted again.
    void wake();

  private:
    struct Series {
        explicit Series(const Rules& rules)
            : limit(rules.batch), backoff(rules.retry_initial, rules.retry_max) {}

        std::size_t waiting = 0;
        std::size_t limit;
        Backoff backoff;
        std::optional<Instant> retry_at;       // none: at once
        std::optional<Instant> refused_since;  // nothing was taken since
        unsigned refusals = 0;                 // of the oldest value by itself
        unsigned repeats = 0;                  // of the oldest value, in whatever company
        bool failed = false;                   // the last attempt
        std::uint64_t turn = 0;                // of its last attempt
    };
    Series& series(int id) { return series_.try_emplace(id, rules_).first->second; }

    Rules rules_;
    std::map<int, Series> series_;
    Backoff platform_backoff_;
    std::optional<Instant> platform_retry_at_;
    unsigned failures_ = 0;  // in a row, of one series after another
    std::optional<int> last_failed_;
    std::uint64_t turns_ = 0;
};

}  // namespace hil::market
