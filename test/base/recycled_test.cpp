#include "base/recycled.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <set>
#include <thread>
#include <vector>

using namespace hil;

TEST_CASE("a block that was given back is used again for what fits into it") {
    void* const first = take_block(100);
    give_block(first, 100);
    void* const second = take_block(128);  // of the same size class
    CHECK(second == first);
    void* const third = take_block(100);
    CHECK(third != second);
    give_block(second, 128);
    give_block(third, 100);
}

TEST_CASE("blocks of any size are whole, in any number, and may be given back on another thread") {
    std::vector<std::pair<unsigned char*, std::size_t>> blocks;
    for (std::size_t round = 0; round < 300; ++round) {
        for (const std::size_t size : {std::size_t{1}, std::size_t{64}, std::size_t{65}, std::size_t{512},
                                       std::size_t{513}, std::size_t{5000}}) {
            auto* block = static_cast<unsigned char*>(take_block(size));
            std::fill_n(block, size, static_cast<unsigned char>(round));
            blocks.emplace_back(block, size);
        }
    }
    std::set<unsigned char*> distinct;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        const auto& [block, size] = blocks[i];
        distinct.insert(block);
        REQUIRE(std::all_of(block, block + size,
                            [&](unsigned char c) { return c == static_cast<unsigned char>(i / 6); }));
    }
    CHECK(distinct.size() == blocks.size());
    std::thread other([&] {
        for (const auto& [block, size] : blocks)
            give_block(block, size);
    });
    other.join();
}
