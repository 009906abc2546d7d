// The price files that several tests read.
#pragma once

#include "planfile/value_file.hpp"

#include <zlib.h>

#include <array>
#include <string>

namespace hil::test {

inline Zone madrid() {
    return Zone::find("Europe/Madrid").value();
}

inline planfile::ValueFile prices(const std::string& name) {
    return planfile::load_values(std::string(HIL_TEST_DATA) + "/prices/" + name, madrid());
}

inline planfile::ValueFile se3_prices() {
    const auto path = std::string(HIL_TEST_DATA) + "/prices/SE3_2023_entsoe.csv.gz";
    std::string text;
    gzFile file = gzopen(path.c_str(), "rb");
    if (file == nullptr) throw std::runtime_error(path + " cannot be read");
    std::array<char, 65536> chunk{};
    for (int read = 0; (read = gzread(file, chunk.data(), chunk.size())) > 0;)
        text.append(chunk.data(), static_cast<std::size_t>(read));
    gzclose(file);
    return planfile::parse_values(text, path, madrid());
}

}  // namespace hil::test
