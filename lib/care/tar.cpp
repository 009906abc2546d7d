#include "care/tar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace hil::care {
namespace {

constexpr std::size_t block = 512, longest_piece = 256u << 10u;
constexpr std::size_t name_size = 100, size_at = 124, size_size = 12, sum_at = 148, sum_size = 8,
                      magic_at = 257;
using Header = std::array<char, block>;

// Octal, as everybody reads it; what is larger than that in binary (GNU), which tar reads as well.
void put_number(Header& header, std::size_t at, std::size_t size, std::uint64_t value) {
    const auto text = fmt::format("{:0{}o}", value, size - 1);
    if (text.size() < size) {
        std::copy(text.begin(), text.end(), header.begin() + static_cast<std::ptrdiff_t>(at));
        return;
    }
    for (std::size_t i = size; i-- > 1; value >>= 8u)
        header[at + i] = static_cast<char>(value & 0xffu);
    header[at] = static_cast<char>(0x80);
}

std::optional<std::uint64_t> number_at(const Header& header, std::size_t at, std::size_t size) {
    std::uint64_t value = 0;
    if (static_cast<unsigned char>(header[at]) == 0x80) {
        for (std::size_t i = 1; i < size; ++i)
            value = value << 8u | static_cast<unsigned char>(header[at + i]);
        return value;
    }
    std::string_view text(header.data() + at, size);
    text = text.substr(0, text.find_first_of(std::string_view("\0 ", 2)));
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 8);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::uint64_t sum_of(const Header& header) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < block; ++i)
        sum +=
            i >= sum_at && i < sum_at + sum_size ? std::uint64_t{' '} : static_cast<unsigned char>(header[i]);
    return sum;
}

std::uint64_t padding_of(std::uint64_t size) {
    return (block - size % block) % block;
}

}  // namespace

TarWriter::TarWriter(const std::filesystem::path& file) : path_(file), out_(file, std::ios::binary) {
    if (!out_) throw std::system_error(errno, std::generic_category(), path_.string());
}

void TarWriter::put(std::string_view bytes) {
    out_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!out_) throw std::system_error(errno != 0 ? errno : EIO, std::generic_category(), path_.string());
}

void TarWriter::add(const std::string& name, std::uint64_t size, std::int64_t modified,
                    const std::function<std::string()>& more) {
    if (name.size() >= name_size) throw std::runtime_error(name + ": the name is too long for an archive");
    Header header{};
    std::copy(name.begin(), name.end(), header.begin());
    const auto text = [&](std::size_t at, std::string_view what) {
        std::copy(what.begin(), what.end(), header.begin() + static_cast<std::ptrdiff_t>(at));
    };
    text(100, "0000600");
    text(108, "0000000");
    text(116, "0000000");
    put_number(header, size_at, size_size, size);
    put_number(header, 136, 12, static_cast<std::uint64_t>(std::max<std::int64_t>(0, modified)));
    header[156] = '0';
    text(magic_at, std::string_view("ustar\0"
                                    "00",
                                    8));
    text(sum_at, fmt::format("{:06o}", sum_of(header)));
    header[sum_at + 7] = ' ';
    put({header.data(), block});
    for (auto left = size; left > 0;) {
        auto piece = more();
        if (piece.empty()) throw std::runtime_error(name + ": became shorter while it was read");
        if (piece.size() > left) piece.resize(left);
        put(piece);
        left -= piece.size();
    }
    put(std::string(padding_of(size), '\0'));
}

void TarWriter::finish() {
    put(std::string(2 * block, '\0'));
    out_.close();
    if (out_.fail())
        throw std::system_error(errno != 0 ? errno : EIO, std::generic_category(), path_.string());
}

std::optional<TarReader::Entry> TarReader::broken(std::string why) {
    problem_ = std::move(why);
    return std::nullopt;
}

std::optional<TarReader::Entry> TarReader::next() {
    while (left_ > 0)
        if (read().empty()) return broken("it breaks off");
    in_.ignore(static_cast<std::streamsize>(std::exchange(padding_, 0)));
    Header header{};
    in_.read(header.data(), block);
    if (in_.gcount() != block) return broken("it breaks off");
    if (std::ranges::all_of(header, [](char c) { return c == '\0'; })) {
        in_.read(header.data(), block);
        if (in_.gcount() != block || !std::ranges::all_of(header, [](char c) { return c == '\0'; }))
            return broken("it breaks off");
        return std::nullopt;
    }
    const auto size = number_at(header, size_at, size_size), sum = number_at(header, sum_at, sum_size);
    if (!size || !sum || *sum != sum_of(header) || std::string_view(header.data() + magic_at, 5) != "ustar")
        return broken("it is no archive of tar, or is damaged");
    if (header[156] != '0' && header[156] != '\0') return broken("it holds more than plain files");
    left_ = *size;
    padding_ = padding_of(*size);
    const std::string_view name(header.data(), name_size);
    return Entry{std::string(name.substr(0, name.find('\0'))), *size};
}

std::string TarReader::read() {
    std::string out(static_cast<std::size_t>(std::min<std::uint64_t>(left_, longest_piece)), '\0');
    if (out.empty()) return out;
    in_.read(out.data(), static_cast<std::streamsize>(out.size()));
    if (in_.gcount() != static_cast<std::streamsize>(out.size())) {
        problem_ = "it breaks off";
        return {};
    }
    left_ -= out.size();
    return out;
}

}  // namespace hil::care
