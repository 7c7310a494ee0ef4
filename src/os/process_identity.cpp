#include "os/process_identity.h"

#include <limits>

namespace signalbox::os {

Json identity_of_process(int pid) {
  const auto start_time = process_start_time(pid);
  const std::string boot = boot_id();
  const std::string namespaces = process_namespaces();
  if (!start_time || boot.empty() || namespaces.empty()) return {};
  return {{"pid", pid}, {"start_time", *start_time}, {"boot_id", boot}, {"namespaces", namespaces}};
}

ProcessLife life_of_process(const Json& identity) {
  if (!identity.is_object()) return ProcessLife::Unknown;
  const auto pid = identity.find("pid");
  const auto start_time = identity.find("start_time");
  if (pid == identity.end() || !pid->is_number_unsigned() || start_time == identity.end() ||
      !start_time->is_number_unsigned()) {
    return ProcessLife::Unknown;
  }
  const std::string boot = text_at(identity, "boot_id");
  if (boot.empty() || boot != boot_id() ||
      text_at(identity, "namespaces") != process_namespaces()) {
    return ProcessLife::Unknown;
  }
  const auto number = pid->get<std::uint64_t>();
  if (number == 0 || number > std::numeric_limits<int>::max()) return ProcessLife::Unknown;
  return process_life(static_cast<int>(number), start_time->get<std::uint64_t>());
}

}  // namespace signalbox::os
