#include "config/describe.hpp"
#include "config/texts.hpp"

namespace hil::config {

namespace {

constexpr double day = 86'400;
constexpr Real period{0.1, day};
constexpr Whole port{1, 65'535};
constexpr Whole keep_days{.min = 0, .max = 36'500, .unit = std::chrono::hours(24)};

void general(Visitor& v, General& g) {
    v.choice({.name = "log_level", .doc = "Least severe message that is written to the logs."}, g.log_level,
             {{"DEBUG", "INFO", "WARNING", "ERROR"}});
    v.path({.name = "data_dir",
            .doc = "Where measurements and the database are kept; relative to the working directory."},
           g.data_dir);
    v.path({.name = "log_dir", .doc = "Where the logs are kept; relative to the working directory."},
           g.log_dir);
    v.choice<OnExit>({.name = "on_exit", .doc = "What happens to running plants when the service ends."},
                     g.on_exit, on_exits);
    v.choice<OnStartRunning>(
        {.name = "on_start_running",
         .doc = "What happens to a plant that is found running when the service starts."},
        g.on_start_running, on_start_runnings);
    v.choice<OnPlantRestart>(
        {.name = "on_plant_restart",
         .doc = "What happens to a plant that comes back from a lost link and runs no longer."},
        g.on_plant_restart, on_plant_restarts);
    v.choice<LocalPorts>(
        {.name = "local_ports",
         .doc =
             "Whether emulated plants and devices can be reached from outside, on the ports of their local "
             "endpoints; auto: below 50 of them. Where they cannot, they are reached in memory."},
        g.local_ports, local_ports);
}

void schedule(Visitor& v, Schedule& s) {
    v.text({.name = "source_csv", .doc = "Has no effect.", .deprecated = true}, s.source_csv, texts::any);
    v.real({.name = "duration_h", .doc = "Has no effect.", .deprecated = true}, s.duration_h, {0, 8784});
    v.whole({.name = "default_resolution_min", .doc = "Has no effect.", .deprecated = true},
            s.default_resolution_min, {1, 1440});
}

void startup(Visitor& v, Startup& s) {
    v.refused("plant", "is not read any more, use transport_mode");
    v.choice<ScheduleSource>({.name = "schedule_source",
                              .doc = "What is dispatched: manual series only, or the market's schedule with "
                                     "manual series on top."},
                             s.schedule_source, schedule_sources);
    v.choice<TransportMode>({.name = "transport_mode",
                             .doc = "Which endpoint of each plant is used: the emulator or the real one."},
                            s.transport_mode, transport_modes);
    v.real({.name = "initial_soc_pu",
            .doc = "State of charge of emulated plants that have no measurement yet, 0 to 1."},
           s.initial_soc_pu, {0, 1});
}

void timing(Visitor& v, Timing& t) {
    v.seconds({.name = "data_fetcher_period_s", .doc = "How often the market platform is asked."},
              t.data_fetcher_period, period);
    v.seconds({.name = "scheduler_period_s", .doc = "How often setpoints are checked and written."},
              t.scheduler_period, period);
    v.seconds({.name = "plant_period_s", .doc = "Step of the emulated plants."}, t.plant_period, period);
    v.seconds({.name = "measurement_period_s", .doc = "How often every plant is measured."},
              t.measurement_period, period);
    v.seconds({.name = "measurements_write_period_s",
               .doc = "How often recorded rows are put on disk: at most so much is lost in a crash."},
              t.measurements_write_period, period);
}

void tolerances(Visitor& v, Tolerances& t) {
    constexpr Real tolerance{0, 1e6};
    v.refused("v_poi_pu", "is not read any more, use v_poi_kV (in kV)");
    v.real({.name = "p_setpoint_kw", .doc = "In kW."}, t.p_setpoint_kw, tolerance);
    v.real({.name = "battery_active_power_kw", .doc = "In kW."}, t.battery_active_power_kw, tolerance);
    v.real({.name = "q_setpoint_kvar", .doc = "In kvar."}, t.q_setpoint_kvar, tolerance);
    v.real({.name = "battery_reactive_power_kvar", .doc = "In kvar."}, t.battery_reactive_power_kvar,
           tolerance);
    v.real({.name = "soc_pu", .doc = "Of 0 to 1."}, t.soc_pu, {0, 1});
    v.real({.name = "p_poi_kw", .doc = "In kW."}, t.p_poi_kw, tolerance);
    v.real({.name = "q_poi_kvar", .doc = "In kvar."}, t.q_poi_kvar, tolerance);
    v.real({.name = "v_poi_kV", .doc = "In kV."}, t.v_poi_kV, tolerance);
}

void compression(Visitor& v, Compression& c) {
    v.flag({.name = "enabled",
            .doc = "Leaves out rows that differ from the kept one by less than the tolerances."},
           c.enabled);
    v.seconds({.name = "max_kept_gap_s", .doc = "A row is kept at least so often."}, c.max_kept_gap,
              {0, 366 * day});
    v.group({.name = "tolerances", .doc = "By how much a value may differ and still count as the same."},
            [&] { tolerances(v, c.tolerances); });
}

void address(Visitor& v, Endpoint& at) {
    v.text({.name = "host",
            .doc = "Address the server listens on; any but a loopback address needs credentials.",
            .nullable = true},
           at.host, texts::host);
    v.whole({.name = "port", .doc = "TCP port the server listens on."}, at.port, port);
}

void dashboard(Visitor& v, Config& c) {
    const Field tls{.name = "tls", .doc = "Serve HTTPS with this certificate."};
    const Field base_path{.name = "base_path",
                          .doc = "Where a proxy shows the server, as /hil; empty: at the root of its host."};
    v.group({.name = "private", .doc = "The operator's server: pages, API, commands."}, [&] {
        auto& server = c.private_dashboard;
        address(v, server.address);
        v.list({.name = "auth",
                .doc = "Who may log in. Without any account the server is for this machine only.",
                .secret = true},
               server.auth);
        v.optional(tls, server.tls);
        v.text(base_path, server.base_path, texts::base_path);
    });
    v.group(
        {.name = "public_readonly", .doc = "The server for viewers: it has no way to send a command."}, [&] {
            auto& server = c.public_dashboard;
            v.flag({.name = "enabled", .doc = "Whether it is started."}, server.enabled);
            address(v, server.address);
            v.group({.name = "auth", .doc = "How viewers log in."}, [&] {
                v.choice(
                    {.name = "mode",
                     .doc = "basic: with HIL_PUBLIC_DASH_USER and HIL_PUBLIC_DASH_PASS from the environment; "
                            "none: everybody may look."},
                    server.auth_mode, {{"basic", "none"}});
                v.text({.name = "user", .doc = "", .variable = "HIL_PUBLIC_DASH_USER"}, server.user,
                       texts::name);
                v.text({.name = "password", .doc = "", .secret = true, .variable = "HIL_PUBLIC_DASH_PASS"},
                       server.password, texts::name);
            });
            v.optional(tls, server.tls);
            v.text(base_path, server.base_path, texts::base_path);
        });
    v.texts({.name = "allowed_hosts",
             .doc = "Names under which the servers may be asked, beside their own address."},
            c.allowed_hosts, texts::host);
    v.texts(
        {.name = "trusted_proxies",
         .doc = "Address ranges (CIDR) of proxies in front: what they say of who asks (X-Forwarded-For) is "
                "believed, and nobody is an operator for coming from this machine."},
        c.trusted_proxies, texts::cidr);
    v.texts({.name = "cors_origins",
             .doc = "Origins whose pages may read the API in a browser, as https://lab.example.org."},
            c.cors_origins, texts::origin);
    v.path({.name = "pages_dir",
            .doc = "The built pages; without it those that came with the program are served."},
           c.pages_dir);
}

// How long things are kept, and when somebody is told.
void kept(Visitor& v, Config& c) {
    v.group({.name = "retention", .doc = "How many days are kept; 0: for ever."}, [&] {
        v.whole({.name = "logs_days", .doc = "Log files."}, c.retention.logs_days, keep_days);
        v.whole({.name = "events_days", .doc = "Events and alerts."}, c.retention.events_days, keep_days);
        v.whole({.name = "measurements_days", .doc = "Measurements."}, c.retention.measurements_days,
                keep_days);
        v.whole({.name = "recordings_days", .doc = "Daily files of measurements (CSV)."},
                c.retention.recordings_days, keep_days);
        v.whole({.name = "recordings_compress_days",
                 .doc = "After so many days daily files are compressed (.csv.gz); 0: never."},
                c.retention.recordings_compress_days, keep_days);
    });
    v.group({.name = "alerts", .doc = "When to raise an alarm."}, [&] {
        v.seconds({.name = "setpoint_unconfirmed_s", .doc = "A setpoint was not read back for so long."},
                  c.alerts.setpoint_unconfirmed, period);
        v.real({.name = "disk_full_days",
                .doc = "At the pace of the last hours the disk is full in fewer days than that; 0: never."},
               c.alerts.disk_full_days, {0, 3650});
    });
}

}  // namespace

void describe(Visitor& v, Tls& tls) {
    v.path({.name = "certificate_file", .doc = "Certificate chain, PEM.", .required = true},
           tls.certificate_file);
    v.path({.name = "key_file", .doc = "Private key, PEM.", .required = true}, tls.key_file);
}

void describe(Visitor& v, Account& account) {
    v.text({.name = "name", .doc = "Name to log in with.", .required = true}, account.name,
           texts::account_name);
    v.text({.name = "password_hash",
            .doc = "What `hil_scheduler hash-password` prints (argon2id), for those who log in.",
            .secret = true},
           account.password_hash, texts::password_hash);
    v.text({.name = "token_hash",
            .doc = "What `hil_scheduler hash-password --token` prints, for scripts with a bearer token.",
            .secret = true},
           account.token_hash, texts::token_hash);
    v.choice({.name = "role", .doc = "viewer: may read; operator: may do everything.", .required = true},
             account.role, {{"viewer", "operator"}});
}

void describe(Visitor& v, IstentoreApi& api) {
    v.refused("poll_start_time", "is not read any more, use tomorrow_poll_start_time");
    v.text({.name = "base_url",
            .doc = "Address of the platform; https, or http to this machine.",
            .required = true},
           api.base_url, texts::url);
    v.text({.name = "email", .doc = "Name to log in with."}, api.email, texts::name);
    v.path({.name = "password_file",
            .doc = "File with the password; HIL_ISTENTORE_API__PASSWORD in the environment goes before it."},
           api.password_file);
    v.path(
        {.name = "ca_file",
         .doc = "Certificates of the authorities that vouch for the platform, PEM; without it the system's."},
        api.ca_file);
    v.text({.name = "password", .doc = "", .secret = true, .variable = "HIL_ISTENTORE_API__PASSWORD"},
           api.password, texts::name);
    v.text({.name = "tomorrow_poll_start_time",
            .doc = "Local time HH:MM from which tomorrow's schedule is asked for.",
            .nullable = true},
           api.tomorrow_poll_start_time, texts::clock_time);
    v.whole({.name = "schedule_period_minutes", .doc = "How long a value of the market's schedule holds."},
            api.schedule_period_minutes, {.min = 1, .max = 1440, .unit = std::chrono::minutes(1)});
    v.flag(
        {.name = "post_measurements_in_api_mode", .doc = "Whether measurements are posted from the start."},
        api.post_measurements_in_api_mode);
    v.flag({.name = "post_in_local_mode", .doc = "Whether measurements of emulated plants may be posted."},
           api.post_in_local_mode);
    v.seconds({.name = "measurement_post_period_s", .doc = "How often measurements are posted."},
              api.measurement_post_period, period);
    v.whole({.name = "measurement_post_queue_maxlen",
             .doc = "How many measurements may wait to be posted; beyond it the oldest are dropped."},
            api.measurement_post_queue_maxlen, {1, 10'000'000});
    v.seconds({.name = "measurement_post_retry_initial_s",
               .doc = "First wait after a failed post; doubles each time."},
              api.measurement_post_retry_initial, period);
    v.seconds({.name = "measurement_post_retry_max_s",
               .doc = "Longest wait between attempts; not below the first."},
              api.measurement_post_retry_max, period);
}

void describe(Visitor& v, Config& c) {
    std::string schema;
    v.text({.name = "$schema", .doc = "The schema of this file, for editors.", .annotation = true}, schema,
           texts::any);
    v.group({.name = "general", .doc = "The service as a whole."}, [&] { general(v, c.general); });
    v.group({.name = "time", .doc = "Time."}, [&] {
        v.text({.name = "timezone", .doc = "IANA name of the zone of plans, files and pages."}, c.timezone,
               texts::zone);
    });
    v.group({.name = "schedule", .doc = "Has no effect; kept so that older files load.", .deprecated = true},
            [&] { schedule(v, c.schedule); });
    v.group({.name = "startup", .doc = "How the service starts; the command line goes before it."},
            [&] { startup(v, c.startup); });
    v.group({.name = "timing", .doc = "Periods, in seconds."}, [&] { timing(v, c.timing); });
    v.group({.name = "recording", .doc = "The daily files of measurements."}, [&] {
        v.group({.name = "compression", .doc = "Leaving out rows that say nothing new."},
                [&] { compression(v, c.compression); });
    });

    std::optional<IstentoreApi> api;
    if (!c.istentore_api.base_url.empty()) api = c.istentore_api;
    v.optional({.name = "istentore_api", .doc = "The market platform; without this section there is none."},
               api);
    if (api) c.istentore_api = *api;

    v.group({.name = "dashboard", .doc = "The web servers."}, [&] { dashboard(v, c); });
    kept(v, c);
    v.section({.name = "alerting", .doc = "Who is told of what goes wrong."}, c.alerting);
    const Keys ids{.key = texts::plant_id, .named = {}, .at_least = 1, .type = nullptr, .doc = nullptr};
    v.map({.name = "plants",
           .doc = "The plants by id; their order here is their order everywhere.",
           .required = true},
          ids, c.plants, default_plant, [](const Plant& plant) { return plant.id; });
    const Keys watched{.key = texts::plant_id, .named = {}, .at_least = 0, .type = nullptr, .doc = nullptr};
    v.map({.name = "devices", .doc = "Devices that are read and recorded only, by id."}, watched, c.devices,
          default_device, [](const Device& device) { return device.id; });
    v.group({.name = "observability", .doc = "What is told of the service itself."}, [&] {
        bool own = c.per_device_metrics();
        v.flag(
            {.name = "per_device_metrics",
             .doc = "Metrics for each plant and device, or only those of all of them together; without it, "
                    "for each below 100 of them."},
            own);
        c.observability.per_device_metrics = own;
    });
}

}  // namespace hil::config
