#include "base/recycled.hpp"

#include <array>
#include <new>

namespace hil {
namespace {

class Blocks {
  public:
    constexpr Blocks() = default;
    Blocks(const Blocks&) = delete;
    Blocks& operator=(const Blocks&) = delete;
    ~Blocks() {
        for (auto& free : free_) {
            while (free.count > 0)
                ::operator delete(free.blocks[--free.count]);
        }
        gone_ = true;
    }

    void* take(std::size_t size) {
        const std::size_t which = (size + step - 1) / step;
        if (which == 0 || which > classes) return ::operator new(size);
        auto& free = free_[which - 1];
        if (free.count > 0) return free.blocks[--free.count];
        return ::operator new(which * step);
    }

    void give(void* block, std::size_t size) noexcept {
        const std::size_t which = (size + step - 1) / step;
        if (which == 0 || which > classes || gone_ || free_[which - 1].count == kept) {
            ::operator delete(block);
            return;
        }
        auto& free = free_[which - 1];
        free.blocks[free.count++] = block;
    }

  private:
    // Blocks of up to 1 KiB, so many of each size.
    static constexpr std::size_t step = 64, classes = 16, kept = 64;

    struct Free {
        std::array<void*, kept> blocks{};
        std::size_t count = 0;
    };
    std::array<Free, classes> free_{};
    bool gone_ = false;  // what is given back as the thread ends is not kept
};

constinit thread_local Blocks blocks_of_thread;

}  // namespace

void* take_block(std::size_t size) {
    return blocks_of_thread.take(size);
}

void give_block(void* block, std::size_t size) noexcept {
    blocks_of_thread.give(block, size);
}

}  // namespace hil
