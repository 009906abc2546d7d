#include "test/net/certificates.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <unistd.h>

#include <cstdio>
#include <stdexcept>

namespace hil::net::test {
namespace {

template <class T, void (*release)(T*)>
struct Releaser {
    void operator()(T* object) const { release(object); }
};
using Key = std::unique_ptr<EVP_PKEY, Releaser<EVP_PKEY, EVP_PKEY_free>>;
using Cert = std::unique_ptr<X509, Releaser<X509, X509_free>>;

void require(bool done, const char* what) {
    if (!done) throw std::runtime_error(std::string("OpenSSL: ") + what);
}

struct Pair {
    Key key;
    Cert certificate;
};

void extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    require(extension != nullptr, value.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

std::string alternative_names(const CertificateWish& wish) {
    std::string out;
    for (const auto& name : wish.dns)
        out += (out.empty() ? "DNS:" : ",DNS:") + name;
    for (const auto& address : wish.addresses)
        out += (out.empty() ? "IP:" : ",IP:") + address;
    return out;
}

// Signed by `issuer`, or by itself without one.
Pair make(const std::string& name, const CertificateWish& wish, const Pair* issuer, bool authority,
          long serial) {
    constexpr long day = 24 * 3600;
    Pair out;
    out.key.reset(EVP_EC_gen("P-256"));
    out.certificate.reset(X509_new());
    X509* c = out.certificate.get();
    require(out.key && c != nullptr, "no key");
    X509_set_version(c, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(c), serial);
    X509_gmtime_adj(X509_getm_notBefore(c), wish.from_days * day);
    X509_gmtime_adj(X509_getm_notAfter(c), wish.to_days * day);
    X509_set_pubkey(c, out.key.get());
    X509_NAME* subject = X509_get_subject_name(c);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509* signer = issuer != nullptr ? issuer->certificate.get() : c;
    X509_set_issuer_name(c, X509_get_subject_name(signer));
    extend(c, signer, NID_basic_constraints, authority ? "critical,CA:TRUE" : "CA:FALSE");
    if (!authority) extend(c, signer, NID_subject_alt_name, alternative_names(wish));
    EVP_PKEY* key = issuer != nullptr ? issuer->key.get() : out.key.get();
    require(X509_sign(c, key, EVP_sha256()) > 0, "cannot sign");
    return out;
}

std::FILE* opened(const std::filesystem::path& file) {
    std::FILE* out = std::fopen(file.c_str(), "w");
    require(out != nullptr, file.c_str());
    return out;
}

Certificate write(const Pair& pair, const std::filesystem::path& stem) {
    Certificate out{stem.string() + ".crt", stem.string() + ".key"};
    std::FILE* certificate = opened(out.certificate_file);
    PEM_write_X509(certificate, pair.certificate.get());
    std::fclose(certificate);
    std::FILE* key = opened(out.key_file);
    PEM_write_PrivateKey(key, pair.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(key);
    return out;
}

}  // namespace

struct Authority::State {
    std::filesystem::path directory;
    Pair root;
    Certificate files;
    long next = 2;

    std::filesystem::path stem() { return directory / ("issued" + std::to_string(next++)); }
};

Authority::Authority() : state_(std::make_unique<State>()) {
    std::string pattern = std::filesystem::temp_directory_path() / "hil-certificates-XXXXXX";
    require(mkdtemp(pattern.data()) != nullptr, "no temporary directory");
    state_->directory = pattern;
    state_->root = make("Test authority", {}, nullptr, true, 1);
    state_->files = write(state_->root, state_->directory / "authority");
}

Authority::~Authority() {
    std::error_code ignored;
    std::filesystem::remove_all(state_->directory, ignored);
}

std::filesystem::path Authority::ca_file() const {
    return state_->files.certificate_file;
}

const std::filesystem::path& Authority::directory() const {
    return state_->directory;
}

Certificate Authority::issue(const CertificateWish& wish) {
    const auto serial = state_->next;
    return write(make("Test server", wish, &state_->root, false, serial), state_->stem());
}

Certificate Authority::self_signed(const CertificateWish& wish) {
    const auto serial = state_->next;
    return write(make("Test server", wish, nullptr, false, serial), state_->stem());
}

}  // namespace hil::net::test
