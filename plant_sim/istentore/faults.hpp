// How the emulated market platform is told to fail.
#pragma once

#include "base/random.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace hil::plant_sim {

// One way to fail, for the requests it applies to. Several effects may be combined; as JSON
//   {"status": 503, "delay_ms": 200, "count": 3, "operation": "measurements", "probability": 0.5}
struct PlatformFault {
    enum class Drop : std::uint8_t {
        no,
        before,  // the request is not looked at
        after,   // it is done, and only its answer is lost
    };

    std::optional<unsigned> status;  // answered instead; the request is not looked at. 400..599
    Duration delay{};                // before the answer; "delay_ms"
    Drop drop = Drop::no;            // the connection ends without an answer; true, "before" or "after"
    bool expire_tokens = false;      // before the request is looked at
    bool not_json = false;           // the request is done, and answered 200 with a page
    // Measurements are answered 200 and not stored; "reply". What the answer says of it:
    enum class Reply : std::uint8_t {
        no,
        page,     // a page, as a proxy shows it
        text,     // a word
        error,    // {"error": "..."}
        errors,   // {"stored": n, "errors": [...]}
        failure,  // {"success": false}
        // All but the last are stored, and a number says so:
        fewer_stored,    // {"stored": n - 1}
        fewer_counted,   // {"count": n - 1}
        fewer_accepted,  // {"accepted": n - 1}
        fewer_inserted,  // {"inserted": n - 1}
    };
    Reply reply = Reply::no;
    bool stored = false;  // with `reply`: the measurements are stored all the same

    std::optional<std::uint64_t> count;  // applies so often, then no more; none: until replaced
    std::string operation;               // "login", "market_products", "measurements"; empty: all
    double probability = 1;              // of applying to a request; one that is passed over does not count
};

// A fault, or an array of them, or {"faults": [...]}; a sentence with `source`, place and rule when it is
// none.
std::variant<std::vector<PlatformFault>, std::string> parse_faults(std::string_view json,
                                                                   std::string_view source);
// {"faults": [...]}
std::string to_json(const std::vector<PlatformFault>& faults);

class FaultList {
  public:
    void set(std::vector<PlatformFault> faults) { faults_ = std::move(faults); }
    [[nodiscard]] const std::vector<PlatformFault>& left() const { return faults_; }

    // What happens to this request: the effects of every fault that applies, of two of one kind the first
    // (delays add up). None when nothing does.
    std::optional<PlatformFault> draw(std::string_view operation, Random& random);

  private:
    std::vector<PlatformFault> faults_;
};

}  // namespace hil::plant_sim
