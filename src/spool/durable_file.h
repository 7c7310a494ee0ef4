// Writing a file that must survive a crash. Internal to this room.
#pragma once

#include <string>

#include "os/file_system.h"

namespace signalbox {

// Puts `bytes` at `path`, a name that only this call gives, made durable; makes the directory when
// it is missing. On an error nothing was acknowledged and the file is gone, as far as that is
// possible.
[[nodiscard]] Status write_durable(os::FileSystem& fs, const std::string& path,
                                   const std::string& bytes);

}  // namespace signalbox
