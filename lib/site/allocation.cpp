#include "site/allocation.hpp"

#include "site/making.hpp"

namespace hil::site {

std::string_view to_string(Rule rule) {
    switch (rule) {
        case Rule::none:
            return "none";
        case Rule::fuse_l1:
            return "fuse_l1";
        case Rule::fuse_l2:
            return "fuse_l2";
        case Rule::fuse_l3:
            return "fuse_l3";
        case Rule::import_limit:
            return "import_limit";
        case Rule::export_limit:
            return "export_limit";
        case Rule::device_limit:
            return "device_limit";
        case Rule::device_minimum:
            return "device_minimum";
        case Rule::held:
            return "held";
    }
    return "";
}

Allocation Allocator::allocate(const Input& input, const Limits& limits) {
    return Making(input, limits, rows_).run();
}

void Restart::observe(bool paused, bool would_fit, double now_s) {
    if (!paused) {
        held_ = false;
        fits_since_s_.reset();
        return;
    }
    if (!would_fit) {
        held_ = true;
        fits_since_s_.reset();
    } else if (!fits_since_s_) {
        fits_since_s_ = now_s;
    }
    if (fits_since_s_ && now_s - *fits_since_s_ >= after_s) held_ = false;
}

}  // namespace hil::site
