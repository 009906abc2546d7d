#include "net/errors.hpp"

#include <string>

namespace hil::net {
namespace {

class Category final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "http"; }

    std::string message(int value) const override {
        switch (static_cast<errc>(value)) {
            case errc::bad_url:
                return "not an address of the form http(s)://host[:port][/path]";
            case errc::bad_target:
                return "the path or query cannot be decoded";
            case errc::connect_timeout:
                return "no connection in time";
            case errc::timeout:
                return "no whole answer in time";
            case errc::certificate_refused:
                return "the certificate of the peer is not valid for this host, or not trusted";
            case errc::tls_failed:
                return "the TLS handshake failed";
            case errc::malformed:
                return "the peer does not keep to the protocol";
            case errc::body_too_large:
                return "the message is larger than allowed";
            case errc::closed:
                return "the peer closed the connection before the message was whole";
        }
        return "unknown HTTP error " + std::to_string(value);
    }
};

}  // namespace

const boost::system::error_category& category() {
    static const Category instance;
    return instance;
}

}  // namespace hil::net
