// The rows of one series of a table: when each begins, by the clock its file goes by, and what stands there.
#pragma once

#include "planfile/layout_match.hpp"
#include "planfile/value_file.hpp"

#include <optional>
#include <string>
#include <vector>

namespace hil::planfile {

struct ValueRecord {
    std::size_t line = 0;
    std::optional<WallTime> at{};  // where the layout counts from the begin of a day or year
    WrittenTime begin{};           // otherwise
    std::optional<WrittenTime> end{};
    std::optional<bool> second{};  // of the hour that comes twice: which one, where the file says it
    std::optional<Duration> length{};
    const TableCell* value = nullptr;
};

// What a table has to say about one of its series.
struct RecordList {
    std::vector<ValueRecord> records;  // in the order of the file
    const TableColumn* column = nullptr;
    Provenance provenance;
    std::vector<std::string> notes;
};

// Where problems of the file go.
class ProblemList {
  public:
    explicit ProblemList(ValueFile& file) : file_(file) {}
    void add(std::size_t row, std::string column, std::string text);
    [[nodiscard]] bool empty() const { return file_.problems.empty(); }

  private:
    ValueFile& file_;
};

// The one series of the table that is wanted: the only one, or the one chosen.
RecordList records_of(const ValueTable& table, const TableHead& head, const Zone& zone,
                      const ValueChoice& choice, ProblemList& problems);

// The zone by which the file goes; none, and a problem, when its header names one that is not known.
std::optional<Zone> zone_of(const TableHead& head, const Zone& configured, ProblemList& problems);

}  // namespace hil::planfile
