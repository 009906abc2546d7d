// What must hold for the measurements of a simulated site that go to the market platform, judged from what
// the platform took and from the table of what waits, by code that shares nothing with the outbox.
//
//   outbox   the values of a series arrive in order of their time, a repeat is the same value; what waited in
//            the table reaches the platform at least once, whatever happened to the service, but for two
//            drops that the rules allow: the oldest of all when more wait than may, and a value that the
//            platform denied to have stored twenty times, which stands among those set aside
//   posts    each value is what the registers of the plant held at its time, never an old one; while values
//            wait and the service says that it posts, a platform that serves its other requests is sent some
#pragma once

#include "plant_sim/istentore/platform.hpp"
#include "simulate/invariants/plant.hpp"
#include "store/database.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hil::simulate {

class PostWatch {
  public:
    using Watches = std::vector<std::unique_ptr<PlantInvariants>>;

    PostWatch(const Clock& clock, const config::Config& config, const Watches& watches,
              PlantInvariants::Fail fail);
    PostWatch(const PostWatch&) = delete;
    PostWatch& operator=(const PostWatch&) = delete;

    // Every post that the platform took.
    void taken(const plant_sim::MeasurementPost& post);
    // Every post that it answered well and denied to have stored.
    void denied(const plant_sim::MeasurementPost& post);
    // Every request, and how it was answered; 0: not at all.
    void asked(std::string_view operation, unsigned status);
    // Now and then: whether the service says that it posts.
    void look_at(bool posting);
    // Looks at what waits in the table now: from time to time, and whenever the service was killed.
    void look_at(store::Database& database);
    // At the end: what has waited once was taken, or waits still.
    void judge_end(store::Database& database);

    [[nodiscard]] std::uint64_t values() const { return values_; }
    [[nodiscard]] std::uint64_t repeats() const { return repeats_; }
    [[nodiscard]] std::size_t memory() const;

  private:
    // What a series is: of which plant, which column of its rows, and how its values are posted.
    struct Meaning {
        std::size_t plant = 0, column = 0;
        double factor = 1;
    };
    using Key = std::pair<int, std::int64_t>;  // series and second
    struct Table {
        std::map<Key, std::int64_t> rows;  // their ids
        std::int64_t newest = 0;           // id ever given
        std::set<Key> dead_letter;
    };

    void judge_value(int series, WallTime at, double value);
    [[nodiscard]] Table read(store::Database& database) const;
    [[nodiscard]] bool may_be_gone(const Key& key, std::int64_t id, const Table& table) const;
    void fail(const char* invariant, std::string plant, std::string text);

    const Clock& clock_;
    const config::Config& config_;
    const Watches& watches_;
    PlantInvariants::Fail fail_;
    std::map<int, Meaning> meanings_;
    std::map<int, std::map<std::int64_t, double>> taken_;  // by series and second
    std::map<Key, std::int64_t> waited_;                   // seen in the table, not taken yet; their ids
    std::map<Key, unsigned> denied_;                       // how often
    Instant last_post_{};                                  // tried, whatever came of it
    unsigned served_ = 0;                                  // other requests since
    std::uint64_t values_ = 0, repeats_ = 0;
};

}  // namespace hil::simulate
