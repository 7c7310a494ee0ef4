// Waits until something appears in directories: told by the kernel (inotify) where this machine
// alone writes them. On a network file system the kernel does not hear of other hosts: there a wait
// ends after a while, for the caller to look.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace signalbox::os {

class News {
 public:
  // A directory that is not there yet is watched once it is; see wait().
  explicit News(std::vector<std::string> directories);
  News(const News&) = delete;
  News& operator=(const News&) = delete;
  ~News();

  // Until a file was written, renamed into one of the directories or linked there, also since the
  // last call, or until it is time to look anyway; false when `timeout` passed without.
  // `look_every` is that time where the kernel does not tell.
  [[nodiscard]] bool wait(std::chrono::milliseconds timeout, std::chrono::milliseconds look_every);

  // Whether the last wait ended because the kernel told of something.
  [[nodiscard]] bool is_told() const { return told_; }

 private:
  void watch_all();
  bool drain() const;

  std::vector<std::string> directories_;
  std::vector<bool> covered_;  // of each directory, whether the kernel tells
  int descriptor_;
  bool told_ = false;
};

}  // namespace signalbox::os
