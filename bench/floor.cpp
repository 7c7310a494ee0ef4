// The floor under a durable report: writes one 600-byte file, fsyncs, renames, fsyncs the
// directory. Nothing else: what the hardware and the kernel ask for.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdio>

int main(int argc, char** argv) {
  if (argc != 2 || ::chdir(argv[1]) != 0) return 2;
  std::array<char, 600> bytes{};
  bytes.fill('x');
  std::array<char, 32> name{};
  std::snprintf(name.data(), name.size(), "file-%d", static_cast<int>(::getpid()));
  const int file = ::open("temporary", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0 || ::write(file, bytes.data(), bytes.size()) != 600) return 1;
  if (::fsync(file) != 0 || ::close(file) != 0) return 1;
  if (::rename("temporary", name.data()) != 0) return 1;
  const int directory = ::open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return directory < 0 || ::fsync(directory) != 0 ? 1 : 0;
}
