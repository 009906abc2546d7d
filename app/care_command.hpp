// backup, restore and doctor: the care of an installation.
#pragma once

#include "app/measurement_options.hpp"

#include <filesystem>

namespace hil::app {

struct BackupOptions {
    DataOptions data;
    std::filesystem::path file;
    std::filesystem::path
        token_file;  // of an operator, where the running service has accounts; empty: HIL_TOKEN
};

struct RestoreOptions {
    DataOptions data;
    std::filesystem::path file;
};

struct DoctorOptions {
    DataOptions data;
    bool json = false;
};

BackupOptions read_backup(OptionLine& line);
RestoreOptions read_restore(OptionLine& line);
DoctorOptions read_doctor(OptionLine& line);

int backup_command(const BackupOptions& options);
int restore_command(const RestoreOptions& options);
int doctor_command(const DoctorOptions& options);

}  // namespace hil::app
