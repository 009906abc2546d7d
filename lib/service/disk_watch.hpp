// Looks at the disk of the data directory every minute and tells when it will be full.
#pragma once

#include "base/blocking_executor.hpp"
#include "base/zone.hpp"
#include "care/old_recordings.hpp"
#include "service/happenings.hpp"

#include <filesystem>

namespace hil::service {

// Until cancelled. `days`: told when it will be full in fewer; 0: never. All outlive it.
awaitable<void> watch_disk(Clock& clock, BlockingExecutor& blocking, Happenings& happenings,
                           std::filesystem::path directory, double days);

// Daily until cancelled: compresses and removes recordings that have grown old.
awaitable<void> tend_old_recordings(Clock& clock, BlockingExecutor& blocking, observe::Log& log,
                                    const Zone& zone, std::filesystem::path directory,
                                    care::KeepRecordings keep);

}  // namespace hil::service
