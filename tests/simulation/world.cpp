#include "simulation/world.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/text.h"

namespace signalbox::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

World* the_world = nullptr;

// A verb takes some 20 to 2000 us; now and then the machine has something else to do.
Time length_of_step(Random& random, const Plan& plan, const std::string& what) {
  // Between a publisher's last look and the moment that its lock is free: there a wake-up gets
  // lost.
  if (plan.calm && what == "unlock") return milliseconds{random.between(0, 3000)};
  if (plan.busy && random.one_in(40)) return milliseconds{random.between(10, 3000)};
  if (random.one_in(200)) return milliseconds{random.between(10, 400)};
  return Time{random.between(20, 2000)};
}

Time up_to(std::uint64_t parameter, seconds most) {
  return milliseconds{
      1 + static_cast<std::int64_t>(parameter % (1000 * static_cast<std::uint64_t>(most.count())))};
}

}  // namespace

World& world() {
  return *the_world;
}

World::World(Plan the_plan, std::string the_root, bool prints_trace)
    : plan(std::move(the_plan)),
      schedule(plan.seed ^ 0x5EED000000000001ULL),
      chance(plan.seed ^ 0x5EED000000000002ULL),
      root(std::move(the_root)),
      prints_trace_(prints_trace) {
  the_world = this;
}

World::~World() {
  the_world = nullptr;
}

