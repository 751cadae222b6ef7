# ./run screenshots [NAME...] [--lang en] [--into DIR]  a picture of each page of the demo, into docs/pictures/pages

set_up test need_test_programs
exec python -m tools.screenshots "$@"
