#include "race/page.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/text.h"

namespace signalbox {
namespace {

constexpr double picture_width = 960;
constexpr double label_width = 90;
constexpr double row_height = 14;
constexpr double gap = 10;
constexpr std::size_t most_rows = 64;  // of writers; more share a row

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

// A number for SVG: tenths are enough.
std::string tenths(double value) {
  const auto rounded = std::llround(value * 10);
  return std::to_string(rounded / 10) + "." + std::to_string(std::llabs(rounded % 10));
}

std::string seconds(std::chrono::milliseconds time) {
  return tenths(static_cast<double>(time.count()) / 1000) + " s";
}

// Draws row below row.
class Picture {
 public:
  explicit Picture(const Timeline& timeline)
      : timeline_(timeline),
        total_(std::max<double>(static_cast<double>(timeline.end().count()), 1)) {}

  void heading(const std::string& text) {
    y_ += gap;
    svg_ += "<text class=\"heading\" x=\"0\" y=\"" + tenths(y_ + row_height - 3) + "\">" +
            escaped(text) + "</text>\n";
    y_ += row_height + 2;
  }

  void label(const std::string& text) {
    svg_ +=
        "<text x=\"0\" y=\"" + tenths(y_ + row_height - 3) + "\">" + escaped(text) + "</text>\n";
  }

  // A cell a column, the darker the more.
  void columns(const std::vector<std::uint32_t>& counts, std::uint32_t most, const char* kind,
               const std::string& of_what) {
    const auto width = timeline_.width();
    for (std::size_t column = 0; column < counts.size(); ++column) {
      if (counts[column] == 0) continue;
      const double part = static_cast<double>(counts[column]) / std::max<std::uint32_t>(most, 1);
      const auto begin = width * static_cast<std::int64_t>(column);
      box(begin, begin + width, kind, 0.25 + 0.75 * part,
          std::to_string(counts[column]) + " " + of_what + " from " + seconds(begin) + " on");
    }
    next_row();
  }

  void spans(const std::vector<Timeline::Span>& spans, std::size_t row, const std::string& kind) {
    for (const Timeline::Span& span : spans) {
      if (span.row != row) continue;
      box(span.begin, span.end, kind, 0.8,
          span.text + ", " + seconds(span.begin) + " to " + seconds(span.end));
    }
    next_row();
  }

  void axis() {
    constexpr int ticks = 6;
    for (int tick = 0; tick <= ticks; ++tick) {
      const auto time = timeline_.end() * tick / ticks;
      const char* const anchor = tick == 0 ? "start" : tick == ticks ? "end" : "middle";
      svg_ += "<text x=\"" + tenths(x_of(time)) + "\" y=\"" + tenths(y_ + row_height) +
              "\" text-anchor=\"" + anchor + "\">" + seconds(time) + "</text>\n";
    }
    y_ += row_height + gap;
  }

  [[nodiscard]] std::string finished() const {
    return "<svg viewBox=\"0 0 " + tenths(picture_width) + " " + tenths(y_) +
           "\" role=\"img\" aria-label=\"timeline of the race\">\n" + svg_ + "</svg>\n";
  }

 private:
  [[nodiscard]] double x_of(std::chrono::milliseconds time) const {
    const double part = std::clamp(static_cast<double>(time.count()) / total_, 0.0, 1.0);
    return label_width + part * (picture_width - label_width);
  }

  void box(std::chrono::milliseconds begin, std::chrono::milliseconds end, const std::string& kind,
           double strength, const std::string& title) {
    constexpr double narrowest = 1.5;
    const double x = x_of(begin);
    const double width = std::max(x_of(end) - x, narrowest);
    svg_ += "<rect class=\"" + kind + "\" x=\"" + tenths(x) + "\" y=\"" + tenths(y_) +
            "\" width=\"" + tenths(width) + "\" height=\"" + tenths(row_height - 2) +
            "\" opacity=\"" + tenths(strength) + "\"><title>" + escaped(title) +
            "</title></rect>\n";
  }

  void next_row() { y_ += row_height; }

