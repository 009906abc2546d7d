#include "planfile/workbook_archive.hpp"

#include <zip.h>

#include <fmt/format.h>

#include <vector>

namespace hil::planfile {

namespace {

// Large, because the XML parser looks again at the whole of a token that is longer than a piece.
constexpr std::size_t piece_bytes = 1u << 20u;

struct CloseFile {
    void operator()(zip_file_t* file) const { (void)zip_fclose(file); }
};

std::string text_of(zip_error_t& error) {
    std::string out = zip_error_strerror(&error);
    zip_error_fini(&error);
    return out;
}

std::string mebibytes(std::uint64_t bytes) {
    return fmt::format("{} MiB", bytes >> 20u);
}

}  // namespace

struct WorkbookArchive::Handle {
    zip_t* zip = nullptr;

    Handle() = default;
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle() {
        if (zip) zip_discard(zip);
    }
};

WorkbookArchive::WorkbookArchive(std::string_view bytes, const WorkbookLimits& limits)
    : limits_(limits), handle_(std::make_unique<Handle>()) {
    if (bytes.size() > limits_.archive_bytes) {
        fail(fmt::format("is a workbook of {}, of which at most {} are read",
                         mebibytes(bytes.size() + (1u << 20u) - 1), mebibytes(limits_.archive_bytes)));
        return;
    }
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
    if (source) {
        handle_->zip = zip_open_from_source(source, ZIP_RDONLY, &error);
        if (!handle_->zip) zip_source_free(source);
    }
    if (!handle_->zip) fail("is a damaged or truncated workbook: " + text_of(error));
}

WorkbookArchive::~WorkbookArchive() = default;

bool WorkbookArchive::has(const std::string& part) const {
    return handle_->zip && zip_name_locate(handle_->zip, part.c_str(), ZIP_FL_ENC_GUESS) >= 0;
}

bool WorkbookArchive::fail(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
    return false;
}

bool WorkbookArchive::read(const std::string& part, Sink& sink) {
    if (!problem_.empty()) return false;
    const auto too_large = [&] {
        return fail(fmt::format("is a workbook that expands to more than {}, in {}",
                                mebibytes(limits_.expanded_bytes), part));
    };
    const auto index = zip_name_locate(handle_->zip, part.c_str(), ZIP_FL_ENC_GUESS);
    if (index < 0) return fail(fmt::format("is a damaged workbook: it has no {}", part));
    zip_stat_t declared;
    zip_stat_init(&declared);
    if (zip_stat_index(handle_->zip, static_cast<zip_uint64_t>(index), 0, &declared) == 0) {
        if ((declared.valid & ZIP_STAT_SIZE) && declared.size > limits_.expanded_bytes - expanded_)
            return too_large();
        if ((declared.valid & ZIP_STAT_ENCRYPTION_METHOD) && declared.encryption_method != ZIP_EM_NONE)
            return fail("is protected by a password: save it without one");
    }
    const std::unique_ptr<zip_file_t, CloseFile> file(
        zip_fopen_index(handle_->zip, static_cast<zip_uint64_t>(index), 0));
    if (!file) return fail(fmt::format("is a damaged workbook: {}: {}", part, zip_strerror(handle_->zip)));
    std::vector<char> piece(piece_bytes);
    for (;;) {
        const auto got = zip_fread(file.get(), piece.data(), piece.size());
        if (got < 0) {
            return fail(fmt::format("is a damaged workbook: {}: {}", part, zip_file_strerror(file.get())));
        }
        expanded_ += static_cast<std::uint64_t>(got);
        if (expanded_ > limits_.expanded_bytes) return too_large();
        if (!sink.take({piece.data(), static_cast<std::size_t>(got)}, got == 0)) return false;
        if (got == 0) return true;
    }
}

}  // namespace hil::planfile
