#include "app/hash_password_command.hpp"

#include "app/load_setup.hpp"
#include "web/passwords.hpp"

#include <termios.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <iostream>
#include <optional>
#include <string>

namespace hil::app {
namespace {

// What is typed is not shown for as long as this lives.
class NoEcho {
  public:
    NoEcho() : changed_(::tcgetattr(STDIN_FILENO, &before_) == 0) {
        if (!changed_) return;
        auto quiet = before_;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    }
    NoEcho(const NoEcho&) = delete;
    NoEcho& operator=(const NoEcho&) = delete;
    ~NoEcho() {
        if (changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }

  private:
    termios before_{};
    bool changed_;
};

std::optional<std::string> read_line(const char* prompt) {
    const bool terminal = ::isatty(STDIN_FILENO) == 1;
    std::optional<NoEcho> quiet;
    if (terminal) {
        fmt::print(stderr, "{}", prompt);
        quiet.emplace();
    }
    std::string line;
    const bool read = static_cast<bool>(std::getline(std::cin, line));
    if (terminal) fmt::print(stderr, "\n");
    if (!read) return std::nullopt;
    if (line.ends_with('\r')) line.pop_back();
    return line;
}

int refuse(const char* why) {
    fmt::print(stderr, "hil_scheduler hash-password: {}\n", why);
    return exit_usage;
}

}  // namespace

int hash_password_command(bool token) {
    if (token) {
        std::array<std::byte, 32> bytes{};
        web::system_random(bytes);
        const auto drawn = web::encode_secret(bytes);
        fmt::print("token: {}\ntoken_hash: {}\n", drawn, web::hash_token(drawn));
        return exit_done;
    }
    const auto password = read_line("Password: ");
    if (!password || password->size() < 8) return refuse("a password has at least 8 characters");
    if (::isatty(STDIN_FILENO) == 1 && read_line("Again: ") != password)
        return refuse("the two passwords differ");
    fmt::print("{}\n", web::hash_password(*password));
    return exit_done;
}

}  // namespace hil::app
