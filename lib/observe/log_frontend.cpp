#include "observe/log_frontend.hpp"

#include <boost/log/attributes/attribute_value_impl.hpp>
#include <boost/log/attributes/constant.hpp>
#include <boost/log/attributes/value_extraction.hpp>
#include <boost/log/core.hpp>
#include <boost/log/expressions.hpp>
#include <boost/log/sinks/basic_sink_backend.hpp>
#include <boost/log/sinks/unlocked_frontend.hpp>
#include <boost/log/sources/severity_channel_logger.hpp>
#include <boost/log/utility/formatting_ostream.hpp>
#include <boost/smart_ptr/make_shared_object.hpp>

#include <utility>

namespace hil::observe {
namespace {

namespace logging = boost::log;
namespace attributes = boost::log::attributes;
namespace keywords = boost::log::keywords;
namespace sinks = boost::log::sinks;

class Backend final : public sinks::basic_formatted_sink_backend<char, sinks::concurrent_feeding> {
  public:
    explicit Backend(LogFrontend::Accept accept) : accept_(std::move(accept)) {}

    void consume(const logging::record_view& record, const string_type& formatted) {
        accept_(logging::extract_or_default<Channel>("Channel", record, Channel::control), formatted);
    }

  private:
    LogFrontend::Accept accept_;
};

class Formatter {
  public:
    Formatter(Zone zone, LogFormat format) : zone_(std::move(zone)), format_(format) {}

    void operator()(const logging::record_view& record, logging::formatting_ostream& stream) const {
        LogLine line;
        line.time = logging::extract_or_default<WallTime>("TimeStamp", record, WallTime{});
        line.level = logging::extract_or_default<Level>("Severity", record, Level::info);
        line.channel = logging::extract_or_default<Channel>("Channel", record, Channel::control);
        line.message = logging::extract_or_default<std::string>("Message", record, std::string());
        line.plant = logging::extract_or_default<std::string>("Plant", record, std::string());
        line.correlation = logging::extract_or_default<std::string>("Correlation", record, std::string());
        std::string text;
        format_ == LogFormat::json ? append_json(text, line, zone_) : append_text(text, line, zone_);
        text.push_back('\n');
        stream << text;
    }

  private:
    Zone zone_;
    LogFormat format_;
};

using Sink = sinks::unlocked_sink<Backend>;

}  // namespace

struct LogFrontend::Impl {
    logging::sources::severity_channel_logger<Level, Channel> logger;
    boost::shared_ptr<Sink> sink;
};

LogFrontend::LogFrontend(Zone zone, LogFormat format, Accept accept) : impl_(std::make_unique<Impl>()) {
    const Impl* const self =
        impl_.get();  // Boost.Log has one core a process: records find their own sink by it
    impl_->logger.add_attribute("Log", attributes::constant<const Impl*>(self));
    impl_->sink = boost::make_shared<Sink>(boost::make_shared<Backend>(std::move(accept)));
    impl_->sink->set_formatter(Formatter(std::move(zone), format));
    impl_->sink->set_filter([self](const logging::attribute_value_set& values) {
        return logging::extract_or_default<const Impl*>("Log", values, nullptr) == self;
    });
    logging::core::get()->add_sink(impl_->sink);
}

LogFrontend::~LogFrontend() {
    logging::core::get()->remove_sink(impl_->sink);
}

void LogFrontend::push(const LogLine& line) {
    auto record =
        impl_->logger.open_record((keywords::channel = line.channel, keywords::severity = line.level));
    if (!record) return;
    auto& values = record.attribute_values();
    values.insert("TimeStamp", attributes::make_attribute_value(line.time));
    values.insert("Message", attributes::make_attribute_value(line.message));
    if (!line.plant.empty()) values.insert("Plant", attributes::make_attribute_value(line.plant));
    if (!line.correlation.empty())
        values.insert("Correlation", attributes::make_attribute_value(line.correlation));
    impl_->logger.push_record(std::move(record));
}

}  // namespace hil::observe
