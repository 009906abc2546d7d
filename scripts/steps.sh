# Sourced by the scripts beside it: says what is being done in one line a step, keeps the output of each
# step in a log and shows its end only when the step fails. Everything said goes to standard error, so
# that standard output belongs to the program that is run.

set -euo pipefail

project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
logs=$project/build/logs

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "error: $*"
    exit 1
}

# step SENTENCE LOG COMMAND...: runs the command with its output in build/logs/LOG.
step() {
    local sentence=$1 log=$logs/$2 began=$SECONDS
    shift 2
    { mkdir -p "$logs" && [[ -w $logs && (! -e $log || -w $log) ]]; } 2>/dev/null ||
        fail "$logs is not yours to write to (made by root in an earlier run?)."
    printf '%s ... ' "$sentence" >&2
    if "$@" >"$log" 2>&1 </dev/null; then
        if grep -qs 'ninja: no work to do' "$log"; then say "up to date"; else say "$((SECONDS - began)) s"; fi
    else
        say "failed after $((SECONDS - began)) s. The end of $log:"
        tail -n 40 "$log" >&2
        return 1
    fi
}

# The compiler of the presets, or the newest installed one that builds this project.
compiler() {
    local version
    for version in 19 20 21 18 17 16; do
        if command -v "clang++-$version" >/dev/null; then
            printf 'clang++-%s' "$version"
            return
        fi
    done
    fail "no clang++ from 16 on is installed. On Debian 12 it is the package clang-19."
}

# Compilers at once: one a processor, but not more than there is memory for (about 1.2 GB each).
jobs_at_once() {
    local processors memory_kb by_memory
    processors=$(nproc 2>/dev/null || echo 2)
    memory_kb=$(awk '/^MemAvailable:/ {print $2}' /proc/meminfo 2>/dev/null || true)
    by_memory=$((${memory_kb:-4000000} / 1200000))
    ((by_memory >= 1)) || by_memory=1
    echo $((processors < by_memory ? processors : by_memory))
}

# build PRESET [TARGET...]: configures build/PRESET unless that was done before, then builds the targets.
build() {
    local preset=$1 directory=$project/build/$1 target targets=() hint=""
    shift
    for target in "$@"; do targets+=(--target "$target"); done
    command -v cmake >/dev/null || fail "cmake is not installed."
    command -v ninja >/dev/null || fail "ninja is not installed (package ninja-build)."
    if [[ -f $directory/CMakeCache.txt ]] &&
        ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$project" "$directory/CMakeCache.txt"; then
        say "$directory was made for another place of the sources: starting it afresh"
        rm -rf "$directory"
    fi
    if [[ ! -f $directory/build.ninja ]]; then
        hint=" for the first time, which takes minutes"
        rm -rf "$directory"
        local clang
        clang=$(compiler) || exit 1
        step "configuring build/$preset" "configure-$preset.log" \
            cmake -S "$project" --preset "$preset" -DCMAKE_CXX_COMPILER="$clang" ||
            fail "CMake could not configure build/$preset."
    fi
    step "building build/$preset$hint" "build-$preset.log" \
        cmake --build "$directory" --parallel "$(jobs_at_once)" "${targets[@]}" ||
        fail "build/$preset could not be built."
}
