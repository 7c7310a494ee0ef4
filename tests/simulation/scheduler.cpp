#include "simulation/scheduler.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace signalbox::simulation {
namespace {

constexpr std::size_t stack_size = 1UL << 20U;

void* new_stack() {
  void* stack = ::mmap(nullptr, stack_size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) {
    std::perror("simulate: no memory for a stack");
    std::abort();
  }
  return stack;
}

}  // namespace

class Fiber {
 public:
  std::shared_ptr<Process> process;
  std::function<void()> body;
  bool is_main = false;
  bool has_ended = false;
  void* stack = nullptr;
  ucontext_t context{};
};

Scheduler::Scheduler() = default;
Scheduler::~Scheduler() = default;  // the program ends with it: stacks are not given back

void Scheduler::start(const std::shared_ptr<Process>& process, std::function<void()> body) {
  processes_.push_back(process);
  add(process, std::move(body), true);
}

void Scheduler::start_beside(std::function<void()> body) {
  add(running_->process, std::move(body), false);
}

void Scheduler::add(const std::shared_ptr<Process>& process, std::function<void()> body,
                    bool is_main) {
  auto fiber = std::make_unique<Fiber>();
  fiber->process = process;
  fiber->body = std::move(body);
  fiber->is_main = is_main;
  if (free_stacks_.empty()) {
    fiber->stack = new_stack();
  } else {
    fiber->stack = free_stacks_.back();
    free_stacks_.pop_back();
  }
  ::getcontext(&fiber->context);
  fiber->context.uc_stack.ss_sp = fiber->stack;
  fiber->context.uc_stack.ss_size = stack_size;
  fiber->context.uc_link = nullptr;
  const auto address = reinterpret_cast<std::uintptr_t>(this);
  ::makecontext(&fiber->context, reinterpret_cast<void (*)()>(&Scheduler::enter), 2,
                static_cast<unsigned>(address >> 32U), static_cast<unsigned>(address));
  wake(*fiber, now_);
  fibers_.push_back(std::move(fiber));
}

// makecontext() passes numbers of the size of an int only.
void Scheduler::enter(unsigned high, unsigned low) {
  auto* scheduler = reinterpret_cast<Scheduler*>((static_cast<std::uintptr_t>(high) << 32U) | low);
  Fiber& fiber = *scheduler->running_;
  fiber.body();
  fiber.body = nullptr;
  fiber.has_ended = true;
  if (fiber.is_main) scheduler->end(*fiber.process);
  scheduler->leave();
}

void Scheduler::run() {
  while (!queue_.empty()) {
    const Wake next = queue_.top();
    queue_.pop();
    Fiber& fiber = *next.fiber;
    if (fiber.process->has_ended) continue;
    now_ = std::max(now_, next.at);
    running_ = &fiber;
    ::swapcontext(&main_, &fiber.context);
    running_ = nullptr;
    if (fiber.has_ended && fiber.stack != nullptr) {
      free_stacks_.push_back(fiber.stack);
      fiber.stack = nullptr;
    }
  }
}

Process* Scheduler::current() const {
  return running_ == nullptr ? nullptr : running_->process.get();
}

void Scheduler::wake(Fiber& fiber, Time at) {
  queue_.push({.at = at, .turn = turn_++, .fiber = &fiber});
}

void Scheduler::leave() {
  ::swapcontext(&running_->context, &main_);
}

void Scheduler::sleep(Time time) {
  wake(*running_, now_ + std::max(time, Time{0}));
  leave();
}

void Scheduler::wait_for(Process& process) {
  if (process.has_ended) return;
  process.waiting.push_back(running_);
  leave();
}

void Scheduler::wait_until(const std::function<bool()>& condition, Time glance) {
  while (!condition()) sleep(glance);
}

void Scheduler::end(Process& process) {
  process.has_ended = true;
  for (Fiber* fiber : process.waiting) wake(*fiber, now_);
  process.waiting.clear();
}

void Scheduler::kill(Process& process) {
  if (process.has_ended) return;
  process.was_killed = true;
  end(process);
  if (running_ != nullptr && running_->process.get() == &process) leave();
}

}  // namespace signalbox::simulation
