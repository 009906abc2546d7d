// A child process with its output in a pipe. It is ended by a signal when it takes too long, so nothing that
// waits for it waits for ever.
#pragma once

#include "support/catch.hpp"

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace hil::modbus::test {

class ChildProcess {
  public:
    // Runs a function in a copy of this process; what it returns is the exit code. It must not touch the
    // reactor of its parent.
    explicit ChildProcess(const std::function<int(int output)>& body) { start(body); }

    // Runs a program.
    explicit ChildProcess(std::vector<std::string> command) {
        start([&command](int output) {
            ::dup2(output, STDOUT_FILENO);
            ::dup2(output, STDERR_FILENO);
            std::vector<char*> arguments;
            for (auto& word : command)
                arguments.push_back(word.data());
            arguments.push_back(nullptr);
            ::execv(arguments[0], arguments.data());
            return 127;
        });
    }

    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;
    ~ChildProcess() {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            wait();
        }
        ::close(output_);
    }

    // The reading end of its output.
    [[nodiscard]] int output() const { return output_; }

    std::string read_line() {
        std::string line;
        for (char c = 0; read_byte(c) && c != '\n';)
            line += c;
        return line;
    }
    std::string read_rest() {
        std::string text;
        for (char c = 0; read_byte(c);)
            text += c;
        return text;
    }

    // Its exit code, or minus the signal that ended it.
    int wait() {
        int status = 0;
        while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
        }
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }

  private:
    static constexpr unsigned longest_life_s = 60;

    void start(const std::function<int(int)>& body) {
        std::array<int, 2> ends{};
        REQUIRE(::pipe(ends.data()) == 0);
        pid_ = ::fork();
        REQUIRE(pid_ >= 0);
        if (pid_ == 0) {
            ::alarm(longest_life_s);
            ::close(ends[0]);
            ::_exit(body(ends[1]));
        }
        ::close(ends[1]);
        output_ = ends[0];
    }

    bool read_byte(char& c) {
        ssize_t size = 0;
        do {
            size = ::read(output_, &c, 1);
        } while (size < 0 && errno == EINTR);
        return size == 1;
    }

    pid_t pid_ = -1;
    int output_ = -1;
};

}  // namespace hil::modbus::test
