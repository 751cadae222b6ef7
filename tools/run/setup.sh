# One set-up at a time in this folder, before a verb does its work.

# Texts may have changed since the installation, which compiled them.
need_words() {
    made=controller/domain/locale/en.mo
    [ -f "$made" ] && [ -z "$(find controller devices webui tools/catalogues.py \
        \( -name '*.po' -o -name catalogues.py \) -newer "$made")" ] && return
    logged 'compiling the texts failed' "$VENV/bin/python" -m tools.catalogues
    touch "$made"
}

# set_up LOCK [MORE]: one at a time in this folder.
set_up() {
    mkdir -p "$CACHE"
    if command -v flock >/dev/null 2>&1; then
        exec 9>"$CACHE/lock"
        flock -n 9 || { say 'waiting for another ./run to finish its set-up'; flock 9; }
    fi
    need_mosquitto
    need_venv "$1"
    need_pango
    need_words
    [ -z "${2:-}" ] || "$2"
    exec 9>&-
    export PATH="$VENV/bin:$PATH"
    # Each process compiles what it runs, unless somebody keeps it: in .cache, the tree stays clean.
    unset PYTHONDONTWRITEBYTECODE
    export PYTHONPYCACHEPREFIX="$CACHE/bytecode"
}
