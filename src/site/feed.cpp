#include "site/feed.h"

#include <algorithm>

#include "site/digest.h"
#include "site/text.h"

namespace signalbox::site {
namespace {

struct Entry {
  UtcTime time;
  const RunOfJob* of;
  const Run::Change* change;
  std::size_t number;  // of the run's changes

  [[nodiscard]] bool is_last() const { return number + 1 == of->run.changes.size(); }
};

std::vector<Entry> entries_of(std::span<const RunOfJob> runs) {
  std::vector<Entry> entries;
  for (const RunOfJob& run : runs) {
    for (std::size_t i = 0; i < run.run.changes.size(); ++i) {
      entries.push_back({run.run.changes[i].time, &run, &run.run.changes[i], i});
    }
  }
  std::ranges::sort(entries, [](const Entry& a, const Entry& b) {
    if (a.time != b.time) return a.time > b.time;
    if (a.of->job != b.of->job) return a.of->job < b.of->job;
    return a.of->run.id != b.of->run.id ? a.of->run.id < b.of->run.id : a.number > b.number;
  });
  if (entries.size() > most_entries) entries.resize(most_entries);
  return entries;
}

// A name that stays the same wherever the site is moved: RFC 4151.
std::string tag(const std::string& what) {
  return "tag:signalbox,2025:" + what;
}

std::string xml_of(const Entry& entry, const Naming& naming) {
  const Run& run = entry.of->run;
  const std::string name =
      tag(entry.of->job + ":" +
          digest_text(run.id + " " + format_milliseconds(entry.time) + " " + entry.change->status));
  std::string xml =
      "  <entry>\n    <id>" + html(name) + "</id>\n    <title>" +
      html(entry.of->job + " " + entry.change->status) + "</title>\n    <updated>" +
      format_milliseconds(entry.time) + "</updated>\n    <link href=\"" +
      html((naming.base_url.empty() ? "index.html" : naming.base_url) + "#/job/" + entry.of->job) +
      "\"/>\n";
  const std::string where = run.host.empty() ? "" : "on " + run.host;
  const std::string message = entry.is_last() ? run.message : "";
  const std::string summary = message + (message.empty() || where.empty() ? "" : ", ") + where;
  if (!summary.empty()) xml += "    <summary>" + html(summary) + "</summary>\n";
  return xml + "  </entry>\n";
}

const char* colour_of(const std::string& status) {
  if (status == "completed") return "#2b7a3d";
  if (status == "failed" || status == "timeout") return "#b3261e";
  if (status == "running") return "#1f5fa8";
  return "#5c636a";
}

}  // namespace

std::string feed_of(const Naming& naming, UtcTime generated_at, std::span<const RunOfJob> runs) {
  const std::string id = naming.base_url.empty() ? tag(digest_text(naming.title)) : naming.base_url;
  std::string xml =
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
      "<feed xmlns=\"http://www.w3.org/2005/Atom\">\n  <id>" +
      html(id) + "</id>\n  <title>" + html(naming.title) + "</title>\n  <updated>" +
      format_milliseconds(generated_at) +
      "</updated>\n  <author><name>signalbox</name></author>\n  <link rel=\"self\" href=\"" +
      html(naming.base_url + "feed.xml") + "\"/>\n  <link href=\"" +
      html(naming.base_url.empty() ? "index.html" : naming.base_url) + "\"/>\n";
  for (const Entry& entry : entries_of(runs)) xml += xml_of(entry, naming);
  return xml + "</feed>\n";
}

std::string badge_of(const std::string& job, const std::string& status) {
  // Of the widest common letters, so that no text is cut; nobody's font is known.
  constexpr std::size_t letter = 7;
  constexpr std::size_t padding = 12;
  const std::size_t left = job.size() * letter + padding;
  const std::size_t right = status.size() * letter + padding;
  const auto text = [](std::size_t begin, std::size_t width, const std::string& words) {
    return "<text x=\"" + std::to_string(begin + width / 2) +
           "\" y=\"14\" text-anchor=\"middle\" fill=\"#fff\">" + html(words) + "</text>";
  };
  const std::string width = std::to_string(left + right);
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + width +
         "\" height=\"20\" role=\"img\" aria-label=\"" + html(job + ": " + status) + "\"><title>" +
         html(job + ": " + status) + "</title><rect width=\"" + width +
         "\" height=\"20\" rx=\"3\" fill=\"#3a3f44\"/><rect x=\"" + std::to_string(left) +
         "\" width=\"" + std::to_string(right) + "\" height=\"20\" rx=\"3\" fill=\"" +
         colour_of(status) +
         "\"/><g font-family=\"Verdana,DejaVu Sans,sans-serif\" font-size=\"11\">" +
         text(0, left, job) + text(left, right, status) + "</g></svg>\n";
}

}  // namespace signalbox::site
