#include "care/doctor.hpp"

#include <fmt/format.h>

namespace hil::care {
namespace {

constexpr double gigabyte = 1e9;
constexpr double certificate_days = 30;
constexpr int first_plausible_year = 2025;
constexpr std::uint64_t wanted_descriptors = 1024;

class Lines {
  public:
    void fine(std::string topic, std::string found) {
        all_.push_back({Grade::fine, std::move(topic), std::move(found), {}});
    }
    void doubtful(std::string topic, std::string found, std::string advice) {
        all_.push_back({Grade::doubtful, std::move(topic), std::move(found), std::move(advice)});
    }
    void broken(std::string topic, std::string found, std::string advice) {
        all_.push_back({Grade::broken, std::move(topic), std::move(found), std::move(advice)});
    }
    std::vector<Line> take() { return std::move(all_); }

  private:
    std::vector<Line> all_;
};

void configuration(const Facts& f, Lines& out) {
    for (const auto& problem : f.config_problems)
        out.broken("configuration", problem,
                   "correct it; `hil_scheduler check` says whether all is well then");
    for (const auto& warning : f.config_warnings)
        out.doubtful("configuration", warning, "correct it, or leave it knowingly");
    if (f.config_problems.empty())
        out.fine("configuration", f.config_file + " can be read and keeps its rules");
    if (f.config_has_hashes && f.config_readable_by_all)
        out.doubtful(
            "permissions",
            f.config_file + " has password or token hashes and everybody on this machine can read it",
            fmt::format("chmod 0640 {0} and chgrp it to the service's group", f.config_file));
}

void directories(const Facts& f, Lines& out) {
    for (const auto& d : f.directories) {
        if (!d.exists) {
            if (d.writable)
                out.fine("permissions", fmt::format("{} {} is not there yet and can be made", d.key, d.path));
            else
                out.broken("permissions", fmt::format("{} {} is not there and cannot be made", d.key, d.path),
                           "make it, owned by the user the service runs as");
            continue;
        }
        if (!d.writable)
            out.broken("permissions", fmt::format("{} {} cannot be written", d.key, d.path),
                       "run this as the service's user to be sure; chown the directory to it");
        const double free = static_cast<double>(d.free),
                     share = d.size > 0 ? free / static_cast<double>(d.size) : 1;
        const auto words =
            fmt::format("{} {}: {:.1f} GB free, {:.0f} %", d.key, d.path, free / gigabyte, share * 100);
        if (free < 0.2 * gigabyte)
            out.broken("disk", words, "make room now: recordings will wait in memory and then be lost");
        else if (free < gigabyte || share < 0.05)
            out.doubtful("disk", words,
                         "make room, or set retention.measurements_days and retention.recordings_days");
        else
            out.fine("disk", words);
    }
}

void secrets(const Facts& f, Lines& out) {
    for (const auto& s : f.secrets) {
        if (!s.readable)
            out.broken("secrets", fmt::format("{} {} cannot be read", s.key, s.path),
                       "make the file, readable by the service's user alone (0400)");
        else if (s.open_to_all)
            out.doubtful("secrets",
                         fmt::format("{} {} can be read by everybody on this machine", s.key, s.path),
                         fmt::format("chmod 0400 {}", s.path));
        else
            out.fine("secrets", fmt::format("{} {} can be read, and not by everybody", s.key, s.path));
    }
}

void certificates(const Facts& f, Lines& out) {
    for (const auto& c : f.certificates) {
        if (!c.problem.empty())
            out.broken("certificates", fmt::format("{}: {}", c.server, c.problem),
                       "give a certificate chain and its key, both PEM, the key without a password");
        else if (c.days_left < 0)
            out.broken("certificates",
                       fmt::format("{}: {} ended {:.0f} days ago", c.server, c.file, -c.days_left),
                       "get a new one and restart the service");
        else if (c.days_left < certificate_days)
            out.doubtful("certificates",
                         fmt::format("{}: {} ends in {:.0f} days", c.server, c.file, c.days_left),
                         "get a new one in time; it is read when the service starts");
        else
            out.fine("certificates", fmt::format("{}: {:.0f} days left", c.server, c.days_left));
    }
}

void ports(const Facts& f, Lines& out) {
    for (const auto& p : f.ports) {
        if (!p.allowed)
            out.broken("ports", fmt::format("{} may not listen on {}", p.what, p.address),
                       "choose a port from 1024 on and an address of this machine, put a proxy in front, or "
                       "use the drop-in "
                       "low-port.conf");
        else if (p.taken && !f.service_runs)
            out.broken(
                "ports", fmt::format("{} finds {} taken by another program", p.what, p.address),
                fmt::format("end that program (ss -ltnp shows which) or choose another port than that of {}",
                            p.address));
        else
            out.fine("ports", fmt::format("{} on {}: {}", p.what, p.address,
                                          p.taken ? "the service listens" : "free"));
    }
}

void system_of(const Facts& f, Lines& out) {
    if (f.year < first_plausible_year)
        out.broken("clock", fmt::format("the clock says it is the year {}", f.year),
                   "set the clock and run a time service (systemd-timesyncd, chrony)");
    else if (!f.clock_synchronised)
        out.doubtful("clock", "whether the clock is synchronised is not known", "look at `timedatectl`");
    else if (!*f.clock_synchronised)
        out.doubtful("clock", "the clock is not synchronised: plans begin when it says so",
                     "run a time service (systemd-timesyncd, chrony)");
    else
        out.fine("clock", "synchronised");
    if (!f.database_problem.empty())
        out.broken("database", f.database_problem,
                   "use the program that wrote it or a newer one; a damaged one is set aside at the next "
                   "start and `hil_scheduler "
                   "import` rebuilds history");
    else
        out.fine("database", "sound, or not there yet");
    if (!f.pages_built)
        out.doubtful("pages", "the dashboard is not built: the API works without it",
                     "scripts/web build, or install the package");
    if (f.descriptors < wanted_descriptors)
        out.doubtful("limits", fmt::format("{} open files are allowed", f.descriptors),
                     "raise it to 4096 or more (LimitNOFILE of the unit, ulimit -n)");
    if (f.remote_without_check)
        out.doubtful("plants",
                     "real plants, and one found running is left as it is (general.on_start_running leave)",
                     "safe_stop or adopt, unless somebody else watches it");
    out.fine("versions", fmt::format("hil_scheduler {} with {}", f.version, f.libraries));
    out.fine("service",
             f.service_runs ? "runs in this data directory" : "does not run in this data directory");
}

}  // namespace

std::string_view to_string(Grade grade) {
    switch (grade) {
        case Grade::fine:
            return "fine";
        case Grade::doubtful:
            return "doubtful";
        case Grade::broken:
            return "broken";
    }
    return "broken";
}

std::vector<Line> judge(const Facts& facts) {
    Lines out;
    configuration(facts, out);
    directories(facts, out);
    secrets(facts, out);
    certificates(facts, out);
    ports(facts, out);
    system_of(facts, out);
    return out.take();
}

}  // namespace hil::care
