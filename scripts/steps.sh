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

# configured DIRECTORY [-DNAME=VALUE...]: whether the build there was made with these values.
configured() {
    local directory=$1 value
    shift
    for value in "$@"; do
        value=${value#-D}
        grep -qE "^${value%%=*}:[A-Z]+=${value#*=}\$" "$directory/CMakeCache.txt" || return 1
    done
}

# build PRESET [-DNAME=VALUE...] [TARGET...]: configures build/PRESET unless that was done before with these
# values, then builds the targets.
build() {
    local preset=$1 directory=$project/build/$1 targets=() values=() hint=""
    shift
    while [[ ${1-} == -D* ]]; do
        values+=("$1")
        shift
    done
    (($# == 0)) || targets=(--target "$@")
    command -v cmake >/dev/null || fail "cmake is not installed."
    command -v ninja >/dev/null || fail "ninja is not installed (package ninja-build)."
    if [[ -f $directory/CMakeCache.txt ]] &&
        ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$project" "$directory/CMakeCache.txt"; then
        say "$directory was made for another place of the sources: starting it afresh"
        rm -rf "$directory"
    fi
    if [[ ! -f $directory/build.ninja ]] || ! configured "$directory" "${values[@]}"; then
        local clang
        if [[ ! -f $directory/build.ninja ]]; then
            hint=" for the first time, which takes minutes"
            rm -rf "$directory"
        fi
        clang=$(compiler) || exit 1
        step "configuring build/$preset" "configure-$preset.log" \
            cmake -S "$project" --preset "$preset" -DCMAKE_CXX_COMPILER="$clang" "${values[@]}" ||
            fail "CMake could not configure build/$preset."
    fi
    step "building build/$preset$hint" "build-$preset.log" \
        cmake --build "$directory" --parallel "$(jobs_at_once)" "${targets[@]}" ||
        fail "build/$preset could not be built."
}

# unit_tests [OPTION...], whole_tests [OPTION...]: the tests of build/unit and of build/release; options of ctest.
unit_tests() {
    local symbolizer
    symbolizer=$(compgen -c llvm-symbolizer | sort -V | tail -n 1 || true)
    ASAN_SYMBOLIZER_PATH=${symbolizer:+$(command -v "$symbolizer")} UBSAN_OPTIONS=print_stacktrace=1 \
        ctest --test-dir "$project/build/unit" --output-on-failure --parallel "$(nproc)" --no-tests=ignore "$@"
}
whole_tests() {
    ctest --test-dir "$project/build/release" --output-on-failure --parallel "$(nproc)" --no-tests=ignore "$@"
}
