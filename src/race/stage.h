// The world of a race: a directory with all that belongs to it, and the branch on the remote.
//
//   <directory>/
//     remote.git          unless the race is on somebody's own remote
//     seed/               where the branch began
//     clone-0/ ...        that writers report to
//     person-0/ ...       clones of people
//     state/              the user's state directory: reports whose clone had no room
//     journal/            what writers were told (docs/formats/journal.md), and the tips seen
//     faults/             files that tell the remote's hook what to do
//     scripts/            the people and the predecessor
//     output.log          what the programs of the race said
//
//   Stage stage(fs, request);    names, nothing is made
//   stage.build();               the branch is on the remote now, where no such one was
//   stage.leave_remote(copy);    and gone again, kept in the repository `copy`
//   stage.withdraw();            the branch, if it is still there
//   stage.remove();              the directory
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "clone/clone.h"
#include "os/file_system.h"
#include "race/processes.h"
#include "race/request.h"

namespace signalbox {

class Stage {
 public:
  Stage(os::FileSystem& fs, const RaceRequest& request);

  [[nodiscard]] Status build();
  // "": no copy.
  [[nodiscard]] Status leave_remote(const std::string& copy) const;
  // Takes the race's branches off a remote that is not its own; fine when they are gone already.
  [[nodiscard]] Status withdraw() const;
  void remove() const;  // the directory

  [[nodiscard]] bool has_own_remote() const { return request_.remote.empty(); }
  [[nodiscard]] std::string remote() const;  // path or URL
  [[nodiscard]] const std::string& branch() const { return branch_; }
  [[nodiscard]] const std::string& directory() const { return directory_; }
  [[nodiscard]] const std::vector<Clone>& clones() const { return clones_; }
  [[nodiscard]] std::string person(std::size_t number) const;
  [[nodiscard]] std::string journal() const { return directory_ + "/journal"; }
  [[nodiscard]] std::string script(const std::string& name) const;
  [[nodiscard]] std::string output() const { return directory_ + "/output.log"; }

  // The tip of the branch as far as it can be seen without asking a remote; "" when it cannot.
  [[nodiscard]] std::string seen_tip() const;
  // Events that wait in the clones and in the user's state directory.
  [[nodiscard]] std::size_t waiting() const;

  void set_fault(Fault fault, bool happens) const;  // Hang and Reject: of the remote's hook

  // From now on the clones wait longer for the remote: what has piled up behind faults may take a
  // while to fetch and to push.
  [[nodiscard]] Status be_patient() const;

  // What a person does who looks after the machines: reports that a refusal set aside wait again;
  // lock files of a git that was killed, older than ten seconds, are deleted. How many.
  [[nodiscard]] std::size_t put_back_refused() const;
  [[nodiscard]] std::size_t remove_dead_locks() const;

 private:
  [[nodiscard]] Status write_scripts() const;
  [[nodiscard]] Status play(const std::vector<std::string>& script) const;

  os::FileSystem& fs_;
  RaceRequest request_;
  std::string branch_;
  std::string directory_;
  std::vector<Clone> clones_;
};

}  // namespace signalbox
