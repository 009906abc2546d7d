// The state document as what is known of each subject: an event of one device makes its part anew, and no
// other.
//
// A part is a fragment of the document, {"plants": {"lib": {…}}, "schedules": {"lib_p": {…}}}; the document
// is all of them put together, that of the site first.
#pragma once

#include "observe/subject.hpp"

#include <boost/json/object.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace hil::web {

using observe::Subject;

class KeyedState {
  public:
    // Makes the fragment of the site, of a plant or of a device as it is now.
    using Make = std::function<boost::json::object(const Subject&)>;
    struct Change {
        Subject subject;
        std::uint64_t revision = 0;  // of the subject: one more each time it changed
        boost::json::object fields;  // what changed, a merge patch of the document
        bool other_keys = false;     // the keys did: there is no patch
    };

    KeyedState(Make make, std::size_t plants, std::size_t devices);

    // Something of it may have changed.
    void touch(const Subject& subject);
    [[nodiscard]] bool touched() const { return !waiting_.empty(); }
    // Makes what was touched anew; those that changed, in the order of the document.
    std::vector<Change> refresh();

    // 0: was never made.
    [[nodiscard]] std::uint64_t revision(const Subject& subject) const {
        return parts_[place(subject)].revision;
    }
    [[nodiscard]] boost::json::object document() const;

  private:
    struct Part {
        boost::json::object fields;
        std::uint64_t revision = 0;
        bool waiting = false;
    };
    // The site, then the plants, then the devices; beyond the parts for what there is not.
    [[nodiscard]] std::size_t place(const Subject& subject) const;
    [[nodiscard]] Subject subject(std::size_t place) const;
    void touch(std::size_t place);

    Make make_;
    std::size_t plants_;
    std::vector<Part> parts_;
    std::vector<std::size_t> waiting_;  // places that were touched, each once
};

// Puts a fragment into a document: objects are joined key by key, anything else replaces.
void put_fragment(boost::json::object& document, boost::json::object fragment);

}  // namespace hil::web
