"""`each` is refused as a variable, and nowhere else."""

from tools.loop_variables import in_python, in_template

REFUSED = """\
for each in badges:
    pass
for key, each in badges.items():
    pass
names = [each.name for each in badges]
badges.sort(key=lambda each: each.name)
def show(each: int) -> None:
    pass
for badge in badges:
    print(badge.each, "for each in badges")
class Options:
    each: int
"""
TEMPLATE = """\
{% for each in badges %}{{ each }}{% endfor %}
{% for key, each in badges %}{% endfor %}
<p>for each in badges</p>
{% for badge in badges if badge.each %}{% endfor %}
{% macro badge(each) %}{% endmacro %}
"""


def test_loops_comprehensions_and_parameters_are_named() -> None:
    assert sorted(in_python(REFUSED)) == [1, 3, 5, 6, 7]


def test_so_are_those_of_templates() -> None:
    assert sorted(in_template(TEMPLATE)) == [1, 2, 5]
