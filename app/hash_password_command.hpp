// `hil_scheduler hash-password`: what the configuration keeps instead of a password or a token.
#pragma once

namespace hil::app {

// Reads a password from standard input, without showing it where that is a terminal, and prints its argon2id
// hash. With `token` nothing is read: a token is drawn and printed, and its hash. Returns the exit status.
int hash_password_command(bool token);

}  // namespace hil::app
