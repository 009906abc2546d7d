// Certificates for tests, made when they are needed and thrown away with their directory.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace hil::net::test {

struct Certificate {
    std::filesystem::path certificate_file, key_file;  // PEM
};

struct CertificateWish {
    std::vector<std::string> dns = {"localhost"};
    std::vector<std::string> addresses = {"127.0.0.1"};
    int from_days = -1, to_days = 2;  // validity, counted from now
};

class Authority {
  public:
    Authority();
    Authority(const Authority&) = delete;
    Authority& operator=(const Authority&) = delete;
    ~Authority();  // removes its files

    [[nodiscard]] std::filesystem::path ca_file() const;
    [[nodiscard]] const std::filesystem::path& directory() const;
    Certificate issue(const CertificateWish& wish = {});
    // Signed by its own key, not by this authority.
    Certificate self_signed(const CertificateWish& wish = {});

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace hil::net::test
