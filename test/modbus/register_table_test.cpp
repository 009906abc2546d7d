#include "modbus/register_table.hpp"

#include "support/catch.hpp"

#include <array>
#include <numeric>
#include <vector>

using hil::modbus::RegisterTable;

TEST_CASE("registers nobody wrote to are zero, and stay so beside those that were written") {
    RegisterTable table(65536);
    const auto& seen = table;
    CHECK(table.size() == 65536);
    CHECK(seen[0] == 0);
    CHECK(seen[65535] == 0);
    table[4711] = 7;
    CHECK(seen[4711] == 7);
    CHECK(seen[4710] == 0);
    CHECK(seen[65535] == 0);
}

TEST_CASE("what is written across pages is read across pages") {
    RegisterTable table(5000);
    std::vector<std::uint16_t> words(3000);
    std::iota(words.begin(), words.end(), std::uint16_t{1});
    table.write(1000, words);
    std::vector<std::uint16_t> read(5000, 9);
    table.read(0, read);
    for (std::size_t i = 0; i < read.size(); ++i) {
        const auto expected = i >= 1000 && i < 4000 ? words[i - 1000] : 0;
        if (read[i] != expected) FAIL("register " << i);
    }
}

TEST_CASE("tables are equal that hold the same, whatever was written on the way") {
    RegisterTable a(3000), b(3000);
    CHECK(a == b);
    a[2500] = 1;
    CHECK_FALSE(a == b);
    a[2500] = 0;
    CHECK(a == b);
    CHECK_FALSE(a == RegisterTable(2999));
    CHECK(RegisterTable{1, 2} == RegisterTable{1, 2});
}

TEST_CASE("a table that is cut and grows again is zero where it was cut") {
    RegisterTable table(2000);
    table[10] = 1;
    table[1500] = 2;
    table.resize(11);
    CHECK(table[10] == 1);
    table.resize(2000);
    CHECK(table == [] {
        RegisterTable expected(2000);
        expected[10] = 1;
        return expected;
    }());
    table.resize(10);
    table.resize(11);
    CHECK(table[10] == 0);
}
