// Lets parts hear of what another part does, for as long as they hold the guard they were given.
#pragma once

#include <algorithm>
#include <exception>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace hil {

// Ends the subscription when destroyed; may outlive the publisher.
class [[nodiscard]] Subscription {
  public:
    Subscription() = default;
    explicit Subscription(std::shared_ptr<void> listener) : listener_(std::move(listener)) {}
    void end() { listener_.reset(); }

  private:
    std::shared_ptr<void> listener_;
};

// Calls its listeners in the order in which they subscribed. A listener may subscribe others, which hear of
// the next publication, or end any subscription, its own included. One that throws keeps nothing from the
// others: publish() throws on what the first of them threw when all have been called.
template <class... Args>
class Publisher {
  public:
    using Listener = std::function<void(const Args&...)>;

    Publisher() = default;
    Publisher(const Publisher&) = delete;
    Publisher& operator=(const Publisher&) = delete;

    Subscription subscribe(Listener listener) {
        std::erase_if(listeners_, [this](const auto& entry) { return depth_ == 0 && entry.expired(); });
        auto held = std::make_shared<Listener>(std::move(listener));
        listeners_.push_back(held);
        return Subscription(std::move(held));
    }

    void publish(const Args&... args) {
        if (listeners_.empty()) return;
        struct Depth {
            explicit Depth(int& d) : depth(d) { ++depth; }
            ~Depth() { --depth; }
            int& depth;
        };
        std::exception_ptr thrown;
        {
            const Depth guard(depth_);
            const std::size_t count = listeners_.size();
            for (std::size_t i = 0; i < count; ++i) {
                const auto listener = listeners_[i].lock();
                if (!listener) continue;
                try {
                    (*listener)(args...);
                } catch (...) {
                    if (!thrown) thrown = std::current_exception();
                }
            }
        }
        if (depth_ == 0) std::erase_if(listeners_, [](const auto& entry) { return entry.expired(); });
        if (thrown) std::rethrow_exception(thrown);
    }

    [[nodiscard]] std::size_t listeners() const {
        return static_cast<std::size_t>(std::count_if(listeners_.begin(), listeners_.end(),
                                                      [](const auto& entry) { return !entry.expired(); }));
    }

  private:
    std::vector<std::weak_ptr<Listener>> listeners_;
    int depth_ = 0;
};

}  // namespace hil
