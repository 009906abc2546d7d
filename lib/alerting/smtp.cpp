// A mail by libcurl. The only source that knows it.
#include "alerting/sender.hpp"

#include "config/texts.hpp"

#include <curl/curl.h>

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>

namespace hil::alerting {
namespace {

std::size_t give(char* to, std::size_t size, std::size_t count, void* from) {
    auto& left = *static_cast<std::string_view*>(from);
    const auto length = std::min(size * count, left.size());
    std::memcpy(to, left.data(), length);
    left.remove_prefix(length);
    return length;
}

}  // namespace

std::string send_by_smtp(const MailJob& job) {
    const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
    if (!curl) return "libcurl cannot be used";
    const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(curl.get(), option, value); };
    curl_slist* recipients = nullptr;
    for (const auto& to : job.receiver.to)
        recipients = curl_slist_append(recipients, to.c_str());
    const std::unique_ptr<curl_slist, void (*)(curl_slist*)> list(recipients, curl_slist_free_all);
    char words[CURL_ERROR_SIZE] = "";
    std::string_view body = job.text;
    auto host = job.receiver.url.substr(job.receiver.url.find("://") + 3);
    host = host.substr(0, host.find(':'));
    set(CURLOPT_URL, job.receiver.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    // In the clear only where nobody else can listen.
    set(CURLOPT_USE_SSL,
        static_cast<long>(config::texts::is_loopback(host) ? CURLUSESSL_TRY : CURLUSESSL_ALL));
    set(CURLOPT_MAIL_FROM, job.receiver.from.c_str());
    set(CURLOPT_MAIL_RCPT, list.get());
    if (!job.receiver.user.empty()) {
        set(CURLOPT_USERNAME, job.receiver.user.c_str());
        set(CURLOPT_PASSWORD, job.password.c_str());
    }
    if (!job.receiver.ca_file.empty()) set(CURLOPT_CAINFO, job.receiver.ca_file.c_str());
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_READFUNCTION, &give);
    set(CURLOPT_READDATA, static_cast<void*>(&body));
    set(CURLOPT_CONNECTTIMEOUT, 10L);
    set(CURLOPT_TIMEOUT, 20L);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_ERRORBUFFER, words);
    const auto code = curl_easy_perform(curl.get());
    if (code == CURLE_OK) return {};
    return fmt::format("the mail was not taken: {}", *words != '\0' ? words : curl_easy_strerror(code));
}

}  // namespace hil::alerting
