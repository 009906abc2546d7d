// A program run as a process of its own, its output read line by line.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hil::test {

class ChildProgram {
  public:
    using Environment = std::vector<std::pair<std::string, std::string>>;

    // Starts it with this process' environment and these additions. Throws std::system_error when that fails.
    ChildProgram(const std::string& program, std::vector<std::string> arguments,
                 const Environment& added = {});
    ChildProgram(const ChildProgram&) = delete;
    ChildProgram& operator=(const ChildProgram&) = delete;
    // Kills it if it still runs.
    ~ChildProgram();

    // The next line of its standard output and standard error together; none at their end, or after 20 s of
    // silence.
    std::optional<std::string> read_line();
    void send(int signal) const;
    // Reads what is left, waits for the end: the exit status, or minus the signal that ended it.
    int wait();
    // Everything read so far.
    [[nodiscard]] const std::string& output() const { return output_; }

  private:
    pid_t pid_ = -1;
    int pipe_ = -1;
    std::string output_, unread_;
};

}  // namespace hil::test
