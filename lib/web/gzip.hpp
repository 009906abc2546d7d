// Text made smaller as it is produced.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace hil::web {

// One gzip stream. It holds 64 kB however long the text is, so that a thousand downloads at once stay
// bounded. Throws std::bad_alloc when it cannot have them.
class Gzip {
  public:
    Gzip();

    // What has become of the text so far and had not been given out; often nothing.
    std::string add(std::string_view text);
    // The rest. Nothing may be added afterwards.
    std::string finish();

  private:
    struct Stream;
    std::shared_ptr<Stream> stream_;
};

}  // namespace hil::web
