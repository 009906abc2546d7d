#include "service/descriptor_limit.hpp"

#include <fmt/format.h>

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace hil::service {

std::optional<std::string> raise_descriptor_limit(std::size_t wanted) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return fmt::format("the limit of open files cannot be read: {}",
                           std::generic_category().message(errno));
    }
    if (limit.rlim_cur >= wanted) return std::nullopt;
    const auto before = limit.rlim_cur;
    limit.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max);
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = before;
    if (limit.rlim_cur >= wanted) return std::nullopt;
    return fmt::format(
        "at most {} files and connections can be open, {} are wanted: raise the hard limit (ulimit -Hn, "
        "LimitNOFILE) for many clients",
        limit.rlim_cur, wanted);
}

}  // namespace hil::service
