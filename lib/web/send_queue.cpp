#include "web/send_queue.hpp"

#include <algorithm>

namespace hil::web {

template <class Unwanted>
void SendQueue::drop(Unwanted unwanted) {
    const auto gone = [&](const Item& item) {
        if (!unwanted(item)) return false;
        bytes_ -= item.text->wire().size();
        ++dropped_;
        return true;
    };
    queue_.erase(std::remove_if(queue_.begin(), queue_.end(), gone), queue_.end());
}

void SendQueue::want_snapshot() {
    snapshot_due_ = true;
    drop([](const Item& item) { return item.kind != MessageKind::command; });
}

bool SendQueue::push(MessageKind kind, Text text, std::string_view about) {
    // The snapshot that is due will say what these say.
    if (snapshot_due_ &&
        (kind == MessageKind::snapshot || kind == MessageKind::patch || kind == MessageKind::sample))
        return true;
    if (kind == MessageKind::command && commands() >= limits_.commands) {
        drop([&](const Item& item) { return item.kind == MessageKind::command && item.about == about; });
        if (commands() >= limits_.commands) return false;
    }
    bytes_ += text->wire().size();
    queue_.push_back({kind, std::move(text), std::string(about)});
    if (too_much()) drop([](const Item& item) { return item.kind == MessageKind::sample; });
    if (too_much()) want_snapshot();
    return true;
}

std::size_t SendQueue::commands() const {
    return static_cast<std::size_t>(std::count_if(
        queue_.begin(), queue_.end(), [](const Item& item) { return item.kind == MessageKind::command; }));
}

Text SendQueue::pop() {
    if (queue_.empty()) return nullptr;
    auto text = std::move(queue_.front().text);
    bytes_ -= text->wire().size();
    queue_.pop_front();
    return text;
}

}  // namespace hil::web
