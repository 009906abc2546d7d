#include "market/password_file.hpp"

#include <boost/system/errc.hpp>

#include <cerrno>
#include <fstream>

namespace hil::market {

result<std::string> read_password_file(const std::filesystem::path& file) {
    constexpr std::size_t longest = 1000;
    errno = 0;
    std::ifstream in(file, std::ios::binary);
    if (!in) return error_code{errno != 0 ? errno : ENOENT, boost::system::system_category()};
    std::string line;
    for (char c = 0; in.get(c) && c != '\n' && line.size() <= longest;)
        line += c;
    if (in.bad()) return error_code{EIO, boost::system::system_category()};
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty() || line.size() > longest)
        return boost::system::errc::make_error_code(boost::system::errc::invalid_argument);
    return line;
}

}  // namespace hil::market
