# ./run docs [FOLDER]     the documentation as a site, which the controller serves at /docs

set_up test
exec python -m tools.docs_site.make "$@"
