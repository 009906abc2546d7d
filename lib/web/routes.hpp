// What answers each route; the table that names them is in routes.cpp.
#pragma once

#include "web/context.hpp"
#include "web/route.hpp"

namespace hil::web {

// The site
awaitable<net::Response> get_live(Context& context, Call call);
awaitable<net::Response> get_ready(Context& context, Call call);
awaitable<net::Response> get_metrics(Context& context, Call call);
awaitable<net::Response> get_status(Context& context, Call call);
awaitable<net::Response> get_config(Context& context, Call call);
awaitable<net::Response> get_openapi(Context& context, Call call);
awaitable<net::Response> get_docs(Context& context, Call call);
awaitable<net::Response> get_docs_script(Context& context, Call call);
awaitable<net::Response> get_docs_style(Context& context, Call call);

// Who asks
awaitable<net::Response> get_session(Context& context, Call call);
awaitable<net::Response> post_session(Context& context, Call call);
awaitable<net::Response> delete_session(Context& context, Call call);

// Commands
awaitable<net::Response> get_commands(Context& context, Call call);
awaitable<net::Response> get_command(Context& context, Call call);
awaitable<net::Response> post_command(Context& context, Call call);
awaitable<net::Response> post_start(Context& context, Call call);
awaitable<net::Response> post_stop(Context& context, Call call);
awaitable<net::Response> get_clock(Context& context, Call call);
awaitable<net::Response> put_clock(Context& context, Call call);
awaitable<net::Response> post_estop(Context& context, Call call);
awaitable<net::Response> delete_estop(Context& context, Call call);

// Schedules
awaitable<net::Response> get_series(Context& context, Call call);
awaitable<net::Response> put_series(Context& context, Call call);
awaitable<net::Response> delete_series(Context& context, Call call);
awaitable<net::Response> post_import(Context& context, Call call);
awaitable<net::Response> post_preview(Context& context, Call call);
awaitable<net::Response> get_templates(Context& context, Call call);
awaitable<net::Response> post_template(Context& context, Call call);
awaitable<net::Response> get_prices(Context& context, Call call);
awaitable<net::Response> put_prices(Context& context, Call call);
awaitable<net::Response> delete_prices(Context& context, Call call);
awaitable<net::Response> get_effective(Context& context, Call call);
awaitable<net::Response> get_why(Context& context, Call call);

// What is only watched
awaitable<net::Response> get_devices(Context& context, Call call);
awaitable<net::Response> get_device(Context& context, Call call);

// What was measured
awaitable<net::Response> get_measurements(Context& context, Call call);
awaitable<net::Response> get_availability(Context& context, Call call);
awaitable<net::Response> get_summary(Context& context, Call call);
awaitable<net::Response> get_energy(Context& context, Call call);
awaitable<net::Response> get_report(Context& context, Call call);
awaitable<net::Response> get_recordings(Context& context, Call call);
awaitable<net::Response> get_recording(Context& context, Call call);

// What happened
awaitable<net::Response> get_events(Context& context, Call call);
awaitable<net::Response> get_alerts(Context& context, Call call);
awaitable<net::Response> get_logs(Context& context, Call call);

// Care
awaitable<net::Response> get_alerting(Context& context, Call call);
awaitable<net::Response> post_alerting_test(Context& context, Call call);
awaitable<net::Response> post_backup(Context& context, Call call);

}  // namespace hil::web
