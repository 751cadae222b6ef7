# ./run lint              style, types, templates, who imports whom

# Files may not name a package registry: people install through mirrors of their own.
registry_names() {
    ! grep -rInE --exclude-dir=.git --exclude-dir=.venv --exclude-dir=.cache --exclude-dir=var \
        --exclude-dir=dist \
        'pypi[.]org|pythonhosted[.]org|registry[.]npmjs|(deb|security|ftp)[.]debian[.]org' .
}

# Misspellings in English pages and the command line: not in French pages, those in both languages,
# and decisions, which are not edited later. In English pages also the words of
# tools/plain_words.txt.
spelling() {
    codespell $(find ./*.md docs packaging addons clients -name '*.md' \
        ! -path '*/fr/*' ! -path '*/dpo/*' ! -path '*/decisions/*' ! -name '*depannage*' \
        ! -path docs/index.md ! -path docs/glossary.md ! -path docs/handbook/README.md) \
        controller/cli/*.py controller/cli/installing controller/cli/backup controller/cli/checking &&
        codespell --dictionary tools/plain_words.txt $(find ./*.md docs packaging addons clients \
            -name '*.md' ! -path '*/fr/*' ! -path '*/dpo/*' ! -path '*/decisions/*' \
            ! -name '*depannage*')
}

set_up test
failed=
for check in 'ruff check .' 'ruff format --check .' 'mypy' 'lint-imports' \
    'python -m tools.plain_names' 'python -m tools.loop_variables' 'djlint --lint --quiet webui' \
    'spelling' 'registry_names'; do
    say "$check"
    $check || failed="$failed $check;"
done
[ -z "$failed" ] || die "to mend:$failed"
