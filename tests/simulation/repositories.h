// The git repositories of the world, and what people and old scripts do with the git program: the
// same operations by libgit2, each as one step that nothing interrupts.
//
// All repositories share one store of objects, so that to fetch and to push is to move refs: which
// objects git sends is git's business. Object ids are 40 hexadecimal digits, "" no commit.
#pragma once

#include <string>

namespace signalbox::simulation {

inline constexpr const char* branch_ref = "refs/heads/main";

// A remote with a first commit, its tip returned; `objects` is made for all.
std::string make_remote(const std::string& path, const std::string& objects);
void make_clone(const std::string& path, const std::string& objects, const std::string& remote);

// Refs as files, which libgit2 reads as they are.
[[nodiscard]] std::string read_ref(const std::string& git_directory, const std::string& ref);
void write_ref(const std::string& git_directory, const std::string& ref, const std::string& commit);
void delete_ref(const std::string& git_directory, const std::string& ref);

// Whether `ancestor` is `commit` or an ancestor of it.
[[nodiscard]] bool descends_from(const std::string& git_directory, const std::string& commit,
                                 const std::string& ancestor);
// The bytes of a file at a commit; "" when it is not there.
[[nodiscard]] std::string file_at(const std::string& git_directory, const std::string& commit,
                                  const std::string& path);

// Whether a file that `commit` has and `before` has not, or not so, holds the words.
[[nodiscard]] bool brings(const std::string& git_directory, const std::string& before,
                          const std::string& commit, const std::string& words);

// A commit on `parent` that puts a file there: an edit in the browser. "" when that failed.
std::string commit_on(const std::string& git_directory, const std::string& parent,
                      const std::string& path, const std::string& bytes, long time);

// git add PATH && git commit. False when another git is at work (index.lock).
bool commit_in_clone(const std::string& clone, const std::string& path, long time);
// git checkout -- data && git rebase origin/main: false when something stands in the way.
bool rebase_clone(const std::string& clone, long time);

// Whether the index is that of HEAD: nothing is staged, by nobody.
[[nodiscard]] bool is_index_of_head(const std::string& clone);

}  // namespace signalbox::simulation