void World::trace(const std::string& line) {
  const Process* process = scheduler.current();
  const std::string full = std::to_string(scheduler.now().count()) + " " +
                           (process == nullptr || process->host < 0
                                ? std::string("world")
                                : hosts[static_cast<std::size_t>(process->host)].name + ":" +
                                      std::to_string(process->pid) + " " + process->name) +
                           " " + line + "\n";
  for (const char c : full) {
    trace_hash_ = (trace_hash_ ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  }
  if (prints_trace_) (void)std::fwrite(full.data(), 1, full.size(), stdout);
}

std::optional<ErrorKind> World::step(const std::string& what) {
  if (scheduler.current() == nullptr) return std::nullopt;
  scheduler.sleep(length_of_step(schedule, plan, what));
  ++steps;
  std::optional<ErrorKind> failure;
  while (!is_quiet_ && next_fault_ < plan.faults.size() && plan.faults[next_fault_].step <= steps) {
    happen(plan.faults[next_fault_++], failure);
  }
  trace(what + (failure ? " FAILS" : ""));
  return failure;
}

void World::note(const std::string& fault) {
  happened.push_back(fault);
  trace("FAULT " + fault);
}

// The process that takes the step, or another one where that is not to be killed.
Process* World::victim(std::uint64_t parameter) {
  Process* current = scheduler.current();
  if (current != nullptr && current->is_mortal) return current;
  std::vector<Process*> alive;
  for (const auto& process : scheduler.processes()) {
    if (process->is_mortal && !process->has_ended) alive.push_back(process.get());
  }
  return alive.empty() ? nullptr : alive[parameter % alive.size()];
}

void World::happen(const Fault& fault, std::optional<ErrorKind>& failure) {
  constexpr std::array errors = {ErrorKind::NoSpace, ErrorKind::InputOutput,
                                 ErrorKind::PermissionDenied};
  const std::uint64_t parameter = fault.parameter;
  const auto now = scheduler.now();
  const std::string name = name_of(fault.kind);
  auto& some_host = hosts[parameter % hosts.size()];
  switch (fault.kind) {
    case FaultKind::Kill:
      if (Process* process = victim(parameter)) {
        note(name + ": " + process->name);
        scheduler.kill(*process);
      }
      break;
    case FaultKind::PowerCut:
      cut_power(static_cast<int>(parameter % hosts.size()));
      break;
    case FaultKind::FileError:
      failure = errors[parameter % errors.size()];
      note(name);
      break;
    case FaultKind::DiskFull: {
      Volume& volume = volumes[parameter % volumes.size()];
      volume.full_until = now + up_to(parameter, seconds{60});
      note(name + ": " + relative(volume.root));
      break;
    }
    case FaultKind::Stall:
      note(name);
      scheduler.sleep(up_to(parameter, seconds{90}));
      break;
    case FaultKind::ClockJump: {
      const std::int64_t limit = parameter % 3 == 0 ? 86'400'000 : 60'000;
      some_host.clock_skew +=
          static_cast<std::int64_t>(parameter % 2'000'003) * limit / 1'000'001 - limit;
      note(name + " of " + some_host.name);
      break;
    }
    case FaultKind::Partition:
      some_host.cut_off_until = now + up_to(parameter, seconds{300});
      note(name + " of " + some_host.name);
      break;
    case FaultKind::Slow:
      slow_until = now + up_to(parameter, seconds{120});
      note(name);
      break;
    case FaultKind::AnswerLost:
      next_push = parameter % 2 == 0 ? PushFate::LostBefore : PushFate::LostAfter;
      note(name);
      break;
    case FaultKind::LateArrival:
      next_push = PushFate::ArrivesLate;
      note(name);
      break;
    case FaultKind::TwiceSent:
      next_push = PushFate::ArrivesTwice;
      note(name);
      break;
    case FaultKind::Refused:
      refused_until = now + up_to(parameter, seconds{120});
      note(name);
      break;
    case FaultKind::Picky:
      picky_until = now + up_to(parameter, seconds{900});
      note(name);
      break;
    case FaultKind::LockDeleted:
      note(name);
      delete_locks();
      break;
    case FaultKind::LocksBroken:
      locks_broken_until = now + up_to(parameter, seconds{120});
      note(name);
      break;
  }
}

// A person's rm of the advertised lock, an old script's exit trap.
void World::delete_locks() {
  for (const Host& host : hosts) {
    for (const char* lock : {"/.git/dashboard_sync.lock", "/.git/status_update.lock"}) {
      ::unlink((host.clone + lock).c_str());
    }
  }
}

void World::cut_power(int number) {
  Host& machine = hosts[static_cast<std::size_t>(number)];
  note(std::string(name_of(FaultKind::PowerCut)) + " of " + machine.name);
  ++machine.boots;
  machine.booted = scheduler.now();
  machine.next_pid = 100;
  if (Volume* volume = volume_of(machine.home)) {
    volume->disk->cut_power(chance, [this](const std::string& text) { trace(relative(text)); });
  }
  Process* current = nullptr;
  for (const auto& process : scheduler.processes()) {
    if (process->host != number || process->has_ended || !process->is_mortal) continue;
    if (process.get() == scheduler.current()) {
      current = process.get();
    } else {
      scheduler.kill(*process);
    }
  }
  if (current != nullptr) scheduler.kill(*current);
}

int World::host_number() const {
  const Process* process = scheduler.current();
  return process == nullptr ? -1 : process->host;
}

Host& World::host() {
  return hosts[static_cast<std::size_t>(std::max(host_number(), 0))];
}

std::shared_ptr<Process> World::start(int number, const std::string& name, bool is_mortal,
                                      std::function<void()> body) {
  auto process = std::make_shared<Process>();
  process->host = number;
  process->name = name;
  process->is_mortal = is_mortal;
  if (number >= 0) {
    Host& machine = hosts[static_cast<std::size_t>(number)];
    constexpr int pids = 60;  // they come again soon, as on a busy node
    do {
      process->pid = 100 + (machine.next_pid++ % pids);
    } while (std::ranges::any_of(scheduler.processes(), [&](const auto& other) {
      return other->host == number && other->pid == process->pid && !other->has_ended;
    }));
    process->start_time = static_cast<unsigned long long>(
        std::chrono::duration_cast<milliseconds>(scheduler.now() - machine.booted).count() / 10);
  }
  scheduler.start(process, std::move(body));
  return process;
}

UtcTime World::wall(std::int64_t skew) const {
  return UtcTime{milliseconds{plan.start + skew}} +
         std::chrono::duration_cast<milliseconds>(scheduler.now());
}

Volume* World::volume_of(const std::string& path) {
  for (Volume& volume : volumes) {
    if (path.starts_with(volume.root + "/")) return &volume;
  }
  return nullptr;
}

std::string World::relative(const std::string& path) const {
  std::string text = path;
  for (auto at = text.find(root); at != std::string::npos; at = text.find(root)) {
    text.erase(at, std::min(root.size() + 1, text.size() - at));
  }
  return text;
}

bool World::reaches_remote() const {
  const int number = host_number();
  return number < 0 || scheduler.now() >= hosts[static_cast<std::size_t>(number)].cut_off_until;
}

void World::quiet() {
  is_quiet_ = true;
  locks_broken_until = slow_until = refused_until = picky_until = Time{0};
  for (Volume& volume : volumes) volume.full_until = Time{0};
  next_push.reset();
  for (Host& machine : hosts) machine.cut_off_until = Time{0};
}

}  // namespace signalbox::simulation
