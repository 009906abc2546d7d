#include "planfile/xml_events.hpp"

#include <expat.h>

#include <fmt/format.h>

#include <new>

namespace hil::planfile {

namespace {

// Between a namespace and a name; no namespace can contain it.
constexpr char between = '\n';

constexpr std::string_view alternatives = "http://schemas.openxmlformats.org/markup-compatibility/2006";

struct Name {
    std::string_view space, local;
};

Name split(std::string_view name) {
    const auto at = name.rfind(between);
    if (at == std::string_view::npos) return {{}, name};
    return {name.substr(0, at), name.substr(at + 1)};
}

}  // namespace

std::optional<std::string_view> XmlAttributes::find(std::string_view name) const {
    for (auto at = list_; *at; at += 2) {
        if (name == *at) return at[1];
    }
    return std::nullopt;
}

std::string_view XmlAttributes::relation() const {
    for (auto at = list_; *at; at += 2) {
        const auto name = split(*at);
        // Of the transitional or the strict vocabulary.
        if (name.local == "id" && name.space.ends_with("/officeDocument/2006/relationships")) return at[1];
        if (name.local == "id" && name.space == "http://purl.oclc.org/ooxml/officeDocument/relationships")
            return at[1];
    }
    return {};
}

struct XmlReader::Parser {
    explicit Parser(XmlHandler& to) : handler(to), expat(XML_ParserCreateNS(nullptr, between)) {
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

    // Whether the element counts; entered with its begin, left with its end.
    bool enter(const Name& name) {
        if (!root) root = std::string(name.space);
        if (left_out > 0) {
            ++left_out;
            return false;
        }
        // What an extension holds is its own, in whatever vocabulary.
        if (name.space == *root && name.local != "extLst") return true;
        const bool transparent =
            name.space == alternatives && (name.local == "AlternateContent" || name.local == "Fallback");
        if (!transparent) left_out = 1;
        return false;
    }
    bool leave(const Name& name) {
        if (left_out > 0) {
            --left_out;
            return false;
        }
        return name.space == *root;
    }

    // After a stop expat may deliver what it has begun.
    static void XMLCALL on_begin(void* self, const XML_Char* name, const XML_Char** attributes) {
        auto& parser = of(self);
        if (!parser.handler.refusal().empty() || !parser.enter(split(name))) return;
        parser.handler.begin(split(name).local, XmlAttributes(attributes));
        parser.stop_if_refused();
    }
    static void XMLCALL on_end(void* self, const XML_Char* name) {
        auto& parser = of(self);
        if (!parser.handler.refusal().empty() || !parser.leave(split(name))) return;
        parser.handler.end(split(name).local);
        parser.stop_if_refused();
    }
    static void XMLCALL on_text(void* self, const XML_Char* text, int length) {
        auto& parser = of(self);
        if (!parser.handler.refusal().empty() || parser.left_out > 0) return;
        parser.handler.text({text, static_cast<std::size_t>(length)});
        parser.stop_if_refused();
    }
    static void XMLCALL on_document_type(void* self, const XML_Char*, const XML_Char*, const XML_Char*, int) {
        of(self).document_type = true;
        XML_StopParser(of(self).expat, XML_FALSE);
    }

    XmlHandler& handler;
    XML_Parser expat;
    bool document_type = false;
    std::optional<std::string> root;  // its namespace, once there is one
    std::size_t left_out = 0;         // how deep within an element that does not count
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
