#include "race/full_disk.h"

namespace signalbox {
namespace {

std::unexpected<Error> no_room(const std::string& path) {
  return fail(ErrorKind::NoSpace, "cannot write '" + path + "': no space left on device",
              "make room on that disk");
}

class FileWithoutRoom : public os::File {
 public:
  FileWithoutRoom(std::unique_ptr<os::File> below, std::string path)
      : below_(std::move(below)), path_(std::move(path)) {}
  [[nodiscard]] Status write(std::string_view bytes) override {
    const Status part = below_->write(bytes.substr(0, bytes.size() / 2));
    return part ? Status(no_room(path_)) : part;
  }
  [[nodiscard]] Status sync() override { return below_->sync(); }
  [[nodiscard]] Status close() override { return below_->close(); }

 private:
  std::unique_ptr<os::File> below_;
  std::string path_;
};

}  // namespace

Result<std::unique_ptr<os::File>> FullDisk::create(const std::string& path) {
  auto file = below_.create(path);
  if (!file || !is_without_room(path)) return file;
  return std::make_unique<FileWithoutRoom>(*std::move(file), path);
}

Status FullDisk::append(const std::string& path, std::string_view bytes) {
  if (is_without_room(path)) return no_room(path);
  return below_.append(path, bytes);
}

}  // namespace signalbox
