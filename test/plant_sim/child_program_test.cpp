#include "child_program.hpp"

#include "support/catch.hpp"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <system_error>

namespace hil::test {

ChildProgram::ChildProgram(const std::string& program, std::vector<std::string> arguments,
                           const Environment& added) {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    arguments.insert(arguments.begin(), program);
    std::vector<char*> argv;
    for (auto& argument : arguments)
        argv.push_back(argument.data());
    argv.push_back(nullptr);
    pid_ = fork();
    if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (pid_ == 0) {
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        for (const auto& [name, value] : added)
            setenv(name.c_str(), value.c_str(), 1);
        execv(program.c_str(), argv.data());
        _exit(127);
    }
    close(ends[1]);
    pipe_ = ends[0];
}

ChildProgram::~ChildProgram() {
    if (pid_ > 0) {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    close(pipe_);
}

std::optional<std::string> ChildProgram::read_line() {
    constexpr int timeout_ms = 20'000;
    for (;;) {
        if (const auto end = unread_.find('\n'); end != std::string::npos) {
            std::string line = unread_.substr(0, end);
            unread_.erase(0, end + 1);
            return line;
        }
        pollfd readable{.fd = pipe_, .events = POLLIN, .revents = 0};
        if (poll(&readable, 1, timeout_ms) != 1) return std::nullopt;
        std::array<char, 4096> buffer{};
        const auto count = read(pipe_, buffer.data(), buffer.size());
        if (count <= 0) return std::nullopt;
        output_.append(buffer.data(), static_cast<std::size_t>(count));
        unread_.append(buffer.data(), static_cast<std::size_t>(count));
    }
}

void ChildProgram::send(int signal) const {
    kill(pid_, signal);
}

int ChildProgram::wait() {
    while (read_line()) {
    }
    int status = 0;
    waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace hil::test

using hil::test::ChildProgram;

TEST_CASE("a child program's lines, environment and exit status are seen") {
    ChildProgram child("/bin/sh", {"-c", "echo $GREETING; echo two >&2; exit 5"}, {{"GREETING", "one"}});
    CHECK(child.read_line() == "one");
    CHECK(child.wait() == 5);
    CHECK(child.output() == "one\ntwo\n");
}
