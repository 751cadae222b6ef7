# What is told to whoever runs it, on the error output: one line for a fault, and where to read more.

say() { printf 'run: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# Runs a step quietly; when it fails, one line says where and why. logged MESSAGE COMMAND...
logged() {
    message=$1
    shift
    "$@" >"$LOG" 2>&1 </dev/null && return
    # pip goes on to say that there is no matching distribution.
    if grep -qiE 'certificate.?verify.?failed|SSLCertVerificationError' "$LOG"; then
        die "$message: a proxy on the way shows a certificate of its own; trust its authority: PIP_CERT=/path/to/it.pem $0 … (all of it: .cache/setup.log)"
    fi
    why=$(grep -iE '^(E:|error|[a-z]*error:)' "$LOG" | tail -n 1)
    die "$message: ${why:-$(tail -n 1 "$LOG")} (all of it: .cache/setup.log)"
}
