#include "spool/durable_file.h"

namespace signalbox {
namespace {

// The whole content, then the final name, then both made durable. Renaming before the fsync lets a
// file system with a journal commit data and name together: one flush where two were. A reader may
// see the file before it is durable, never in part; a power cut before the fsync may leave a
// damaged file, of something that nobody acknowledged.
Status write(os::FileSystem& fs, const std::string& path, const std::string& bytes) {
  const std::string directory = os::parent_of(path);
  const std::string temporary = os::temporary_name(directory);
  auto file = fs.create(temporary);
  if (!file) return std::unexpected(file.error());
  auto done = (*file)->write(bytes);
  std::string name = temporary;
  if (done) done = fs.rename(temporary, path);
  if (done) {
    name = path;
    done = (*file)->sync();
  }
  if (done) done = (*file)->close();
  if (done) done = fs.sync_directory(directory);
  // Not acknowledged, so it goes, as far as that is possible; one that stays is published once.
  if (!done) (void)fs.unlink(name);
  return done;
}

}  // namespace

Status write_durable(os::FileSystem& fs, const std::string& path, const std::string& bytes) {
  auto written = write(fs, path, bytes);
  if (written || written.error().kind != ErrorKind::NotFound) return written;
  if (auto made = os::make_directories(fs, os::parent_of(path)); !made) return made;
  return write(fs, path, bytes);
}

}  // namespace signalbox
