#include "repository/gathered_objects.h"

#include <git2/sys/odb_backend.h>

#include <algorithm>
#include <utility>

namespace signalbox::git {
namespace {

using Database = std::unique_ptr<git_odb, Releaser<git_odb_free>>;
using PackBuilder = std::unique_ptr<git_packbuilder, Releaser<git_packbuilder_free>>;

constexpr int first = 1000;             // libgit2's own have 1 and 2
constexpr std::size_t many = 100;       // as git's own limit for what it receives
constexpr std::size_t large = 1 << 18;  // bytes; there are few of them, and memory is bounded

Result<Database> database_of(git_repository* repository) {
  git_odb* handle = nullptr;
  if (const int code = git_repository_odb(&handle, repository); code < 0) {
    return std::unexpected(error(code, "cannot open the object database"));
  }
  return Database(handle);
}

}  // namespace

struct GatheredObjects::Backend {
  git_odb_backend base{};
  GatheredObjects gathered;

  static const Object* find(git_odb_backend* backend, const git_oid* oid) {
    const auto& objects = reinterpret_cast<Backend*>(backend)->gathered.objects_;
    const auto found = objects.find(*oid);
    return found == objects.end() ? nullptr : &found->second;
  }

  static int read(void** bytes, std::size_t* size, git_object_t* type, git_odb_backend* backend,
                  const git_oid* oid) {
    const Object* object = find(backend, oid);
    if (object == nullptr) return GIT_ENOTFOUND;
    *bytes = git_odb_backend_data_alloc(backend, object->bytes.size());
    if (*bytes == nullptr) return GIT_ERROR;
    std::ranges::copy(object->bytes, static_cast<char*>(*bytes));
    *size = object->bytes.size();
    *type = object->type;
    return 0;
  }

  static int read_header(std::size_t* size, git_object_t* type, git_odb_backend* backend,
                         const git_oid* oid) {
    const Object* object = find(backend, oid);
    if (object == nullptr) return GIT_ENOTFOUND;
    *size = object->bytes.size();
    *type = object->type;
    return 0;
  }

  static int exists(git_odb_backend* backend, const git_oid* oid) {
    return find(backend, oid) == nullptr ? 0 : 1;
  }

  static int write(git_odb_backend* backend, const git_oid* oid, const void* bytes,
                   std::size_t size, git_object_t type) {
    GatheredObjects& gathered = reinterpret_cast<Backend*>(backend)->gathered;
    if (!gathered.gathering_ || size > large) return GIT_PASSTHROUGH;  // to the next in line
    gathered.objects_.insert_or_assign(
        *oid, Object{type, std::string(static_cast<const char*>(bytes), size)});
    return 0;
  }

  // Streams write blobs of any size to the disk as they come.
  static int write_stream(git_odb_stream** /*stream*/, git_odb_backend* /*backend*/,
                          git_object_size_t /*size*/, git_object_t /*type*/) {
    return GIT_PASSTHROUGH;
  }

  static void release(git_odb_backend* backend) { delete reinterpret_cast<Backend*>(backend); }
};

Result<GatheredObjects*> GatheredObjects::add_to(git_repository* repository) {
  const auto database = database_of(repository);
  if (!database) return std::unexpected(database.error());
  auto backend = std::make_unique<Backend>();
  git_odb_backend& base = backend->base;
  base.version = GIT_ODB_BACKEND_VERSION;
  base.read = Backend::read;
  base.read_header = Backend::read_header;
  base.exists = Backend::exists;
  base.write = Backend::write;
  base.writestream = Backend::write_stream;
  base.free = Backend::release;
  if (const int code = git_odb_add_backend(database->get(), &base, first); code < 0) {
    return std::unexpected(error(code, "cannot write objects"));
  }
  return &backend.release()->gathered;
}

Result<git_oid> GatheredObjects::add_blob(git_repository* repository, std::string_view bytes) {
  const auto database = database_of(repository);
  if (!database) return std::unexpected(database.error());
  git_oid oid;
  const int code =
      git_odb_write(&oid, database->get(), bytes.data(), bytes.size(), GIT_OBJECT_BLOB);
  if (code < 0) return std::unexpected(error(code, "cannot write an object"));
  return oid;
}

Status GatheredObjects::write(git_repository* repository) {
  auto done = objects_.size() < many ? write_loose(repository) : write_pack(repository);
  end();
  return done;
}

Status GatheredObjects::write_pack(git_repository* repository) {
  git_packbuilder* handle = nullptr;
  int code = git_packbuilder_new(&handle, repository);
  const PackBuilder builder(handle);
  for (const auto& [oid, object] : objects_) {
    if (code == 0) code = git_packbuilder_insert(handle, &oid, nullptr);
  }
  if (code == 0) code = git_packbuilder_write(handle, nullptr, 0, nullptr, nullptr);
  if (code < 0) return std::unexpected(error(code, "cannot write the objects of a commit"));
  return {};
}

Status GatheredObjects::write_loose(git_repository* repository) {
  const auto database = database_of(repository);
  if (!database) return std::unexpected(database.error());
  const auto objects = std::exchange(objects_, {});
  gathering_ = false;
  for (const auto& [known, object] : objects) {
    git_oid oid;
    const int code =
        git_odb_write(&oid, database->get(), object.bytes.data(), object.bytes.size(), object.type);
    if (code < 0) return std::unexpected(error(code, "cannot write an object"));
  }
  return {};
}

}  // namespace signalbox::git
