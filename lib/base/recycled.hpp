// Memory for what comes and goes with every wait: small blocks that are kept when they are given back, and
// used again. Asio keeps such blocks only while one call of its event loop lasts, which under a virtual clock
// is one instant.
#pragma once

#include <cstddef>

namespace hil {

// Of the calling thread; a block may be given back on another one.
void* take_block(std::size_t size);
void give_block(void* block, std::size_t size) noexcept;

template <class T>
class Recycled {
  public:
    using value_type = T;

    Recycled() = default;
    template <class U>
    Recycled(const Recycled<U>& /*other*/) noexcept {}  // NOLINT: allocators convert

    T* allocate(std::size_t count) {
        static_assert(alignof(T) <= alignof(std::max_align_t));
        return static_cast<T*>(take_block(count * sizeof(T)));
    }
    void deallocate(T* block, std::size_t count) noexcept { give_block(block, count * sizeof(T)); }

    template <class U>
    bool operator==(const Recycled<U>& /*other*/) const noexcept {
        return true;
    }
};

// A function object for asio::post() whose memory is kept. Unlike with bind_allocator() nobody looks for an
// executor of its own, which would count as work while it waits.
template <class Function>
struct Kept {
    using allocator_type = Recycled<std::byte>;
    [[nodiscard]] allocator_type get_allocator() const noexcept { return {}; }
    void operator()() { function(); }

    Function function;
};
template <class Function>
Kept(Function) -> Kept<Function>;

}  // namespace hil
