#include "simulate/trace.hpp"

#include "observe/json_text.hpp"

#include <fmt/format.h>

#include <utility>

namespace hil::simulate {

Trace::Trace(const Clock& clock, const Zone& zone, Sink sink, std::size_t kept)
    : clock_(clock), zone_(zone), sink_(std::move(sink)), kept_(kept) {}

Trace::Line::Line(Trace& trace, std::string_view event, std::string_view plant) : trace_(trace) {
    line_ = fmt::format("{{\"n\":{},\"t\":\"", ++trace.count_);
    trace.zone_.append(line_, trace.clock_.wall_now());
    line_ += '"';
    text("event", event);
    if (!plant.empty()) text("plant", plant);
}

Trace::Line& Trace::Line::text(std::string_view key, std::string_view value) {
    line_ += ',';
    observe::append_json_string(line_, key);
    line_ += ':';
    observe::append_json_string(line_, value);
    return *this;
}

Trace::Line& Trace::Line::number(std::string_view key, double value) {
    line_ += ',';
    observe::append_json_string(line_, key);
    line_ += ':';
    observe::append_json_number(line_, value);
    return *this;
}

Trace::Line::~Line() {
    line_ += "}\n";
    if (trace_.sink_) trace_.sink_(line_);
    if (trace_.latest_.size() == trace_.kept_) trace_.latest_.pop_front();
    trace_.latest_.push_back(std::move(line_));
}

}  // namespace hil::simulate
