# ./run screenshots [NAME...]  a picture of each page of the demo, into docs/pictures/pages (--lang, --into)

set_up test need_test_programs
exec python -m tools.screenshots "$@"
