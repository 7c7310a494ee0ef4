#include "support/servers.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <functional>
#include <thread>

#include "base/text.h"

namespace signalbox::testing {
namespace {

constexpr const char* sshd_path = "/usr/sbin/sshd";
constexpr const char* nginx_path = "/usr/sbin/nginx";
constexpr const char* fcgiwrap_path = "/usr/sbin/fcgiwrap";
constexpr int concurrent_requests = 8;

std::optional<std::string> first_missing(
    const std::vector<std::pair<std::string, std::string>>& programs_and_packages) {
  for (const auto& [program, package] : programs_and_packages) {
    if (!std::filesystem::exists(program)) {
      return program + " is not installed (package " + package + ")";
    }
  }
  return std::nullopt;
}

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

int socket_on(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  EXPECT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  return socket;
}

int port_of(int socket) {
  sockaddr_in address{};
  socklen_t length = sizeof address;
  EXPECT_EQ(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length), 0);
  return ntohs(address.sin_port);
}

bool accepts_connections(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  const bool connected =
      ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(socket);
  return connected;
}

// Until the server is ready or dead; a server that is neither is ended by the test's time limit.
void wait_until(const BackgroundProcess& process, const std::function<bool()>& ready) {
  while (!ready()) {
    if (!process.is_running()) {
      ADD_FAILURE() << "the server did not start: " << process.log();
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
}

}  // namespace

BackgroundProcess::BackgroundProcess(const std::vector<std::string>& arguments,
                                     const std::string& log_path)
    : log_path_(log_path) {
  std::vector<std::string> owned = arguments;
  std::vector<char*> pointers;
  for (std::string& argument : owned) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  const int log =
      ::open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, S_IRUSR | S_IWUSR);
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  pid_ = ::fork();
  if (pid_ == 0) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(null, STDIN_FILENO);
    ::dup2(log, STDOUT_FILENO);
    ::dup2(log, STDERR_FILENO);
    ::execvp(pointers[0], pointers.data());
    ::_exit(127);
  }
  ::setpgid(pid_, pid_);
  ::close(log);
  ::close(null);
}

