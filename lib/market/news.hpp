// What the market has to tell log, events and alerts, without telling it again at every attempt.
#pragma once

#include "market/market.hpp"

#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace hil::market {

class News {
  public:
    explicit News(Market::Hooks hooks) : hooks_(std::move(hooks)) {}

    // Something is wrong from now on, or still is: told to the log when it begins.
    void raise(std::string_view key, const std::string& sentence) {
        const bool begins = active_.emplace(key).second;
        if (begins) notify(sentence, true);
        if (hooks_.on_condition) hooks_.on_condition(key, sentence);
    }
    // It is over.
    void clear(std::string_view key, std::string_view sentence) {
        const auto found = active_.find(key);
        if (found == active_.end()) return;
        active_.erase(found);
        notify(sentence, false);
        if (hooks_.on_condition) hooks_.on_condition(key, {});
    }
    void notify(std::string_view sentence, bool bad) const {
        if (hooks_.on_news) hooks_.on_news(sentence, bad);
    }
    void posting(std::size_t plant, std::string_view outcome, std::size_t count) const {
        if (hooks_.on_posting) hooks_.on_posting(plant, outcome, count);
    }
    [[nodiscard]] bool active(std::string_view key) const { return active_.contains(key); }

  private:
    Market::Hooks hooks_;
    std::set<std::string, std::less<>> active_;
};

}  // namespace hil::market
