# ./run lint              style, types, templates, who imports whom

# Files may not name a package registry: people install through mirrors of their own.
registry_names() {
    ! grep -rInE --exclude-dir=.git --exclude-dir=.venv --exclude-dir=.cache --exclude-dir=var \
        'pypi[.]org|pythonhosted[.]org|registry[.]npmjs|(deb|security|ftp)[.]debian[.]org' .
}

set_up test
failed=
for check in 'ruff check .' 'ruff format --check .' 'mypy' 'lint-imports' \
    'python -m tools.plain_names' 'python -m tools.loop_variables' 'djlint --lint --quiet webui' \
    'registry_names'; do
    say "$check"
    $check || failed="$failed $check;"
done
[ -z "$failed" ] || die "to mend:$failed"
