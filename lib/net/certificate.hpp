// What a certificate's file says of itself.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <filesystem>
#include <string>

namespace hil::net {

struct CertificateFile {
    std::string problem;  // for people; empty: it can be read, and the key belongs to it
    WallTime until;       // the earliest end of the chain
    std::string subject;
};

// Blocks. `key_file` may be empty: it is not looked at.
CertificateFile read_certificate(const std::filesystem::path& certificate_file,
                                 const std::filesystem::path& key_file);

}  // namespace hil::net
