#include "service/run_digests.hpp"

#include "config/load.hpp"
#include "net/digest.hpp"

#include <fmt/format.h>

namespace hil::service {

std::string configuration_digest(config::Config config) {
    const config::General usual;
    config.general.data_dir = usual.data_dir;
    config.general.log_dir = usual.log_dir;
    config.general.log_level = usual.log_level;
    return net::sha256_text(config::effective(config));
}

std::string plan_digest(const schedule::PlanStore& plans) {
    std::string content;
    for (std::size_t plant = 0; plant < plans.plant_count(); ++plant) {
        for (const auto signal : schedule::all_signals) {
            const auto& plan = plans.manual(plant, signal);
            if (!plan.enabled || plan.series.empty()) continue;
            content += schedule::column_name({plans.plant_ids()[plant], signal}) + '\n';
            for (const auto& row : plan.series.rows())
                content += fmt::format("{} {}\n", row.at.time_since_epoch().count(),
                                       row.silent ? std::string("end") : fmt::format("{}", row.value));
            content += fmt::format("{} end\n", plan.series.end_time().time_since_epoch().count());
        }
    }
    return content.empty() ? std::string() : net::sha256_text(content);
}

}  // namespace hil::service
