#include "app/care_command.hpp"
#include "app/check_command.hpp"
#include "app/compress_command.hpp"
#include "app/export_command.hpp"
#include "app/hash_password_command.hpp"
#include "app/identify_command.hpp"
#include "app/import_command.hpp"
#include "app/load_setup.hpp"
#include "app/options.hpp"
#include "app/plan_command.hpp"
#include "app/report_command.hpp"
#include "app/run_command.hpp"
#include "app/simulate_command.hpp"
#include "app/study_command.hpp"
#include "app/twin_command.hpp"
#include "app/why_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <string>
#include <vector>

namespace {

struct Perform {
    int operator()(const hil::app::RunOptions& options) const { return hil::app::run_command(options); }
    int operator()(const hil::app::ScenarioOptions& options) const {
        return hil::app::scenario_command(options);
    }
    int operator()(const hil::app::CheckOptions& options) const { return hil::app::check_command(options); }
    int operator()(const hil::app::PlanOptions& options) const { return hil::app::plan_command(options); }
    int operator()(const hil::app::SimulateOptions& options) const {
        return hil::app::simulate_command(options);
    }
    int operator()(const hil::app::HashPasswordOptions& options) const {
        return hil::app::hash_password_command(options.token);
    }
    int operator()(const hil::app::ExportOptions& options) const { return hil::app::export_command(options); }
    int operator()(const hil::app::ReportOptions& options) const { return hil::app::report_command(options); }
    int operator()(const hil::app::ImportOptions& options) const { return hil::app::import_command(options); }
    int operator()(const hil::app::CompressOptions& options) const {
        return hil::app::compress_command(options);
    }
    int operator()(const hil::app::WhyOptions& options) const { return hil::app::why_command(options); }
    int operator()(const hil::app::IdentifyRequest& request) const {
        return hil::app::identify_command(request);
    }
    int operator()(const hil::app::EstimateRequest& request) const {
        return hil::app::estimate_command(request);
    }
    int operator()(const hil::app::TwinRequest& request) const { return hil::app::twin_command(request); }
    int operator()(const hil::app::StudyRequest& request) const { return hil::app::study_command(request); }
    int operator()(const hil::app::BackupOptions& options) const { return hil::app::backup_command(options); }
    int operator()(const hil::app::RestoreOptions& options) const {
        return hil::app::restore_command(options);
    }
    int operator()(const hil::app::DoctorOptions& options) const { return hil::app::doctor_command(options); }
    int operator()(const hil::app::HelpRequest& help) const {
        fmt::print("{}", help.text);
        return hil::app::exit_done;
    }
    int operator()(const hil::app::UsageError& error) const {
        fmt::print(stderr, "{}\n", error.sentence);
        return hil::app::exit_usage;
    }
};

}  // namespace

int main(int argc, char* argv[]) {
    try {
        const std::vector<std::string> arguments(argv + 1, argv + argc);
        // Of the program, whatever else was asked for.
        if (std::find(arguments.begin(), arguments.end(), "--version") != arguments.end()) {
            fmt::print("hil_scheduler {}\n", HIL_VERSION);
            return hil::app::exit_done;
        }
        return std::visit(Perform{}, hil::app::parse_command_line(arguments));
    } catch (const std::exception& e) {
        fmt::print(stderr, "hil_scheduler: {}\n", e.what());
        return hil::app::exit_failed;
    }
}
