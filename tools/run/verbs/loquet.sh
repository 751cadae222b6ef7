# ./run loquet ARGS       the command line: ./run loquet --help

set_up run
exec loquet "$@"
