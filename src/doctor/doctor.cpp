#include "doctor/doctor.h"

#include <cstdio>

#include "doctor/examination.h"

namespace signalbox {
namespace {

constexpr std::size_t names_shown = 5;

}  // namespace

std::string some_of(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < names_shown; ++i) {
    text += (i == 0 ? "" : ", ") + printable(names[i]);
  }
  if (names.size() > names_shown) {
    text += " and " + std::to_string(names.size() - names_shown) + " more";
  }
  return text;
}

std::string counted(std::size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string size_text(std::uint64_t bytes) {
  constexpr const char* units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB"};
  constexpr double step = 1024;
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= step && unit + 1 < std::size(units)) {
    value /= step;
    ++unit;
  }
  char text[32];
  (void)std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
  return text;
}

Check unknown(const std::string& id, const Error& error) {
  return {.id = id,
          .verdict = Verdict::Note,
          .found = "not known: " + printable(error.what, 300),
          .advice = error.advice};
}

Examined examine(os::FileSystem& fs, os::Clock& clock, const Clone& clone, bool fix) {
  Examination examination{.fs = fs, .clock = clock, .clone = clone, .fix = fix};
  examination.now = clock.wall();
  examination.state = read_state(fs, clone.own_directory());
  check_clone(examination);
  const auto session = Session::open(fs, clock, clone);
  if (session) {
    examination.session = session->get();
    if (const auto tip = (*session)->shown_tip()) examination.tip = *tip;
    check_remote(examination);
    check_branch(examination);
  } else {
    examination.add({.id = "repository",
                     .verdict = Verdict::Broken,
                     .found = printable(session.error().what, 300),
                     .meaning = "reports are recorded, and none is published from here",
                     .advice = session.error().advice});
  }
  check_schedule(examination);
  if (examination.session != nullptr) {
    check_board(examination);
    check_clones(examination);
    check_clock(examination);
  }
  check_spool(examination);
  check_locks(examination);
  check_storage(examination);
  check_sharing(examination);
  if (examination.session != nullptr) check_limits(examination);
  return {std::move(examination.checks), std::move(examination.clones)};
}

Examined without_clone(const Error& error) {
  return {.checks = {{.id = "clone",
                      .verdict = Verdict::Broken,
                      .found = printable(error.what, 300),
                      .meaning = "reports for it go to the user's state directory and wait",
                      .advice = error.advice}},
          .clones = {}};
}

}  // namespace signalbox
