#include "plant_sim/istentore/program.hpp"

#include "base/task_group.hpp"
#include "plant_sim/istentore/platform.hpp"

#include <boost/asio/signal_set.hpp>

#include <fmt/format.h>

#include <csignal>
#include <fstream>
#include <optional>
#include <ostream>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace hil::plant_sim {
namespace {

std::optional<std::string> content(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in || !text) return std::nullopt;
    return text.str();
}

// Reads a file with `parse`; false after a complaint.
template <class Parse, class Take>
bool load(const std::filesystem::path& file, Parse parse, Take take, std::ostream& err) {
    if (file.empty()) return true;
    const auto text = content(file);
    if (!text) {
        err << fmt::format("istentore_sim: {} cannot be read\n", file.string());
        return false;
    }
    auto read = parse(*text, file.string());
    if (const auto* problem = std::get_if<std::string>(&read)) {
        err << "istentore_sim: " << *problem << '\n';
        return false;
    }
    take(std::get<0>(std::move(read)));
    return true;
}

class IstentoreProgram {
  public:
    IstentoreProgram(const IstentoreOptions& options, std::ostream& out, std::ostream& err)
        : out_(out),
          err_(err),
          signals_(context_, SIGINT, SIGTERM),
          platform_(std::make_shared<IstentorePlatform>(
              clock_, Random(options.seed),
              IstentorePlatform::Options{.email = options.email, .password = options.password})) {}

    ExitStatus run(const IstentoreOptions& options) {
        const bool loaded =
            load(
                options.products_file, parse_products,
                [this](ProductList list) { platform_->set_products(std::move(list)); }, err_) &&
            load(
                options.faults_file, parse_faults,
                [this](std::vector<PlatformFault> faults) { platform_->set_faults(std::move(faults)); },
                err_);
        if (!loaded) return bad_usage;
        const Endpoint at{options.host, options.port};
        auto listener = network_->listen(at);
        if (!listener) {
            err_ << fmt::format("istentore_sim: cannot listen on {}: {}\n", to_string(at),
                                listener.error().message());
            return could_not_start;
        }
        net::Server::Hooks hooks;
        hooks.on_failure = [this](const TaskFailure& failure) { report(failure); };
        try {
            server_ = std::make_unique<net::Server>(
                clock_, std::move(*listener), platform_,
                net::ServerTls{options.certificate_file, options.key_file}, net::Server::Limits{}, hooks);
        } catch (const std::invalid_argument& refused) {
            err_ << "istentore_sim: " << refused.what() << '\n';
            return bad_usage;
        }
        out_ << fmt::format("listening on https://{}", to_string(server_->local_endpoint())) << std::endl;
        tasks_.spawn("platform", [this] { return server_->run(); });
        tasks_.spawn("end on a signal", [this] { return end_on_signal(); });
        clock_.run();
        return done;
    }

  private:
    void report(const TaskFailure& failure) {
        err_ << fmt::format("istentore_sim: {} failed: {}\n", failure.task, failure.what);
    }

    awaitable<void> end_on_signal() {
        co_await signals_.async_wait(asio::use_awaitable);
        signals_.clear();  // the next one does what it does by default
        co_await server_->stop();
        const auto& s = platform_->statistics();
        out_ << fmt::format(
                    "ended in order: {} logins, {} product requests, {} posts with {} values, {} "
                    "requests met a fault",
                    s.logins, s.product_requests, s.posts, s.values, s.faults)
             << std::endl;
        clock_.stop();
    }

    std::ostream& out_;
    std::ostream& err_;
    asio::io_context context_{1};
    RealClock clock_{context_};
    std::unique_ptr<Network> network_ = make_tcp_network(clock_);
    asio::signal_set signals_;
    std::shared_ptr<IstentorePlatform> platform_;
    std::unique_ptr<net::Server> server_;
    TaskGroup tasks_{clock_, [this](const TaskFailure& failure) { report(failure); }};
};

}  // namespace

ExitStatus run_istentore(const IstentoreOptions& options, std::ostream& out, std::ostream& err) {
    if (options.email.empty() || options.password.empty()) {
        err << "istentore_sim: HIL_ISTENTORE_SIM_EMAIL and HIL_ISTENTORE_SIM_PASSWORD must be set\n";
        return bad_usage;
    }
    return IstentoreProgram(options, out, err).run(options);
}

}  // namespace hil::plant_sim
