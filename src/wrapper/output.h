// The end of what a command prints, without standing in its way.
//
//   a regular file   the command writes it as always; it is read where it lies
//   a pipe, a socket what is printed passes through a copier, a process of its own: it goes on when
//                    this process is killed, and for descendants that live longer than the command
//   a terminal       stays the command's, which must see that it is one; nothing of it is known
//
// Where stdout and stderr are one pipe they pass as one, so that their order stays.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "base/error.h"

namespace signalbox {

inline constexpr std::size_t output_kept = 64UL << 10U;  // bytes of the end

struct WantedOutput {
  bool output = false;
  bool errors = false;
};

class Output {
 public:
  // To be called before the command is started, with no other thread running. An error when a pipe
  // or a copier cannot be had: then the command is better started without.
  [[nodiscard]] static Result<std::unique_ptr<Output>> watch(WantedOutput wanted);
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output();

  // In the command's process, before it is executed. Safe between fork and exec.
  void give_to_command() const;
  // In this process, when the command has them: from then on their end can be seen.
  void let_go();

  // At most output_kept bytes of the end of stdout (1) or stderr (2); empty where nothing is known.
  [[nodiscard]] std::string latest(int stream) const;

  // Waits until all that the command printed has gone on to its reader.
  void drain();

 private:
  struct Copier;
  struct Stream {
    int file = -1;        // a regular file, open for reading
    long long begin = 0;  // its size when the command began
    std::shared_ptr<Copier> copier;
  };
  Output() = default;
  [[nodiscard]] Status open(int stream);
  [[nodiscard]] Stream& of(int stream) { return streams_.at(static_cast<std::size_t>(stream) - 1); }

  std::array<Stream, 2> streams_;
};

}  // namespace signalbox
