#include "publish/log.h"

#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/spdlog.h>

#include "base/text.h"
#include "os/host.h"

namespace signalbox {
namespace {

constexpr std::size_t file_bytes = 1UL << 20U;
constexpr std::size_t files_kept = 3;
constexpr std::size_t line_limit = 2000;

}  // namespace

struct Log::Impl {
  std::shared_ptr<spdlog::logger> logger;
};

std::string log_path(const Clone& clone) {
  std::string host;
  for (const char c : os::host_name()) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    host += plain || c == '-' || (c == '.' && !host.empty()) ? c : '_';
  }
  return clone.own_directory() + "/publish-" + host + ".log";
}

Log::Log(const Clone& clone) : impl_(std::make_unique<Impl>()) {
  try {
    auto sink = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(log_path(clone), file_bytes,
                                                                       files_kept);
    impl_->logger = std::make_shared<spdlog::logger>("publish", std::move(sink));
    impl_->logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %P %l: %v", spdlog::pattern_time_type::utc);
    impl_->logger->flush_on(spdlog::level::info);
    impl_->logger->set_error_handler([](const std::string&) {});
  } catch (const spdlog::spdlog_ex&) {
    impl_->logger = nullptr;
  }
}

Log::~Log() = default;

void Log::info(std::string_view line) {
  if (impl_->logger) impl_->logger->info("{}", printable(line, line_limit));
}

void Log::error(std::string_view line) {
  if (impl_->logger) impl_->logger->error("{}", printable(line, line_limit));
}

}  // namespace signalbox
