#include "measure/tail.hpp"

#include "measure/errors.hpp"

#include <algorithm>

namespace hil::measure {

result<std::optional<BackwardReader::Line>> BackwardReader::next() {
    constexpr std::uint64_t block_size = 4096;
    constexpr std::uint64_t longest_line = 65536;
    if (end_ == 0) return std::optional<Line>{};
    block_.resize(static_cast<std::size_t>(end_ - start_));
    for (;;) {
        const bool complete = !block_.empty() && block_.back() == '\n';
        const std::string_view within(block_.data(), block_.size() - (complete ? 1 : 0));
        const auto before = within.rfind('\n');
        if (before != std::string_view::npos || (start_ == 0 && !block_.empty())) {
            const auto begin = before == std::string_view::npos ? 0 : before + 1;
            end_ = start_ + begin;
            return std::optional(Line{.offset = end_, .text = within.substr(begin), .complete = complete});
        }
        if (end_ - start_ > longest_line) return errc::not_a_row;
        const auto length = std::min(block_size, start_);
        auto earlier = store_.read(file_, start_ - length, static_cast<std::size_t>(length));
        if (!earlier) return earlier.error();
        if (earlier->size() != length) return errc::not_a_row;  // the file shrank meanwhile
        start_ -= length;
        block_.insert(0, *earlier);
    }
}

}  // namespace hil::measure
