#include "repository/late_objects.h"

#include <dirent.h>
#include <git2/sys/odb_backend.h>

namespace signalbox::git {
namespace {

// Asked after all others, so that it must be below libgit2's priority of loose objects.
constexpr int last = 0;

struct LateObjects {
  git_odb_backend base{};
  git_odb_backend* loose = nullptr;
  std::string directory;
};

void look_at(const std::string& directory) {
  if (DIR* opened = ::opendir(directory.c_str())) (void)::closedir(opened);
}

// The loose objects, after a fresh look at the two directories that lead to `oid`.
git_odb_backend* loose_for(git_odb_backend* backend, const git_oid* oid) {
  const auto* late = reinterpret_cast<const LateObjects*>(backend);
  look_at(late->directory);
  look_at(late->directory + "/" + text_of(*oid).substr(0, 2));
  return late->loose;
}

int read(void** bytes, std::size_t* size, git_object_t* type, git_odb_backend* backend,
         const git_oid* oid) {
  git_odb_backend* loose = loose_for(backend, oid);
  return loose->read(bytes, size, type, loose, oid);
}

int read_header(std::size_t* size, git_object_t* type, git_odb_backend* backend,
                const git_oid* oid) {
  git_odb_backend* loose = loose_for(backend, oid);
  return loose->read_header(size, type, loose, oid);
}

int exists(git_odb_backend* backend, const git_oid* oid) {
  git_odb_backend* loose = loose_for(backend, oid);
  return loose->exists(loose, oid);
}

// An object about to be written is not looked for: writing it once more does no harm.
int freshen(git_odb_backend* /*backend*/, const git_oid* /*oid*/) {
  return GIT_ENOTFOUND;
}

void release(git_odb_backend* backend) {
  auto* late = reinterpret_cast<LateObjects*>(backend);
  late->loose->free(late->loose);
  delete late;
}

git_odb_backend* backend_of(const std::string& directory) {
  auto* late = new LateObjects{.directory = directory};
  if (git_odb_backend_loose(&late->loose, directory.c_str(), -1, 1, 0, 0) < 0) {
    delete late;
    return nullptr;
  }
  git_odb_backend& base = late->base;
  base.version = GIT_ODB_BACKEND_VERSION;
  base.read = read;
  base.read_header = read_header;
  base.exists = exists;
  base.freshen = freshen;
  base.free = release;
  return &base;
}

}  // namespace

void find_late_objects(git_repository* repository) {
  git_buf directory = GIT_BUF_INIT;
  git_odb* database = nullptr;
  if (git_repository_item_path(&directory, repository, GIT_REPOSITORY_ITEM_OBJECTS) == 0 &&
      git_repository_odb(&database, repository) == 0) {
    git_odb_backend* backend = backend_of(directory.ptr);
    if (backend != nullptr && git_odb_add_backend(database, backend, last) < 0) release(backend);
  }
  git_odb_free(database);
  git_buf_dispose(&directory);
}

}  // namespace signalbox::git
