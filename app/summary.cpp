#include "app/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace hil::app {
namespace {

std::string milliseconds(Duration d) {
    return fmt::format("{:.3f} ms", to_seconds(d) * 1e3);
}

}  // namespace

std::vector<std::string> summary_lines(const service::Service& service, const Zone& zone) {
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < service.size(); ++i) {
        const auto& unit = service.unit(i);
        const auto& s = unit.statistics();
        const auto& samples = unit.sampler().counters();
        const auto& dispatch = unit.control().statistics();
        const auto& trips = unit.reporter().round_trips();
        const auto& rows = service.parts().recorder.counters(i);
        const auto& duration = unit.reporter().metrics().modbus_duration;
        lines.push_back(fmt::format("{} ({})", unit.plant().name, unit.plant().id));
        lines.push_back(fmt::format("  energy        {:.1f} kWh out, {:.1f} kWh in", s.energy_out_kwh(),
                                    s.energy_in_kwh()));
        const auto& asked = unit.following().shortfall();
        if (asked.asked_kwh() > 0) {
            lines.push_back(
                fmt::format("  plan          {:.1f} kWh asked, {:.1f} kWh delivered, {:.1f} kWh missing",
                            asked.asked_kwh(), asked.delivered_kwh(), asked.missing_kwh()));
        }
        if (s.tracked_samples() == 0) {
            lines.push_back("  tracking      no sample while following a plan");
        } else {
            lines.push_back(fmt::format("  tracking      RMS {:.2f} kW, at most {:.1f} kW once settled",
                                        s.tracking_rms_kw(), std::abs(s.settled_worst_kw())));
            if (s.tracking_worst_kw() != 0) {
                lines.push_back(fmt::format(
                    "  worst         {:.1f} kW at {}", s.tracking_worst_kw(),
                    zone.format(std::chrono::floor<std::chrono::seconds>(s.tracking_worst_at()))));
            }
            lines.push_back(fmt::format("  setpoint      register off plan {:.1f} s (longest {:.1f} s)",
                                        to_seconds(s.differing()), to_seconds(s.longest_differing())));
        }
        lines.push_back(fmt::format("  samples       {} taken, {} failed, {} skipped, worst lateness {}",
                                    samples.ok, samples.failed, samples.skipped,
                                    milliseconds(samples.worst_lateness)));
        lines.push_back(fmt::format("  rows          {} kept, {} merged, {} null{}", rows.kept, rows.merged,
                                    rows.null,
                                    rows.dropped > 0 ? fmt::format(", {} DROPPED", rows.dropped) : ""));
        const auto mean =
            trips.answers > 0 ? trips.total / static_cast<Duration::rep>(trips.answers) : Duration{};
        lines.push_back(fmt::format("  Modbus        {} requests, {} errors", trips.requests, trips.errors));
        lines.push_back(fmt::format("  round trip    mean {}, p99 below {:.3g} ms", milliseconds(mean),
                                    duration.quantile(0.99) * 1e3));
        lines.push_back(fmt::format("  dispatch      {} cycles, {} skipped, worst lateness {}",
                                    dispatch.cycles, dispatch.skipped,
                                    milliseconds(dispatch.worst_lateness)));
        lines.push_back(fmt::format("  writes        {}, {} failed; unconfirmed {:.1f} s (longest {:.1f} s)",
                                    dispatch.writes, dispatch.write_failures,
                                    to_seconds(dispatch.unconfirmed),
                                    to_seconds(dispatch.longest_unconfirmed)));
        for (std::size_t k = 0; k < dispatch.limited.size(); ++k) {
            const auto& limited = dispatch.limited[k];
            if (limited.text.empty()) continue;
            lines.push_back(fmt::format("  limited       {}: {}, for {:.1f} s", k == 0 ? "P" : "Q",
                                        limited.text, to_seconds(limited.total)));
        }
    }
    return lines;
}

std::vector<std::string> not_feasible(const service::Service& service) {
    std::vector<std::string> reasons;
    for (std::size_t i = 0; i < service.size(); ++i) {
        const auto& asked = service.unit(i).following().shortfall();
        if (!asked.ever_infeasible()) continue;
        reasons.push_back(fmt::format(
            "{}: the plan was not feasible: {:.1f} kWh asked, {:.1f} kWh delivered, "
            "{:.1f} kWh missing",
            service.unit(i).plant().id, asked.asked_kwh(), asked.delivered_kwh(), asked.missing_kwh()));
    }
    return reasons;
}

std::vector<std::string> not_recorded(const service::Service& service,
                                      const std::vector<std::size_t>& started) {
    std::vector<std::string> reasons;
    for (const auto i : started) {
        const auto& rows = service.parts().recorder.counters(i);
        if (service.unit(i).following().ran() && rows.kept + rows.merged == 0)
            reasons.push_back(fmt::format("{}: no row was recorded", service.unit(i).plant().id));
    }
    return reasons;
}

std::vector<std::string> not_followed(const service::Service& service, const config::Config& config,
                                      const std::vector<std::size_t>& started) {
    constexpr Duration longest_allowed = std::chrono::seconds(60);
    std::vector<std::string> reasons;
    for (const auto i : started) {
        const auto& unit = service.unit(i);
        const auto& s = unit.statistics();
        const auto& dispatch = unit.control().statistics();
        const Duration off = std::max(s.differing(), dispatch.unconfirmed);
        const Duration longest = std::max(s.longest_differing(), dispatch.longest_unconfirmed);
        // Samples that fail are time as well.
        const Duration watched = std::max(s.watched(), unit.following().followed());
        const Duration allowed = std::max(watched / 100, 2 * config.timing.scheduler_period);
        if (off > allowed || longest > longest_allowed) {
            reasons.push_back(
                fmt::format("{}: the setpoint was off its plan or unconfirmed for {:.1f} s of {:.1f} s "
                            "(longest {:.1f} s); {:.1f} s are allowed",
                            unit.plant().id, to_seconds(off), to_seconds(std::max(watched, off)),
                            to_seconds(longest), to_seconds(std::min(allowed, longest_allowed))));
            for (const auto& limited : dispatch.limited)
                if (!limited.text.empty()) reasons.back() += "; " + limited.text;
        }
    }
    return reasons;
}

}  // namespace hil::app
