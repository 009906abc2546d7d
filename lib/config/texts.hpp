// The rules of the texts in the configuration, each as a sentence, a pattern for the schema and code.
#pragma once

#include "config/description.hpp"

#include <string_view>

namespace hil::config::texts {

extern const Text any;            // anything, blank included
extern const Text name;           // for people: not blank
extern const Text plant_id;       // [a-z][a-z0-9_-]{0,31}
extern const Text point_name;     // [a-z][a-z0-9_]*
extern const Text phase;          // L1, L2, L3
extern const Text host;           // a name or an address, without port
extern const Text clock_time;     // HH:MM; "9:00" becomes "09:00"
extern const Text url;            // http(s)://host[:port][/path]
extern const Text zone;           // name in the IANA database
extern const Text password_hash;  // argon2id, as `hash-password` prints it
extern const Text token_hash;     // SHA-256 of a bearer token, as `hash-password --token` prints it
extern const Text account_name;
extern const Text base_path;  // "" or /hil
extern const Text cidr;       // an address, perhaps with a prefix's length
extern const Text origin;     // scheme://host[:port]
extern const Text variable;   // of the environment; may be empty
extern const Text receiver;   // as plant_id; may be empty
extern const Text mail_url;   // smtp(s)://host[:port]
extern const Text mail_address;

// Names and addresses that only this machine can reach.
bool is_loopback(std::string_view address);
// "https://host:port/path" → "host"; empty when it is none.
std::string_view host_of(std::string_view address);

}  // namespace hil::config::texts
