// The record that a run leaves of itself beside its recordings: run_<begin>.json.
#pragma once

#include "app/options.hpp"
#include "app/site_run.hpp"
#include "report/run_record.hpp"
#include "service/host.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hil::app {

class RunRecordFile {
  public:
    // Writes the record as it is at the begin, before anything of the run happens. `notes`: what was said of
    // it.
    RunRecordFile(const RunOptions& options, const service::Setup& setup, const RunPlan& plan,
                  service::Host& host, std::vector<std::string> notes);

    // Writes it anew with the end and the exit status.
    void finish(WallTime end, int status);

  private:
    void write() const;

    report::RunRecord record_;
    std::filesystem::path file_;
};

}  // namespace hil::app
