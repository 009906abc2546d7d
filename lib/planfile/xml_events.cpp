#include "planfile/xml_events.hpp"

#include <expat.h>

#include <fmt/format.h>

#include <new>

namespace hil::planfile {

namespace {

std::string_view without_prefix(std::string_view name) {
    const auto colon = name.rfind(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

}  // namespace

std::optional<std::string_view> XmlAttributes::find(std::string_view name) const {
    for (auto at = list_; *at; at += 2) {
        if (without_prefix(*at) == name) return at[1];
    }
    return std::nullopt;
}

struct XmlReader::Parser {
    explicit Parser(XmlHandler& to) : handler(to), expat(XML_ParserCreate(nullptr)) {
        if (!expat) throw std::bad_alloc();
        XML_SetUserData(expat, this);
        XML_SetElementHandler(expat, &on_begin, &on_end);
        XML_SetCharacterDataHandler(expat, &on_text);
        XML_SetStartDoctypeDeclHandler(expat, &on_document_type);
    }
    Parser(const Parser&) = delete;
    Parser& operator=(const Parser&) = delete;
    ~Parser() { XML_ParserFree(expat); }

    void stop_if_refused() {
        if (!handler.refusal().empty()) XML_StopParser(expat, XML_FALSE);
    }
    static Parser& of(void* self) { return *static_cast<Parser*>(self); }

    // After a stop expat may deliver what it has begun.
    static void XMLCALL on_begin(void* self, const XML_Char* name, const XML_Char** attributes) {
        if (!of(self).handler.refusal().empty()) return;
        of(self).handler.begin(without_prefix(name), XmlAttributes(attributes));
        of(self).stop_if_refused();
    }
    static void XMLCALL on_end(void* self, const XML_Char* name) {
        if (!of(self).handler.refusal().empty()) return;
        of(self).handler.end(without_prefix(name));
        of(self).stop_if_refused();
    }
    static void XMLCALL on_text(void* self, const XML_Char* text, int length) {
        if (!of(self).handler.refusal().empty()) return;
        of(self).handler.text({text, static_cast<std::size_t>(length)});
        of(self).stop_if_refused();
    }
    static void XMLCALL on_document_type(void* self, const XML_Char*, const XML_Char*, const XML_Char*, int) {
        of(self).document_type = true;
        XML_StopParser(of(self).expat, XML_FALSE);
    }

    XmlHandler& handler;
    XML_Parser expat;
    bool document_type = false;
};

XmlReader::XmlReader(XmlHandler& handler) : parser_(std::make_unique<Parser>(handler)) {}

XmlReader::~XmlReader() = default;

bool XmlReader::take(std::string_view piece, bool last) {
    if (!problem_.empty()) return false;
    const auto status = XML_Parse(parser_->expat, piece.data(), static_cast<int>(piece.size()), last);
    if (!parser_->handler.refusal().empty()) {
        problem_ = parser_->handler.refusal();
    } else if (parser_->document_type) {
        problem_ = "declares a document type, which is refused";
    } else if (status != XML_STATUS_OK) {
        problem_ =
            fmt::format("is not well-formed XML at line {}: {}", XML_GetCurrentLineNumber(parser_->expat),
                        XML_ErrorString(XML_GetErrorCode(parser_->expat)));
    }
    return problem_.empty();
}

}  // namespace hil::planfile
