// How a block of registers is read from a device that refuses part of it. Pure; no I/O here.
#pragma once

#include "base/time.hpp"
#include "config/config.hpp"

#include <boost/container/small_vector.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace hil::plant {

struct RegisterSpan {
    std::uint16_t address = 0, count = 0;
    config::RegisterType table = config::RegisterType::holding;

    [[nodiscard]] unsigned end() const { return static_cast<unsigned>(address) + count; }
    [[nodiscard]] bool contains(const RegisterSpan& other) const {
        return table == other.table && address <= other.address && other.end() <= end();
    }
    friend bool operator==(const RegisterSpan&, const RegisterSpan&) = default;
};

// What a device has refused to read in one session. A request that contains a refused one would be refused
// too, so only the smallest are kept.
class RefusedSpans {
  public:
    // A refused span is tried again by itself after this long: a device may refuse while it starts.
    static constexpr Duration retry_after = std::chrono::seconds(60);

    [[nodiscard]] bool empty() const { return refused_.empty(); }
    [[nodiscard]] bool refuses(const RegisterSpan& span) const;
    // Whether a part of this span or all of it was refused not long ago.
    [[nodiscard]] bool recently_refused(const RegisterSpan& span, IoInstant now) const;

    void add(const RegisterSpan& span, IoInstant now);
    void answered(const RegisterSpan& span);

  private:
    struct Entry {
        RegisterSpan span;
        IoInstant at;
    };
    std::vector<Entry> refused_;
};

// Walks the points of one block of one table, which are sorted by address: each request takes as many of them
// as nothing known speaks against, and a refused request is halved. A point refused by itself is left out.
// What is learnt stays in the RefusedSpans, so that after a few readings the fewest requests are left.
class BlockReader {
  public:
    struct Piece {
        RegisterSpan span;
        std::size_t first = 0, last = 0;  // which points it holds: [first, last)
    };

    // Precondition: `points` is sorted by address. Both must live as long as the reader.
    BlockReader(std::span<const RegisterSpan> points, RefusedSpans& known) : points_(points), known_(known) {}

    // What to ask for next; none when every point is read or left out. Its maker owes answered() or
    // refused().
    [[nodiscard]] std::optional<Piece> next(IoInstant now);
    void answered();
    void refused(IoInstant now);

  private:
    [[nodiscard]] RegisterSpan span_of(std::size_t first, std::size_t last) const;

    std::span<const RegisterSpan> points_;
    RefusedSpans& known_;
    std::size_t position_ = 0;
    std::optional<std::size_t> limit_;  // a request was refused: not beyond this point
    Piece piece_;
};

}  // namespace hil::plant
