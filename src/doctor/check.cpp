#include "doctor/check.h"

#include <algorithm>

namespace signalbox {

std::string word_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::Ok:
      return "ok";
    case Verdict::Note:
      return "note";
    case Verdict::Warning:
      return "warning";
    case Verdict::Broken:
      break;
  }
  return "broken";
}

Verdict worst_of(const std::vector<Check>& checks) {
  Verdict worst = Verdict::Ok;
  for (const Check& check : checks) worst = std::max(worst, check.verdict);
  return worst;
}

Json json_of(const Check& check) {
  Json object = Json::object();
  object["id"] = check.id;
  object["verdict"] = word_of(check.verdict);
  object["found"] = check.found;
  object["meaning"] = check.meaning;
  object["advice"] = check.advice;
  object["fixable"] = check.fixable;
  object["fixed"] = check.fixed;
  return object;
}

}  // namespace signalbox
