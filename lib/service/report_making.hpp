// The HTML report of a range, made from the site's database. Blocking; for the sub-command, for the
// end of a run and, off the reactor, for the web server.
#pragma once

#include "report/document.hpp"
#include "service/setup.hpp"
#include "store/database.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hil::service {

struct ReportRequest {
    measure::Range range;
    config::TransportMode transport{};
    std::vector<std::size_t> plants = {};  // empty: all
    std::vector<report::Mark> marks = {};
    std::string source = "the history database (hil.sqlite)";
};

// Throws store::DatabaseError.
std::string make_report(const std::shared_ptr<store::Database>& database, const Setup& setup,
                        const ReportRequest& request, WallTime made_at);
// How such a report is called: "report_lib_20251001T000000+0200_20251002T000000+0200.html".
std::string report_name(const Setup& setup, const ReportRequest& request);

// A sentence when the file cannot be written; a file that was there stays as it was then.
std::optional<std::string> write_report(const std::filesystem::path& file, const std::string& html);

}  // namespace hil::service
