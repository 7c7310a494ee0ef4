// What writers noted of what they were told, for `verify`.
#include "event/job_name.h"
#include "files.h"
#include "target.h"
#include "verify/journal.h"

namespace signalbox::fuzz {
namespace {

void journals(std::string_view bytes) {
  Files files;
  files.bytes["journal/writer"] = bytes;
  const auto journal = Journal::read(files, "journal");
  if (!journal) {
    require(!journal.error().what.empty());
    return;
  }
  require(journal->torn_lines() <= 1);
  for (const Journal::Acknowledgement& one : journal->acknowledgements()) {
    require(PackedId::parse(one.id.unpacked().text()) == one.id);
    require(JobName::parse(journal->name(one.job)).has_value());
    require(journal->find(one.id) != nullptr);
  }
  for (const std::string& tip : journal->tips()) require(is_commit_id(tip));
}

const Target target("journals", journals);

}  // namespace
}  // namespace signalbox::fuzz
