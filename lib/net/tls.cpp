#include "net/tls.hpp"

#include "base/async_event.hpp"
#include "net/errors.hpp"
#include "net/stream_adapter.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include <openssl/x509v3.h>

#include <fmt/format.h>

#include <optional>
#include <stdexcept>

namespace hil::net {
namespace {

namespace ssl = asio::ssl;

// The stream and who waits for it. Lives until its operations have completed.
struct Core : std::enable_shared_from_this<Core> {
    Core(Clock& c, std::unique_ptr<ByteStream> below, ssl::context& context)
        : clock(c), peer(below->peer()), stream(StreamAdapter(std::move(below)), context), shaken(c) {}

    template <std::optional<IoHandler> Core::* waiting>
    struct Completion {
        using cancellation_slot_type = asio::cancellation_slot;
        cancellation_slot_type get_cancellation_slot() const noexcept {
            return asio::get_associated_cancellation_slot(*((*core).*waiting));
        }
        void operator()(const error_code& error, std::size_t size) const {
            auto& place = (*core).*waiting;
            IoHandler handler(std::move(*place));
            place.reset();
            std::move(handler)(error, size);
        }
        std::shared_ptr<Core> core;
    };

    void read(asio::mutable_buffer buffer, IoHandler handler) {
        reader.emplace(std::move(handler));
        stream.async_read_some(buffer, Completion<&Core::reader>{shared_from_this()});
    }
    void write(asio::const_buffer buffer, IoHandler handler) {
        writer.emplace(std::move(handler));
        asio::async_write(stream, buffer, Completion<&Core::writer>{shared_from_this()});
    }
    void handshake(ssl::stream_base::handshake_type side) {
        stream.async_handshake(side, [self = shared_from_this()](error_code error) {
            self->handshake_error = error;
            self->over = true;
            self->shaken.notify();
        });
    }

    Clock& clock;
    std::string peer;
    ssl::stream<StreamAdapter> stream;
    AsyncEvent shaken;
    error_code handshake_error;
    bool over = false;
    std::optional<IoHandler> reader, writer;
};

class TlsStream final : public ByteStream {
  public:
    explicit TlsStream(std::shared_ptr<Core> core) : core_(std::move(core)) {}
    TlsStream(const TlsStream&) = delete;
    TlsStream& operator=(const TlsStream&) = delete;
    ~TlsStream() override { TlsStream::close(); }

    void async_read_some(asio::mutable_buffer buffer, IoHandler handler) override {
        core_->read(buffer, std::move(handler));
    }
    void async_write(asio::const_buffer buffer, IoHandler handler) override {
        core_->write(buffer, std::move(handler));
    }
    // A record is whole or it is nothing: whether one is there cannot be told without waiting for its end.
    result<std::size_t> try_read_some(asio::mutable_buffer) override { return asio::error::would_block; }
    result<std::size_t> try_write_some(asio::const_buffer) override { return asio::error::would_block; }

    void close() noexcept override { core_->stream.next_layer().close(); }
    bool is_open() const noexcept override { return core_->stream.next_layer().is_open(); }
    asio::any_io_executor get_executor() override { return core_->stream.get_executor(); }
    std::string peer() const override { return core_->peer; }

  private:
    std::shared_ptr<Core> core_;
};

// What OpenSSL itself says of a chain that does not hold is only one of the errors it leaves behind; the
// verdict is kept apart. Never set where no certificate is looked at.
bool certificate_refused(SSL* session) {
    return SSL_get_verify_result(session) != X509_V_OK;
}

class Context final : public TlsContext {
  public:
    explicit Context(bool server) : context_(server ? ssl::context::tls_server : ssl::context::tls_client) {
        SSL_CTX_set_min_proto_version(context_.native_handle(), TLS1_2_VERSION);
    }

    void identify(const std::filesystem::path& certificate, const std::filesystem::path& key) {
        error_code error;
        context_.use_certificate_chain_file(certificate.string(), error);
        if (error) refuse("certificate", certificate, error);
        // Also refused when it does not belong to the certificate.
        context_.use_private_key_file(key.string(), ssl::context::pem, error);
        if (error) refuse("key", key, error);
    }

    void trust(const std::filesystem::path& ca_file) {
        error_code error;
        if (ca_file.empty()) {
            context_.set_default_verify_paths(error);
        } else {
            context_.load_verify_file(ca_file.string(), error);
            if (error) refuse("certificate authorities", ca_file, error);
        }
        context_.set_verify_mode(ssl::verify_peer);
    }

    awaitable<result<std::unique_ptr<ByteStream>>> connect(Clock& clock, std::unique_ptr<ByteStream> stream,
                                                           std::string host, Duration due) override {
        auto core = std::make_shared<Core>(clock, std::move(stream), context_);
        SSL* session = core->stream.native_handle();
        error_code no_address;
        asio::ip::make_address(host, no_address);
        X509_VERIFY_PARAM* wanted = SSL_get0_param(session);
        X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        const bool named = no_address ? X509_VERIFY_PARAM_set1_host(wanted, host.c_str(), host.size()) == 1 &&
                                            SSL_set_tlsext_host_name(session, host.c_str()) == 1
                                      : X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) == 1;
        if (!named) co_return errc::tls_failed;
        co_return co_await shake(std::move(core), ssl::stream_base::client, due);
    }

    awaitable<result<std::unique_ptr<ByteStream>>> accept(Clock& clock, std::unique_ptr<ByteStream> stream,
                                                          Duration due) override {
        co_return co_await shake(std::make_shared<Core>(clock, std::move(stream), context_),
                                 ssl::stream_base::server, due);
    }

  private:
    [[noreturn]] static void refuse(std::string_view what, const std::filesystem::path& file,
                                    const error_code& error) {
        throw std::invalid_argument(
            fmt::format("cannot use the {} in {}: {}", what, file.string(), error.message()));
    }

    static awaitable<result<std::unique_ptr<ByteStream>>> shake(std::shared_ptr<Core> core,
                                                                ssl::stream_base::handshake_type side,
                                                                Duration due) {
        // Ends the connection also when this coroutine is cancelled.
        std::unique_ptr<ByteStream> stream = std::make_unique<TlsStream>(core);
        core->handshake(side);
        while (!core->over) {
            const auto left = due - core->clock.io_timers().now();
            if (!co_await core->shaken.wait_io_for(left) && !core->over) co_return errc::timeout;
        }
        if (core->handshake_error && certificate_refused(core->stream.native_handle())) {
            co_return errc::certificate_refused;
        }
        if (core->handshake_error.category() == asio::error::get_ssl_category()) co_return errc::tls_failed;
        if (core->handshake_error) co_return core->handshake_error;
        co_return std::move(stream);
    }

    ssl::context context_;
};

}  // namespace

std::shared_ptr<TlsContext> TlsContext::server(const std::filesystem::path& certificate_file,
                                               const std::filesystem::path& key_file) {
    auto context = std::make_shared<Context>(true);
    context->identify(certificate_file, key_file);
    return context;
}

std::shared_ptr<TlsContext> TlsContext::client(const std::filesystem::path& ca_file) {
    auto context = std::make_shared<Context>(false);
    context->trust(ca_file);
    return context;
}

}  // namespace hil::net
