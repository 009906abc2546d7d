#include "store/log_index.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <new>
#include <string>
#include <vector>

namespace hil::store {
namespace {

constexpr const char* index_directory = "/dev/shm";
// The bytes SQLite's own file system locks in `-shm`: one for each slot, and one that is held by whoever has
// the file open ("dead man's switch").
constexpr off_t first_slot = 120, held_by_all = first_slot + SQLITE_SHM_NLOCK;

// Locks of an open file, not of a process: two connections of one process keep each other out, too.
int lock(int descriptor, short kind, off_t first, off_t count) {
    struct flock range{};
    range.l_type = kind;
    range.l_whence = SEEK_SET;
    range.l_start = first;
    range.l_len = count;
    return ::fcntl(descriptor, F_OFD_SETLK, &range);
}

// The lock that keeps others from locking the byte that is held by all for themselves.
short held_by_others(int descriptor) {
    struct flock range{};
    range.l_type = F_WRLCK;
    range.l_whence = SEEK_SET;
    range.l_start = held_by_all;
    range.l_len = 1;
    return ::fcntl(descriptor, F_OFD_GETLK, &range) == 0 ? range.l_type : short{F_UNLCK};
}

// The index of one database as one connection has it open.
class LogIndex {
  public:
    explicit LogIndex(std::string database) : database_(std::move(database)) {}
    LogIndex(const LogIndex&) = delete;
    LogIndex& operator=(const LogIndex&) = delete;
    ~LogIndex() { close(); }

    int map(int region, int size, bool extend, volatile void** out) {
        *out = nullptr;
        if (descriptor_ < 0) {
            if (const int code = open(); code != SQLITE_OK) return code;
        }
        if (!held_) {
            if (const int code = hold(); code != SQLITE_OK) return code;
        }
        const auto wanted = static_cast<off_t>(region + 1) * size;
        struct stat status{};
        if (::fstat(descriptor_, &status) != 0) return SQLITE_IOERR_SHMSIZE;
        if (status.st_size < wanted) {
            if (!extend || read_only_) return read_only_ ? SQLITE_READONLY : SQLITE_OK;
            // Reserved, not only made longer: memory that is not there is an error here and not a signal
            // later.
            if (::posix_fallocate(descriptor_, 0, wanted) != 0) return SQLITE_IOERR_SHMSIZE;
        }
        while (static_cast<int>(regions_.size()) <= region) {
            const int access = PROT_READ | (read_only_ ? 0 : PROT_WRITE);
            auto* memory = ::mmap(nullptr, static_cast<std::size_t>(size), access, MAP_SHARED, descriptor_,
                                  static_cast<off_t>(regions_.size()) * size);
            if (memory == MAP_FAILED) return SQLITE_IOERR_SHMMAP;
            regions_.push_back(memory);
            region_size_ = static_cast<std::size_t>(size);
        }
        *out = regions_[static_cast<std::size_t>(region)];
        return read_only_ ? SQLITE_READONLY : SQLITE_OK;
    }

    [[nodiscard]] int lock_slots(int first, int count, int flags) const {
        const short kind = (flags & SQLITE_SHM_UNLOCK) != 0   ? F_UNLCK
                           : (flags & SQLITE_SHM_SHARED) != 0 ? F_RDLCK
                                                              : F_WRLCK;
        if (lock(descriptor_, kind, first_slot + first, count) == 0) return SQLITE_OK;
        return errno == EAGAIN || errno == EACCES ? SQLITE_BUSY : SQLITE_IOERR_SHMLOCK;
    }

    void close() {
        for (auto* memory : regions_)
            ::munmap(memory, region_size_);
        regions_.clear();
        if (descriptor_ < 0) return;
        // Nobody else has it: whoever is the next makes it anew.
        if (!read_only_ && lock(descriptor_, F_WRLCK, held_by_all, 1) == 0) ::unlink(path_.c_str());
        ::close(descriptor_);
        descriptor_ = -1;
        held_ = false;
    }

