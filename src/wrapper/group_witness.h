// Whether a signal that reached this process went to its whole process group (a terminal's Ctrl-C,
// `kill %1`, `scancel`) or to this process alone. A command in the same group has the first kind
// already, and must be given the second.
//
// The kernel does not say. So a child of this process stands by in the group, does nothing, and
// keeps every signal that it gets pending; it is asked. It is gone with this process.
#pragma once

namespace signalbox {

class GroupWitness {
 public:
  // All signals that are to be told apart must be blocked already.
  GroupWitness();
  GroupWitness(const GroupWitness&) = delete;
  GroupWitness& operator=(const GroupWitness&) = delete;
  ~GroupWitness();

  // Takes at most a tenth of a second; false too when no witness could be had.
  [[nodiscard]] bool saw(int signal_number) const;

 private:
  int socket_ = -1;
  int process_ = -1;
};

}  // namespace signalbox
