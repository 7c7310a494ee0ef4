#include "serve/answers.h"

#include "base/text.h"
#include "serve/api.h"
#include "site/digest.h"
#include "site/pages.h"

namespace signalbox::serve {
namespace {

constexpr std::string_view json_type = "application/json; charset=utf-8";
// As web/src/index.html has it; a header can say besides who may frame the page.
constexpr const char* content_security_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::string type_of(std::string_view path) {
  if (path.ends_with(".html")) return "text/html; charset=utf-8";
  if (path.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (path.ends_with(".css")) return "text/css; charset=utf-8";
  if (path.ends_with(".svg")) return "image/svg+xml";
  if (path.ends_with(".xml")) return "application/atom+xml; charset=utf-8";
  return "application/octet-stream";
}

Response json_response(std::string text, unsigned status = http::ok) {
  return {.status = status, .content_type = std::string(json_type), .body = std::move(text)};
}

Response failure(const Error& error) {
  const bool is_missing = error.kind == ErrorKind::NotFound;
  const bool is_wrong = error.kind == ErrorKind::InvalidInput;
  return json_response(
      to_line({{"error", error.what}}) + "\n",
      is_missing ? http::not_found : (is_wrong ? http::bad_request : http::internal_error));
}

Response json_or(const Result<std::string>& text) {
  return text ? json_response(*text) : failure(text.error());
}

Response stream() {
  return {.content_type = "text/event-stream; charset=utf-8",
          .body = "retry: 3000\n\nevent: alive\ndata: {}\n\n",
          .headers = {{"X-Accel-Buffering", "no"}},  // nginx would hold it back
          .is_stream = true};
}

void add_strict_headers(Response& response) {
  response.headers.insert(response.headers.end(),
                          {{"Content-Security-Policy", content_security_policy},
                           {"X-Content-Type-Options", "nosniff"},
                           {"Referrer-Policy", "no-referrer"},
                           {"Cross-Origin-Opener-Policy", "same-origin"},
                           {"Cross-Origin-Resource-Policy", "same-origin"}});
  for (const auto& [name, value] : response.headers) {
    if (name == "Cache-Control") return;
  }
  response.headers.emplace_back("Cache-Control", "no-store");
}

// Whether a list of entity tags has this one.
bool names_tag(const std::string& list, const std::string& tag) {
  return list.find(tag) != std::string::npos;
}

}  // namespace

Response Answers::answer(const Request& request) {
  ++requests_;
  auto stopped = gate_.stop(request);
  if (stopped && stopped->status != http::see_other) ++refused_;
  Response response = stopped ? *std::move(stopped) : routed(request);
  add_strict_headers(response);
  return response;
}

Response Answers::routed(const Request& request) const {
  constexpr std::string_view api_root = "/api/v1/";
  if (request.path.starts_with(api_root)) {
    return api(request.path.substr(api_root.size()), request);
  }
  if (request.path == "/metrics") {
    const Load load = load_();
    const auto text = metrics_text(files_, clock_.wall(),
                                   {.requests = requests_,
                                    .refused = refused_,
                                    .connections = load.connections,
                                    .streams = load.streams});
    if (!text) return failure(text.error());
    return {.content_type = "text/plain; version=0.0.4; charset=utf-8", .body = *text};
  }
  return file(request);
}

Response Answers::file(const Request& request) const {
  const std::string path = request.path == "/" ? "index.html" : request.path.substr(1);
  auto bytes = files_.read(path);
  if (!bytes) return failure(bytes.error());
  const std::string tag = "\"" + site::digest_text(*bytes) + "\"";
  Response response{.content_type = type_of(path),
                    .headers = {{"Cache-Control", "no-cache"}, {"ETag", tag}}};
  if (names_tag(request.header("if-none-match"), tag)) {
    response.status = http::not_modified;
  } else {
    response.body = *std::move(bytes);
  }
  return response;
}

Response Answers::api(const std::string& path, const Request& request) const {
  constexpr std::string_view jobs = "jobs/";
  constexpr std::string_view runs = "/runs";
  if (path == "snapshot") return json_or(files_.snapshot());
  if (path == "stream") return stream();
  if (path == "jobs") return json_or(jobs_json(files_));
  if (path == "health") {
    const auto health = health_json(files_, clock_.wall());
    if (!health) return failure(health.error());
    return json_response(to_line(*health),
                         health->contains("error") ? http::unavailable : http::ok);
  }
  if (path == "events") {
    const auto said = request.query.find("since");
    const auto since = parse_time(said == request.query.end() ? "" : said->second);
    if (!since) {
      return failure(
          {ErrorKind::InvalidInput, "since= must be a time, as 2025-08-17T06:00:00Z", ""});
    }
    return json_or(events_json(files_, *since));
  }
  if (path.starts_with(jobs)) {
    const bool wants_runs = path.ends_with(runs) && path.size() > jobs.size() + runs.size();
    std::string name = path.substr(jobs.size());
    if (wants_runs) name.resize(name.size() - runs.size());
    const auto job = JobName::parse(name);
    if (!job) return failure({ErrorKind::NotFound, "there is no such job", ""});
    return json_or(wants_runs ? runs_json(files_, *job)
                              : files_.shard(site::job_path(job->text())));
  }
  return failure({ErrorKind::NotFound, "there is no such address; see share/openapi.json", ""});
}

}  // namespace signalbox::serve
