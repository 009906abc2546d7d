// XML as events, in bounded memory. Documents that declare a document type are refused, and with them every
// entity of their own, internal or external.
//
// Only the vocabulary of the document's root counts: an element of another namespace is left out with all it
// contains, as extensions are, and so are attributes of one. Of alternatives (mc:AlternateContent) the
// fallback is read.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace hil::planfile {

// Of the element that begins; valid during the call.
class XmlAttributes {
  public:
    explicit XmlAttributes(const char* const* list) : list_(list) {}
    // Without a namespace, as attributes of the vocabulary itself are.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
    // The reference to another part, `r:id`, whichever prefix it has.
    [[nodiscard]] std::string_view relation() const;
    // The text, empty without the attribute.
    [[nodiscard]] std::string_view get(std::string_view name) const { return find(name).value_or(""); }

  private:
    const char* const* list_;
};

class XmlHandler {
  public:
    virtual ~XmlHandler() = default;
    virtual void begin(std::string_view element, const XmlAttributes& attributes) = 0;
    virtual void end(std::string_view element) = 0;
    virtual void text(std::string_view part) = 0;

    // Set by a handler that wants no more: why the document is refused, "is …".
    [[nodiscard]] const std::string& refusal() const { return refusal_; }

  protected:
    XmlHandler() = default;
    XmlHandler(const XmlHandler&) = default;
    XmlHandler& operator=(const XmlHandler&) = default;
    void refuse(std::string why) {
        if (refusal_.empty()) refusal_ = std::move(why);
    }

  private:
    std::string refusal_;
};

class XmlReader {
  public:
    // The handler must outlive the reader.
    explicit XmlReader(XmlHandler& handler);
    XmlReader(const XmlReader&) = delete;
    XmlReader& operator=(const XmlReader&) = delete;
    ~XmlReader();

    // False once the document is not well-formed or refused.
    bool take(std::string_view piece, bool last);
    // What is wrong with the document and on which line; the handler's refusal as it is.
    [[nodiscard]] const std::string& problem() const { return problem_; }

  private:
    struct Parser;
    std::unique_ptr<Parser> parser_;
    std::string problem_;
};

}  // namespace hil::planfile
