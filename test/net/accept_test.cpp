#include "site.hpp"

#include <boost/asio/error.hpp>

using namespace hil;
using namespace hil::net;
using namespace hil::net::test;

namespace {

// Fails as often as it is told before it lets the real one accept.
class FailingListener final : public Listener {
  public:
    FailingListener(std::unique_ptr<Listener> below, int failures, int& calls)
        : below_(std::move(below)), failures_(failures), calls_(calls) {}
    awaitable<result<std::unique_ptr<ByteStream>>> accept() override {
        ++calls_;
        if (failures_-- > 0) co_return error_code(asio::error::no_descriptors);
        co_return co_await below_->accept();
    }
    Endpoint local_endpoint() const override { return below_->local_endpoint(); }
    void close() noexcept override { below_->close(); }

  private:
    std::unique_ptr<Listener> below_;
    int failures_;
    int& calls_;
};

}  // namespace

TEST_CASE("a process without descriptors goes on accepting when there are some again, without spinning") {
    Site site;
    int calls = 0;
    Server server(site.clock,
                  std::make_unique<FailingListener>(std::move(site.network.listen(place).value()), 20, calls),
                  site.answers, std::nullopt, {});
    site.spawn([&] { return server.run(); });
    site.clock.run_for(1s);
    CHECK(calls == 11);
    site.run([&]() -> awaitable<void> {
        auto client = site.client();
        CHECK((co_await client->send(get("/"))).value().status == 200);
    });
    CHECK(site.elapsed() >= 2s);
}
