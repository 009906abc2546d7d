#include "net/certificate.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <fmt/format.h>

#include <cstdio>
#include <ctime>
#include <memory>

namespace hil::net {
namespace {

struct Closes {
    void operator()(std::FILE* file) const { std::fclose(file); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using File = std::unique_ptr<std::FILE, Closes>;
using Certificate = std::unique_ptr<X509, Closes>;

CertificateFile wrong(std::string problem) {
    ERR_clear_error();
    return {std::move(problem), {}, {}};
}

}  // namespace

CertificateFile read_certificate(const std::filesystem::path& certificate_file,
                                 const std::filesystem::path& key_file) {
    const File file(std::fopen(certificate_file.c_str(), "r"));
    if (!file) return wrong(fmt::format("{} cannot be read", certificate_file.string()));
    CertificateFile out;
    Certificate first;
    while (Certificate certificate{PEM_read_X509(file.get(), nullptr, nullptr, nullptr)}) {
        std::tm end{};
        if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &end) != 1)
            return wrong(fmt::format("{} has no end that can be read", certificate_file.string()));
        const auto until = WallTime(std::chrono::seconds(::timegm(&end)));
        if (!first || until < out.until) out.until = until;
        if (!first) first = std::move(certificate);
    }
    ERR_clear_error();
    if (!first) return wrong(fmt::format("{} holds no certificate (PEM)", certificate_file.string()));
    char subject[256] = "";
    X509_NAME_oneline(X509_get_subject_name(first.get()), subject, sizeof subject);
    out.subject = subject;
    if (key_file.empty()) return out;
    const File key_of(std::fopen(key_file.c_str(), "r"));
    if (!key_of) return wrong(fmt::format("{} cannot be read", key_file.string()));
    const std::unique_ptr<EVP_PKEY, Closes> key(PEM_read_PrivateKey(key_of.get(), nullptr, nullptr, nullptr));
    if (!key)
        return wrong(fmt::format("{} holds no private key (PEM, without a password)", key_file.string()));
    if (X509_check_private_key(first.get(), key.get()) != 1)
        return wrong(fmt::format("{} is not the key of {}", key_file.string(), certificate_file.string()));
    return out;
}

}  // namespace hil::net
