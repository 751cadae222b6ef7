# ./run help              this text

for verb in "$ROOT"/tools/run/verbs/*.sh; do
    sed -n 's/^# \(\.\/run .*\)/\1/p' "$verb"
done
cat <<'TEXT'
Each verb is a file in tools/run/verbs, and first sets up what is missing: Python packages in .venv,
programs from Debian in .cache or, as root, in the system. LOQUET_PYTHON names another Python,
LOQUET_MOSQUITTO another broker.
TEXT
