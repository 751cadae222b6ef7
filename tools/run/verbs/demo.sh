# ./run demo [--script] [--language en]   run a place: broker, controller, agents with simulated hardware

set_up run
exec loquet demo "$@"