  private:
    int open() {
        struct stat owner{};
        if (::stat(database_.c_str(), &owner) != 0) return SQLITE_CANTOPEN;
        path_ = fmt::format("{}/hil-scheduler-{:x}-{:x}", index_directory, owner.st_dev, owner.st_ino);
        constexpr int tries = 10;  // somebody who closes it at the same moment takes it away
        for (int i = 0; i < tries; ++i) {
            const int code = open_file(owner);
            if (code != SQLITE_OK) return close(), code;
            const int held = hold();
            if (held == SQLITE_READONLY_CANTINIT)
                return held;  // SQLite reads on without an index, and asks again
            struct stat now{};
            if (held == SQLITE_OK && ::fstat(descriptor_, &now) == 0 && now.st_nlink > 0) return SQLITE_OK;
            close();
            if (held != SQLITE_OK) return held;
        }
        return SQLITE_BUSY;
    }

    int open_file(const struct stat& owner) {
        constexpr int flags = O_CLOEXEC | O_NOFOLLOW;
        read_only_ = false;
        descriptor_ = ::open(path_.c_str(), O_RDWR | flags);
        if (descriptor_ < 0 && errno == EACCES) {
            read_only_ = true;
            descriptor_ = ::open(path_.c_str(), O_RDONLY | flags);
        }
        // Made by those only who may write the database; it belongs to whom that belongs to.
        if (descriptor_ < 0 && errno == ENOENT &&
            ::faccessat(AT_FDCWD, database_.c_str(), W_OK, AT_EACCESS) == 0) {
            descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | flags, owner.st_mode & 0666);
            if (descriptor_ < 0 && errno == EEXIST) descriptor_ = ::open(path_.c_str(), O_RDWR | flags);
            if (descriptor_ >= 0 && ::geteuid() == 0 &&
                ::fchown(descriptor_, owner.st_uid, owner.st_gid) != 0)
                return SQLITE_CANTOPEN;
        }
        if (descriptor_ < 0) return SQLITE_CANTOPEN;
        // /dev/shm is everybody's: not a file that somebody else put there.
        struct stat status{};
        if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) return SQLITE_CANTOPEN;
        const bool known =
            status.st_uid == owner.st_uid || status.st_uid == ::geteuid() || status.st_uid == 0;
        return known ? SQLITE_OK : SQLITE_CANTOPEN;
    }

    // Whoever is the first finds what a process that was killed left, and empties it: the index is made anew
    // from the log.
    int hold() {
        if (read_only_) {
            if (held_by_others(descriptor_) == F_UNLCK) return SQLITE_READONLY_CANTINIT;
        } else if (lock(descriptor_, F_WRLCK, held_by_all, 1) == 0 && ::ftruncate(descriptor_, 0) != 0) {
            return SQLITE_IOERR_SHMOPEN;
        }
        held_ = lock(descriptor_, F_RDLCK, held_by_all, 1) == 0;
        return held_ ? SQLITE_OK : SQLITE_BUSY;
    }

    std::string database_, path_;
    int descriptor_ = -1;
    bool read_only_ = false, held_ = false;
    std::vector<void*> regions_;
    std::size_t region_size_ = 0;
};

// ---- SQLite's interfaces ------------------------------------------------------------------------------

// A database file of ours; SQLite's own lies behind it in the same memory.
struct File {
    sqlite3_file base;
    LogIndex* index;
};
constexpr std::size_t real_offset = (sizeof(File) + 15u) / 16u * 16u;

sqlite3_file* real(sqlite3_file* file) {
    return reinterpret_cast<sqlite3_file*>(reinterpret_cast<std::byte*>(file) + real_offset);
}
LogIndex& index_of(sqlite3_file* file) {
    return *reinterpret_cast<File*>(file)->index;
}
sqlite3_vfs& own_file_system() {
    return *sqlite3_vfs_find("unix");
}

int close_file(sqlite3_file* file) {
    const int code = real(file)->pMethods->xClose(real(file));
    delete reinterpret_cast<File*>(file)->index;
    reinterpret_cast<File*>(file)->index = nullptr;
    return code;
}

