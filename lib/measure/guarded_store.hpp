// Files of a directory that must still be the one it was: nothing is written into another.
#pragma once

#include "measure/file_store.hpp"

namespace hil::measure {

// Asks before everything that changes a file; while the answer is no that fails with errc::directory_lost.
// Reading is as before. `still_there` may block and is called on whatever thread uses the store.
std::unique_ptr<FileStore> guard_directory(std::shared_ptr<FileStore> files,
                                           std::function<bool()> still_there);

}  // namespace hil::measure
