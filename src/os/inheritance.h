// What a process changes of its surroundings for itself, and what a command that it runs for
// somebody must find as it was: signals that are ignored, the signals that wait, the mode of new
// files.
#pragma once

namespace signalbox::os {

// To be called first of all, once. From then on a reader that goes away, a limit on file sizes and
// a parent that ignores its children are error values here, not the end; and what this process
// makes its own user can use.
void adapt_process();

// Before another program is executed: all of that as it was inherited. Safe between
// fork and exec.
void restore_inheritance();

// Closes the descriptors from `first` to `last`; without the kernel's help (before Linux 5.9, or
// where a container forbids it) those up to 4096. Safe between fork and exec.
void close_descriptors(unsigned first, unsigned last);

}  // namespace signalbox::os