const sqlite3_io_methods& methods() {
    static const sqlite3_io_methods all = [] {
        sqlite3_io_methods m{};
        m.iVersion = 2;  // with an index, without mapped pages of the database
        m.xClose = close_file;
        m.xRead = [](sqlite3_file* f, void* to, int n, sqlite3_int64 at) {
            return real(f)->pMethods->xRead(real(f), to, n, at);
        };
        m.xWrite = [](sqlite3_file* f, const void* from, int n, sqlite3_int64 at) {
            return real(f)->pMethods->xWrite(real(f), from, n, at);
        };
        m.xTruncate = [](sqlite3_file* f, sqlite3_int64 size) {
            return real(f)->pMethods->xTruncate(real(f), size);
        };
        m.xSync = [](sqlite3_file* f, int flags) { return real(f)->pMethods->xSync(real(f), flags); };
        m.xFileSize = [](sqlite3_file* f, sqlite3_int64* size) {
            return real(f)->pMethods->xFileSize(real(f), size);
        };
        m.xLock = [](sqlite3_file* f, int level) { return real(f)->pMethods->xLock(real(f), level); };
        m.xUnlock = [](sqlite3_file* f, int level) { return real(f)->pMethods->xUnlock(real(f), level); };
        m.xCheckReservedLock = [](sqlite3_file* f, int* out) {
            return real(f)->pMethods->xCheckReservedLock(real(f), out);
        };
        m.xFileControl = [](sqlite3_file* f, int op, void* argument) {
            return real(f)->pMethods->xFileControl(real(f), op, argument);
        };
        m.xSectorSize = [](sqlite3_file* f) { return real(f)->pMethods->xSectorSize(real(f)); };
        m.xDeviceCharacteristics = [](sqlite3_file* f) {
            return real(f)->pMethods->xDeviceCharacteristics(real(f));
        };
        m.xShmMap = [](sqlite3_file* f, int region, int size, int extend, volatile void** out) {
            return index_of(f).map(region, size, extend != 0, out);
        };
        m.xShmLock = [](sqlite3_file* f, int first, int count, int flags) {
            return index_of(f).lock_slots(first, count, flags);
        };
        // SQLite's own is a barrier for the whole process.
        m.xShmBarrier = [](sqlite3_file* f) { real(f)->pMethods->xShmBarrier(real(f)); };
        m.xShmUnmap = [](sqlite3_file* f, int /*remove*/) {
            index_of(f).close();
            return SQLITE_OK;
        };
        return m;
    }();
    return all;
}

int open_file(sqlite3_vfs* /*ours*/, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    auto& own = own_file_system();
    if ((flags & SQLITE_OPEN_MAIN_DB) == 0 || name == nullptr)
        return own.xOpen(&own, name, file, flags, out_flags);
    auto* ours = reinterpret_cast<File*>(file);
    ours->base.pMethods = nullptr;
    const int code = own.xOpen(&own, name, real(file), flags, out_flags);
    if (code != SQLITE_OK) return code;
    ours->index = new (std::nothrow) LogIndex(name);
    if (ours->index == nullptr) {
        real(file)->pMethods->xClose(real(file));
        return SQLITE_NOMEM;
    }
    ours->base.pMethods = &methods();
    return SQLITE_OK;
}

}  // namespace

const char* file_system_for(const std::filesystem::path& database) {
    static sqlite3_vfs ours = [] {
        sqlite3_vfs vfs = own_file_system();
        vfs.pNext = nullptr;
        vfs.zName = "hil";
        vfs.szOsFile += static_cast<int>(real_offset);
        vfs.xOpen = open_file;
        return vfs;
    }();
    // It cannot fail once SQLite is initialised, which finding its own did.
    [[maybe_unused]] static const int registered = sqlite3_vfs_register(&ours, 0);

    auto index = database;
    index += "-shm";
    const int descriptor = ::open(index.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor >= 0 && held_by_others(descriptor) == F_RDLCK) {
        // Stays open: closing it would take away the locks that SQLite's own connections of this process
        // have.
        return own_file_system().zName;
    }
    if (descriptor >= 0) ::close(descriptor);
    return ours.zName;
}

ForeignLock::ForeignLock(const std::filesystem::path& database) : file_(database) {
    file_ += "-shm";
    descriptor_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (descriptor_ < 0 || lock(descriptor_, F_WRLCK, held_by_all, 1) == 0) return;
    ::close(descriptor_);
    descriptor_ = -1;
}

ForeignLock::~ForeignLock() {
    if (descriptor_ < 0) return;
    ::unlink(file_.c_str());
    ::close(descriptor_);
}

}  // namespace hil::store
