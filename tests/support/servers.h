// Real servers on loopback, each with its own keys, port and files in a temporary directory, ended
// with the object. They run as whoever runs the tests, root or not.
//
//   if (const auto missing = SshServer::missing_program()) GTEST_SKIP() << *missing;
//   SshServer server;
//   git(clone, {"config", "core.sshCommand", server.command_with(server.key())});
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/support.h"

namespace signalbox::testing {

// A program that runs until the object ends; its output is in a file.
class BackgroundProcess {
 public:
  BackgroundProcess(const std::vector<std::string>& arguments, const std::string& log_path);
  BackgroundProcess(const BackgroundProcess&) = delete;
  BackgroundProcess& operator=(const BackgroundProcess&) = delete;
  ~BackgroundProcess();
  [[nodiscard]] bool is_running() const;
  [[nodiscard]] std::string log() const { return read_file(log_path_); }

 private:
  pid_t pid_ = 0;
  std::string log_path_;
};

// A port that nothing listens on at the moment.
[[nodiscard]] int free_port();

// Takes connections and never says a word.
class SilentServer {
 public:
  SilentServer();
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;
  ~SilentServer();
  [[nodiscard]] int port() const { return port_; }

 private:
  int socket_;
  int port_ = 0;
};

// sshd, with one key that it lets in and one that it does not.
class SshServer {
 public:
  [[nodiscard]] static std::optional<std::string> missing_program();
  SshServer();
  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string url(const std::string& path) const;
  [[nodiscard]] std::string key() const { return client_ / "key"; }
  [[nodiscard]] std::string strangers_key() const { return client_ / "stranger"; }
  [[nodiscard]] std::string known_hosts() const { return client_ / "known_hosts"; }
  // An ssh command line that uses nothing of the user's own configuration.
  [[nodiscard]] std::string command_with(const std::string& key) const;
  [[nodiscard]] std::string command_with(const std::string& key,
                                         const std::string& known_hosts) const;
  // Where the files of the client are: its processes are known by this path.
  [[nodiscard]] const std::string& client_directory() const { return client_.path(); }
  void stop() { process_.reset(); }

 private:
  TemporaryDirectory server_;
  TemporaryDirectory client_;
  int port_;
  std::unique_ptr<BackgroundProcess> process_;
};

// nginx, fcgiwrap and git-http-backend, over the bare repositories in a directory.
class WebServer {
 public:
  enum class Scheme { Http, Https };
  [[nodiscard]] static std::optional<std::string> missing_program();
  WebServer(const std::string& repositories, Scheme scheme);
  [[nodiscard]] int port() const { return port_; }
  // "http://USER:PASSWORD@127.0.0.1:PORT/NAME"; without credentials when `user` is empty.
  [[nodiscard]] std::string url(const std::string& name, const std::string& user,
                                const std::string& password) const;
  [[nodiscard]] std::string certificate() const { return place_ / "certificate.pem"; }
  void stop();
  static constexpr const char* user = "writer";
  static constexpr const char* password = "pass-phrase";

 private:
  void write_configuration(const std::string& repositories) const;
  TemporaryDirectory place_;
  Scheme scheme_;
  int port_;
  std::unique_ptr<BackgroundProcess> gateway_;
  std::unique_ptr<BackgroundProcess> server_;
};

}  // namespace signalbox::testing
