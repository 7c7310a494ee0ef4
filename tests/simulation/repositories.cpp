#include "simulation/repositories.h"

#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <vector>

#include "base/text.h"
#include "repository/git.h"

namespace signalbox::simulation {
namespace {

namespace files = std::filesystem;

using git::open;
using git::parse_oid;
using git::text_of;
using CherryPicked = git::Index;

constexpr const char* tracking_ref = "refs/remotes/origin/main";

void write(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

void make_repository(const std::string& directory, const std::string& objects,
                     const std::string& config) {
  files::create_directories(directory + "/refs/heads");
  files::create_directory_symlink(objects, directory + "/objects");
  write(directory + "/HEAD", std::string("ref: ") + branch_ref + "\n");
  write(directory + "/config", config);
}

git::Signature signature(const char* name, long time) {
  git_signature* made = nullptr;
  (void)git_signature_new(&made, name, "person@example.org", time, 0);
  return git::Signature(made);
}

git::Commit commit_of(git_repository* repository, const std::string& id) {
  const auto oid = parse_oid(id);
  git_commit* found = nullptr;
  if (oid) (void)git_commit_lookup(&found, repository, &*oid);
  return git::Commit(found);
}

git::Tree tree_of(const git::Commit& commit) {
  git_tree* found = nullptr;
  if (commit) (void)git_commit_tree(&found, commit.get());
  return git::Tree(found);
}

std::string write_commit(git_repository* repository, const git_oid& tree_id,
                         const git_commit* parent, const git_signature* author,
                         const char* message) {
  git_tree* handle = nullptr;
  if (git_tree_lookup(&handle, repository, &tree_id) < 0) return {};
  const git::Tree tree(handle);
  const git_commit* parents[] = {parent};
  git_oid made;
  if (git_commit_create(&made, repository, nullptr, author, author, nullptr, message, handle,
                        parent == nullptr ? 0 : 1, parents) < 0) {
    return {};
  }
  return text_of(made);
}

// The person's own commits, moved on top of another one; "" on a conflict.
std::string replay(git_repository* repository, const std::string& head, std::string onto,
                   const std::string& upstream, long time) {
  std::vector<git::Commit> own;
  for (auto commit = commit_of(repository, head); commit;) {
    const git_oid* id = git_commit_id(commit.get());
    const auto upstream_id = parse_oid(upstream);
    if (git_oid_equal(id, &*upstream_id) == 1 ||
        git_graph_descendant_of(repository, &*upstream_id, id) == 1) {
      break;
    }
    git_commit* parent = nullptr;
    (void)git_commit_parent(&parent, commit.get(), 0);
    own.push_back(std::move(commit));
    commit = git::Commit(parent);
  }
  for (auto commit = own.rbegin(); commit != own.rend(); ++commit) {
    const git::Commit base = commit_of(repository, onto);
    git_index* handle = nullptr;
    if (git_cherrypick_commit(&handle, repository, commit->get(), base.get(), 0, nullptr) < 0) {
      return {};
    }
    const CherryPicked index(handle);
    git_oid tree;
    if (git_index_has_conflicts(handle) == 1 ||
        git_index_write_tree_to(&tree, handle, repository) < 0) {
      return {};
    }
    const auto author = signature("Person", time);
    onto =
        write_commit(repository, tree, base.get(), author.get(), git_commit_message(commit->get()));
    if (onto.empty()) return {};
  }
  return onto;
}

// `how` for all files, or for those of data/ only.
bool check_out(git_repository* repository, const std::string& commit, unsigned how,
               bool data_only = false) {
  const git::Tree tree = tree_of(commit_of(repository, commit));
  if (!tree) return false;
  std::array<char, 5> data = {"data"};
  char* paths[] = {data.data()};
  git_checkout_options options;
  git_checkout_options_init(&options, GIT_CHECKOUT_OPTIONS_VERSION);
  options.checkout_strategy = how;
  options.paths = {.strings = paths, .count = data_only ? 1U : 0U};
  return git_checkout_tree(repository, reinterpret_cast<git_object*>(tree.get()), &options) == 0;
}

}  // namespace

std::string make_remote(const std::string& path, const std::string& objects) {
  git::start();
  files::create_directories(objects + "/info");
  files::create_directories(objects + "/pack");
  make_repository(path, objects, "[core]\n\trepositoryformatversion = 0\n\tbare = true\n");
  constexpr long first = 1'771'900'000;
  const std::string one = commit_on(path, "", "plan.txt", "the plan\n", first);
  write_ref(path, branch_ref, one);
  return one;
}

void make_clone(const std::string& path, const std::string& objects, const std::string& remote) {
  const std::string git_directory = path + "/.git";
  make_repository(git_directory, objects,
                  "[core]\n\trepositoryformatversion = 0\n\tbare = false\n[remote \"origin\"]\n"
                  "\turl = " +
                      remote + "\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n");
  const std::string tip = read_ref(remote, branch_ref);
  write_ref(git_directory, branch_ref, tip);
  write_ref(git_directory, tracking_ref, tip);
  const auto repository = open(git_directory);
  if (repository) (void)check_out(repository->get(), tip, GIT_CHECKOUT_FORCE);
  files::create_directories(path + "/data/status");
}

std::string read_ref(const std::string& git_directory, const std::string& ref) {
  std::ifstream file(git_directory + "/" + ref);
  std::string commit;
  file >> commit;
  return commit;
}

void write_ref(const std::string& git_directory, const std::string& ref,
               const std::string& commit) {
  const std::string path = git_directory + "/" + ref;
  files::create_directories(files::path(path).parent_path());
  write(path + ".new", commit + "\n");
  files::rename(path + ".new", path);
}

void delete_ref(const std::string& git_directory, const std::string& ref) {
  files::remove(git_directory + "/" + ref);
}

bool descends_from(const std::string& git_directory, const std::string& commit,
                   const std::string& ancestor) {
  if (ancestor.empty() || commit == ancestor) return true;
  const auto repository = open(git_directory);
  const auto one = parse_oid(commit);
  const auto other = parse_oid(ancestor);
  return repository && one && other &&
         git_graph_descendant_of(repository->get(), &*one, &*other) == 1;
}

std::string file_at(const std::string& git_directory, const std::string& commit,
                    const std::string& path) {
  const auto repository = open(git_directory);
  if (!repository) return {};
  const git::Tree tree = tree_of(commit_of(repository->get(), commit));
  git_tree_entry* handle = nullptr;
  if (!tree || git_tree_entry_bypath(&handle, tree.get(), path.c_str()) < 0) return {};
  const git::TreeEntry entry(handle);
  git_blob* found = nullptr;
  if (git_blob_lookup(&found, repository->get(), git_tree_entry_id(handle)) < 0) return {};
  const git::Blob blob(found);
  return {static_cast<const char*>(git_blob_rawcontent(found)),
          static_cast<std::size_t>(git_blob_rawsize(found))};
}

bool brings(const std::string& git_directory, const std::string& before, const std::string& commit,
            const std::string& words) {
  const auto repository = open(git_directory);
  if (!repository) return false;
  const git::Tree from = tree_of(commit_of(repository->get(), before));
  const git::Tree to = tree_of(commit_of(repository->get(), commit));
  git_diff* handle = nullptr;
  if (git_diff_tree_to_tree(&handle, repository->get(), from.get(), to.get(), nullptr) < 0) {
    return false;
  }
  const git::Diff diff(handle);
  for (std::size_t i = 0; i < git_diff_num_deltas(handle); ++i) {
    git_blob* found = nullptr;
    const git_oid* id = &git_diff_get_delta(handle, i)->new_file.id;
    if (git_blob_lookup(&found, repository->get(), id) < 0) continue;  // taken away
    const git::Blob blob(found);
    const std::string_view bytes(static_cast<const char*>(git_blob_rawcontent(found)),
                                 static_cast<std::size_t>(git_blob_rawsize(found)));
    if (bytes.find(words) != std::string_view::npos) return true;
  }
  return false;
}

bool is_index_of_head(const std::string& clone) {
  const auto repository = open(clone + "/.git");
  git_index* handle = nullptr;
  if (!repository || git_repository_index(&handle, repository->get()) < 0) return false;
  const git::Index index(handle);
  const git::Tree head =
      tree_of(commit_of(repository->get(), read_ref(clone + "/.git", branch_ref)));
  git_oid tree;
  return head && git_index_write_tree(&tree, handle) == 0 &&
         git_oid_equal(&tree, git_tree_id(head.get())) == 1;
}

std::string commit_on(const std::string& git_directory, const std::string& parent,
                      const std::string& path, const std::string& bytes, long time) {
  const auto repository = open(git_directory);
  if (!repository) return {};
  const git::Commit base = commit_of(repository->get(), parent);
  git_tree_update update{};
  update.action = GIT_TREE_UPDATE_UPSERT;
  update.filemode = GIT_FILEMODE_BLOB;
  update.path = path.c_str();
  if (git_blob_create_from_buffer(&update.id, repository->get(), bytes.data(), bytes.size()) < 0) {
    return {};
  }
  git_oid tree;
  const git::Tree before = tree_of(base);
  if (git_tree_create_updated(&tree, repository->get(), before.get(), 1, &update) < 0) return {};
  const auto author = signature("Editor", time);
  return write_commit(repository->get(), tree, base.get(), author.get(), "Write a note\n");
}

bool commit_in_clone(const std::string& clone, const std::string& path, long time) {
  const auto repository = open(clone + "/.git");
  if (!repository) return false;
  git_index* handle = nullptr;
  if (git_repository_index(&handle, repository->get()) < 0) return false;
  const git::Index index(handle);
  git_oid tree;
  if (git_index_add_bypath(handle, path.c_str()) < 0 || git_index_write(handle) < 0 ||
      git_index_write_tree(&tree, handle) < 0) {
    return false;
  }
  const git::Commit head = commit_of(repository->get(), read_ref(clone + "/.git", branch_ref));
  const auto author = signature("Person", time);
  const std::string made = write_commit(repository->get(), tree, head.get(), author.get(),
                                        ("Change " + path + "\n").c_str());
  if (made.empty()) return false;
  write_ref(clone + "/.git", branch_ref, made);
  return true;
}

bool rebase_clone(const std::string& clone, long time) {
  const std::string git_directory = clone + "/.git";
  if (files::exists(git_directory + "/index.lock")) return false;
  const auto repository = open(git_directory);
  if (!repository) return false;
  const std::string head = read_ref(git_directory, branch_ref);
  const std::string upstream = read_ref(git_directory, tracking_ref);
  if (descends_from(git_directory, head, upstream)) return true;
  const std::string tip = replay(repository->get(), head, upstream, upstream, time);
  // Views that the branch does not have yet are in the way of git, and are made again.
  if (tip.empty() || !check_out(repository->get(), tip, GIT_CHECKOUT_FORCE, true)) return false;
  if (!check_out(repository->get(), tip, GIT_CHECKOUT_SAFE)) {
    (void)check_out(repository->get(), head, GIT_CHECKOUT_FORCE, true);
    return false;
  }
  write_ref(git_directory, branch_ref, tip);
  return true;
}

}  // namespace signalbox::simulation
