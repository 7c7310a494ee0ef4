// What an interrupt (SIGINT, SIGTERM, SIGHUP, SIGQUIT) may not leave behind.
#pragma once

#include <csignal>
#include <string>

namespace signalbox::os {

// While it lives an interrupt waits: for a step that is short and must not stop half-way.
class DeferredSignals {
 public:
  DeferredSignals();
  DeferredSignals(const DeferredSignals&) = delete;
  DeferredSignals& operator=(const DeferredSignals&) = delete;
  ~DeferredSignals();

 private:
  sigset_t before_{};
};

// From now on an interrupt that ends this process first deletes `path` if it begins with `owner`:
// lines that no other process writes, here or on another host (format_owner() in
// lock/lock_owner.h). One path a process; a signal that is ignored stays so.
void delete_own_lock_on_signal(const std::string& path, const std::string& owner);

// From now on an interrupt that ends this process first ends the program that it waits for, then
// deletes this directory with all that is in it, by the program rm. One directory a process; an
// empty path: none any more.
void delete_directory_on_signal(const std::string& path);

// While it lives, the process group that such an interrupt ends first. One at a time.
class GroupThatEndsWithUs {
 public:
  explicit GroupThatEndsWithUs(int leader);
  GroupThatEndsWithUs(const GroupThatEndsWithUs&) = delete;
  GroupThatEndsWithUs& operator=(const GroupThatEndsWithUs&) = delete;
  ~GroupThatEndsWithUs();
};

}  // namespace signalbox::os
