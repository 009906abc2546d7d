#include "app/run_record_file.hpp"

#include "base/output_file.hpp"
#include "config/names.hpp"
#include "service/run_digests.hpp"

#include <fmt/format.h>

#include <boost/version.hpp>

#include <cstdio>
#include <utility>

namespace hil::app {
namespace {

// A record that is there already is of another run that began at the same instant of simulated time.
std::filesystem::path free_name(const std::filesystem::path& directory, const std::string& name) {
    auto file = directory / name;
    std::error_code unknown;
    for (int i = 2; std::filesystem::exists(file, unknown); ++i)
        file = directory / fmt::format("{}_{}.json", std::filesystem::path(name).stem().string(), i);
    return file;
}

}  // namespace

RunRecordFile::RunRecordFile(const RunOptions& options, const service::Setup& setup, const RunPlan& plan,
                             service::Host& host, std::vector<std::string> notes) {
    const auto& startup = setup.config.startup;
    record_.begin = std::chrono::floor<std::chrono::seconds>(host.clock().wall_now());
    record_.versions = {{"hil_scheduler", HIL_VERSION},
                        {"compiler", __VERSION__},
                        {"boost", fmt::format("{}.{}", BOOST_VERSION / 100'000, BOOST_VERSION / 100 % 1000)}};
    record_.transport = config::to_string(startup.transport_mode);
    record_.schedule_source = config::to_string(startup.schedule_source);
    record_.seed = host.settings().seed;
    record_.speed = options.speed;
    record_.configuration_file = options.common.config_file.string();
    record_.configuration_digest = service::configuration_digest(setup.config);
    for (const auto& file : options.common.schedules)
        record_.plan_files.push_back(file.string());
    record_.plan_digest = service::plan_digest(host.plans());
    record_.plants = setup.plant_ids;
    for (const auto index : plan.started)
        record_.started.push_back(setup.plant_ids[index]);
    record_.notes = options.notes;
    record_.notes.insert(record_.notes.end(), std::make_move_iterator(notes.begin()),
                         std::make_move_iterator(notes.end()));
    file_ = free_name(setup.config.general.data_dir, report::run_record_name(record_.begin, setup.zone));
    write();
}

void RunRecordFile::finish(WallTime end, int status) {
    // What became of the directory meanwhile is told elsewhere; a record in another one would be found by
    // nobody.
    std::error_code unknown;
    if (!std::filesystem::exists(file_, unknown)) return;
    record_.end = std::chrono::ceil<std::chrono::seconds>(end);
    record_.status = status;
    write();
}

void RunRecordFile::write() const {
    if (const auto written = write_output(file_, to_json_text(record_)); !written)
        fmt::print(stderr, "the record of the run {} cannot be written: {}\n", file_.string(),
                   written.error().message());
}

}  // namespace hil::app
