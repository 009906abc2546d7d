#include "simulate/invariants/memory.hpp"

#include <cstdlib>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace hil::simulate {
namespace {

std::size_t heap_in_use() {
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
    const auto info = ::mallinfo2();
    return info.uordblks + info.hblkhd;
#else
    return 0;
#endif
}

}  // namespace

std::size_t MemoryWatch::growth(std::size_t accounted) {
    const auto used = static_cast<std::ptrdiff_t>(heap_in_use()) - static_cast<std::ptrdiff_t>(accounted);
    if (!first_) first_ = used;
    return used > *first_ ? static_cast<std::size_t>(used - *first_) : 0;
}

}  // namespace hil::simulate
