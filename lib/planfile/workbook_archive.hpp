// The parts of a workbook: an XLSX file is a ZIP archive of XML files. Nothing is written to disk, and what
// is read is bounded by what really comes out of the archive, whatever it declares.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace hil::planfile {

struct WorkbookLimits {
    std::uint64_t archive_bytes = 32u << 20u;
    std::uint64_t expanded_bytes = 128u << 20u;  // of all parts that are read
    std::uint64_t text_bytes = 32u << 20u;       // of the table of texts, which is kept in memory
    std::size_t cell_bytes = 32'767;             // what a spreadsheet program allows
};

class WorkbookArchive {
  public:
    // `bytes` must outlive the archive.
    WorkbookArchive(std::string_view bytes, const WorkbookLimits& limits);
    WorkbookArchive(const WorkbookArchive&) = delete;
    WorkbookArchive& operator=(const WorkbookArchive&) = delete;
    ~WorkbookArchive();

    // Why nothing more can be read, as in "is a damaged workbook: …"; empty while all is well.
    [[nodiscard]] const std::string& problem() const { return problem_; }
    [[nodiscard]] bool has(const std::string& part) const;

    // Takes the part piece by piece; `last` is true once, with the last piece, which may be empty. Stops
    // early when it returns false. False when the part could not be read to its end; problem() says why, and
    // is empty when it was `take` that stopped.
    class Sink {
      public:
        virtual ~Sink() = default;
        virtual bool take(std::string_view piece, bool last) = 0;

      protected:
        Sink() = default;
        Sink(const Sink&) = default;
        Sink& operator=(const Sink&) = default;
    };
    bool read(const std::string& part, Sink& sink);

  private:
    struct Handle;
    bool fail(std::string problem);

    WorkbookLimits limits_;
    std::uint64_t expanded_ = 0;  // so far
    std::string problem_;
    std::unique_ptr<Handle> handle_;
};

}  // namespace hil::planfile
