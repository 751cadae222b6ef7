# ./run demo [--script]   run a place: broker, controller, agents with simulated hardware (--language en: in English)

set_up run
exec loquet demo "$@"