BackgroundProcess::~BackgroundProcess() {
  ::kill(-pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool BackgroundProcess::is_running() const {
  siginfo_t information{};
  return ::waitid(P_PID, static_cast<id_t>(pid_), &information, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         information.si_pid == 0;
}

int free_port() {
  const int socket = socket_on(0);
  const int port = port_of(socket);
  ::close(socket);
  return port;
}

SilentServer::SilentServer() : socket_(socket_on(0)) {
  EXPECT_EQ(::listen(socket_, concurrent_requests), 0);
  port_ = port_of(socket_);
}

SilentServer::~SilentServer() {
  ::close(socket_);
}

std::optional<std::string> SshServer::missing_program() {
  return first_missing({{sshd_path, "openssh-server"}, {"/usr/bin/ssh", "openssh-client"}});
}

SshServer::SshServer() : port_(free_port()) {
  // sshd drops its rights into this directory and insists on it, but only as root.
  if (::geteuid() == 0) std::filesystem::create_directories("/run/sshd");
  for (const std::string& key : {server_ / "host_key", this->key(), strangers_key()}) {
    run_ok({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", key});
  }
  std::filesystem::copy_file(key() + ".pub", server_ / "authorized_keys");
  write_file(known_hosts(),
             "[127.0.0.1]:" + std::to_string(port_) + " " + read_file(server_ / "host_key.pub"));
  write_file(server_ / "config", "ListenAddress 127.0.0.1\nPort " + std::to_string(port_) +
                                     "\nHostKey " + (server_ / "host_key") +
                                     "\nAuthorizedKeysFile " + (server_ / "authorized_keys") +
                                     "\nPidFile none\nUsePAM no\nStrictModes no\n"
                                     "PasswordAuthentication no\nKbdInteractiveAuthentication no\n"
                                     "PermitRootLogin prohibit-password\nMaxStartups 100\n"
                                     "LogLevel ERROR\n");
  process_ = std::make_unique<BackgroundProcess>(
      std::vector<std::string>{sshd_path, "-D", "-e", "-f", server_ / "config"}, server_ / "log");
  wait_until(*process_, [this] { return accepts_connections(port_); });
}

std::string SshServer::url(const std::string& path) const {
  return "ssh://127.0.0.1:" + std::to_string(port_) + path;
}

std::string SshServer::command_with(const std::string& key) const {
  return command_with(key, known_hosts());
}

std::string SshServer::command_with(const std::string& key, const std::string& known_hosts) const {
  return "ssh -F none -i " + key + " -o IdentitiesOnly=yes -o IdentityAgent=none" +
         " -o UserKnownHostsFile=" + known_hosts + " -o GlobalKnownHostsFile=none" +
         " -o StrictHostKeyChecking=yes -o LogLevel=ERROR";
}

std::optional<std::string> WebServer::missing_program() {
  return first_missing({{nginx_path, "nginx-light"},
                        {fcgiwrap_path, "fcgiwrap"},
                        {"/usr/bin/openssl", "openssl"},
                        {"/usr/lib/git-core/git-http-backend", "git"}});
}

WebServer::WebServer(const std::string& repositories, Scheme scheme)
    : scheme_(scheme), port_(free_port()) {
  if (scheme_ == Scheme::Https) {
    run_ok({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
            "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
            place_ / "key.pem", "-out", certificate()});
  }
  write_file(place_ / "passwords", std::string(user) + ":{PLAIN}" + password + "\n");
  write_configuration(repositories);
  const std::string socket = place_ / "gateway";
  gateway_ = std::make_unique<BackgroundProcess>(
      std::vector<std::string>{fcgiwrap_path, "-c", std::to_string(concurrent_requests), "-s",
                               "unix:" + socket},
      place_ / "gateway.log");
  wait_until(*gateway_, [&] { return std::filesystem::is_socket(socket); });
  server_ = std::make_unique<BackgroundProcess>(
      std::vector<std::string>{nginx_path, "-e", place_ / "errors", "-p", place_.path(), "-c",
                               place_ / "config"},
      place_ / "server.log");
  wait_until(*server_, [this] { return accepts_connections(port_); });
}

// One process that serves with the rights it was started with.
void WebServer::write_configuration(const std::string& repositories) const {
  const bool secure = scheme_ == Scheme::Https;
  std::string text =
      "daemon off;\nmaster_process off;\npid nginx.pid;\nerror_log errors;\n"
      "events {}\nhttp {\n  access_log off;\n  client_max_body_size 0;\n";
  for (const char* use : {"client_body", "fastcgi", "proxy", "uwsgi", "scgi"}) {
    text += std::string("  ") + use + "_temp_path temporary_" + use + ";\n";
  }
  text +=
      "  server {\n    listen 127.0.0.1:" + std::to_string(port_) + (secure ? " ssl" : "") + ";\n";
  if (secure) {
    text += "    ssl_certificate certificate.pem;\n    ssl_certificate_key key.pem;\n";
  }
  text +=
      "    location / {\n      auth_basic monitor;\n      auth_basic_user_file passwords;\n"
      "      fastcgi_pass unix:" +
      (place_ / "gateway") + ";\n";
  const std::vector<std::pair<std::string, std::string>> parameters = {
      {"SCRIPT_FILENAME", "/usr/lib/git-core/git-http-backend"},
      {"GIT_PROJECT_ROOT", repositories},
      {"GIT_HTTP_EXPORT_ALL", "yes"},
      {"PATH_INFO", "$uri"},
      {"REMOTE_USER", "$remote_user"},
      {"QUERY_STRING", "$query_string"},
      {"REQUEST_METHOD", "$request_method"},
      {"CONTENT_TYPE", "$content_type"},
      {"CONTENT_LENGTH", "$content_length"}};
  for (const auto& [name, value] : parameters) {
    text += "      fastcgi_param " + name + " " + value + ";\n";
  }
  write_file(place_ / "config", text + "    }\n  }\n}\n");
}

std::string WebServer::url(const std::string& name, const std::string& with_user,
                           const std::string& with_password) const {
  const std::string login = with_user.empty() ? "" : with_user + ":" + with_password + "@";
  return (scheme_ == Scheme::Https ? "https://" : "http://") + login +
         "127.0.0.1:" + std::to_string(port_) + "/" + name;
}

void WebServer::stop() {
  server_.reset();
  gateway_.reset();
}

}  // namespace signalbox::testing
