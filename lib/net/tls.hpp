// TLS as a ByteStream over a ByteStream, so that nothing above knows whether a connection is encrypted.
#pragma once

#include "base/byte_stream.hpp"
#include "base/clock.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace hil::net {

// Certificates and settings; TLS 1.2 and later.
class TlsContext {
  public:
    // Throws std::invalid_argument, naming the file, when one cannot be used.
    static std::shared_ptr<TlsContext> server(const std::filesystem::path& certificate_file,
                                              const std::filesystem::path& key_file);
    // Trusts the authorities of `ca_file`, or those of the system when it is empty.
    static std::shared_ptr<TlsContext> client(const std::filesystem::path& ca_file);

    virtual ~TlsContext() = default;

    // The handshake, done by `due` (of Clock::io_timers) or errc::timeout. As the client the certificate of
    // the peer must be trusted and be one for `host`, a name or an address: errc::certificate_refused.
    virtual awaitable<result<std::unique_ptr<ByteStream>>> connect(Clock& clock,
                                                                   std::unique_ptr<ByteStream> stream,
                                                                   std::string host, Duration due) = 0;
    virtual awaitable<result<std::unique_ptr<ByteStream>>> accept(Clock& clock,
                                                                  std::unique_ptr<ByteStream> stream,
                                                                  Duration due) = 0;

  protected:
    TlsContext() = default;
    TlsContext(const TlsContext&) = default;
    TlsContext& operator=(const TlsContext&) = default;
};

}  // namespace hil::net