  const Timeline& timeline_;
  double total_;
  double y_ = 0;
  std::string svg_;
};

void add(std::vector<std::uint32_t>& sum, const std::vector<std::uint32_t>& part) {
  if (sum.size() < part.size()) sum.resize(part.size());
  for (std::size_t i = 0; i < part.size(); ++i) sum[i] += part[i];
}

std::uint32_t largest(const std::vector<std::uint32_t>& counts) {
  return counts.empty() ? 0 : *std::ranges::max_element(counts);
}

void draw_writers(Picture& picture, const Timeline& timeline) {
  const auto& writers = timeline.writers();
  const std::size_t a_row = (writers.size() + most_rows - 1) / most_rows;
  std::vector<std::vector<std::uint32_t>> rows;
  for (std::size_t writer = 0; writer < writers.size(); ++writer) {
    if (writer % a_row == 0) rows.emplace_back();
    add(rows.back(), writers[writer]);
  }
  std::uint32_t most = 0;
  for (const auto& row : rows) most = std::max(most, largest(row));
  picture.heading("Writers: reports acknowledged");
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const std::size_t first = row * a_row;
    picture.label("writer " + std::to_string(first) +
                  (a_row > 1 ? "–" + std::to_string(std::min(first + a_row, writers.size()) - 1)
                             : std::string()));
    picture.columns(rows[row], most, "writer", "acknowledged");
  }
}

std::string picture_of(const RaceRequest& request, const Timeline& timeline) {
  Picture picture(timeline);
  picture.axis();
  draw_writers(picture, timeline);
  const auto by_clone = [&](const char* heading, const std::vector<Timeline::Span>& spans,
                            const char* kind) {
    picture.heading(heading);
    for (std::size_t clone = 0; clone < request.clones; ++clone) {
      picture.label("clone " + std::to_string(clone));
      picture.spans(spans, clone, kind);
    }
  };
  if (request.protocol == Protocol::Signalbox) {
    by_clone("Publisher lock: who held it", timeline.locks(), "lock");
  }
  by_clone("Syncs", timeline.syncs(), "sync");
  picture.heading("The published branch: commits");
  picture.label("commits");
  picture.columns(timeline.commits(), largest(timeline.commits()), "commit", "commits");
  picture.heading("Faults");
  for (std::size_t kind = 0; kind < all_faults.size(); ++kind) {
    picture.label(name_of(all_faults[kind]));
    picture.spans(timeline.faults(), kind, "fault");
  }
  picture.axis();
  return picture.finished();
}

std::string row(const std::string& what, const std::string& how_much) {
  return "<tr><th scope=\"row\">" + escaped(what) + "</th><td>" + escaped(how_much) +
         "</td></tr>\n";
}

std::string milliseconds_of(std::chrono::microseconds time) {
  return tenths(static_cast<double>(time.count()) / 1000) + " ms";
}

std::string table_of(const RaceResult& result) {
  std::string faults;
  for (const auto& [fault, count] : result.faults) {
    faults += (faults.empty() ? "" : ", ") + name_of(fault) + " " + std::to_string(count);
  }
  return "<table>\n" + row("acknowledged", std::to_string(result.acknowledged)) +
         row("not recorded, and told so", std::to_string(result.not_recorded)) +
         row("published", std::to_string(result.published)) +
         row("lost", std::to_string(result.lost)) + row("doubled", std::to_string(result.doubled)) +
         row("backwards", std::to_string(result.backwards)) +
         row("commits", std::to_string(result.commits)) +
         row("failed pushes", std::to_string(result.failed_pushes)) +
         row("report: median", milliseconds_of(result.p50)) +
         row("report: 99 % below", milliseconds_of(result.p99)) +
         row("report: longest", milliseconds_of(result.longest)) +
         row("faults", faults.empty() ? "none" : faults) + row("writing", seconds(result.writing)) +
         row("settling", seconds(result.settling)) + row("checking", seconds(result.checking)) +
         "</table>\n";
}

constexpr const char* style = R"(
:root { color-scheme: light dark; --ink: #1c2024; --paper: #fff; --faint: #60646c; --line: #d9dce1;
  --writer: #2563a8; --lock: #8a5a00; --sync: #5b6470; --commit: #1f7a3d; --fault: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #edeef0; --paper: #17191c; --faint: #b0b4ba;
  --line: #3a3f45; --writer: #7db4ea; --lock: #e0b050; --sync: #a4adb8; --commit: #6cc48a;
  --fault: #ff8a80; } }
body { margin: 2rem auto; max-width: 64rem; padding: 0 1rem; color: var(--ink);
  background: var(--paper); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin-bottom: .25rem; }
.verdict { font-size: 1.15rem; font-weight: 600; }
.proven { color: var(--commit); } .violated { color: var(--fault); }
svg { width: 100%; min-width: 40rem; height: auto; } .wide { overflow-x: auto; }
svg text { font: 10px system-ui, sans-serif; fill: var(--faint); }
svg .heading { font-size: 11px; font-weight: 600; fill: var(--ink); }
.writer { fill: var(--writer); } .lock { fill: var(--lock); } .sync { fill: var(--sync); }
.commit { fill: var(--commit); } .fault { fill: var(--fault); }
table { border-collapse: collapse; } th, td { text-align: left; padding: .15rem 1.5rem .15rem 0;
  border-bottom: 1px solid var(--line); font-weight: 400; }
td { font-variant-numeric: tabular-nums; }
)";

}  // namespace

std::string race_page(const RaceRequest& request, const RaceResult& result) {
  const bool is_baseline = request.protocol == Protocol::Baseline;
  const std::string title = std::string("Race: ") + (is_baseline ? "the predecessor" : "Signalbox");
  std::string page =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>" +
      title + "</title>\n<style>" + style + "</style>\n</head>\n<body>\n<h1>" + title +
      "</h1>\n<p>" + std::to_string(request.writers) + " writers, " +
      std::to_string(request.clones) + " clones, " + std::to_string(request.jobs) + " jobs, " +
      std::to_string(request.humans) + " people; seed " + std::to_string(request.seed) + "</p>\n";
  page += result.proven ? "<p class=\"verdict proven\">✓ Proven: nothing was lost, doubled or set "
                          "back.</p>\n"
                        : "<p class=\"verdict violated\">✗ Not proven.</p>\n";
  for (const std::string& violation : result.violations) {
    page += "<p>" + escaped(printable(violation, 400)) + "</p>\n";
  }
  page += "<div class=\"wide\">\n" + picture_of(request, result.timeline) + "</div>\n";
  if (result.timeline.left_out() > 0) {
    page += "<p>" + std::to_string(result.timeline.left_out()) +
            " later locks, syncs and faults are not in the picture.</p>\n";
  }
  return page + table_of(result) + "</body>\n</html>\n";
}

}  // namespace signalbox
