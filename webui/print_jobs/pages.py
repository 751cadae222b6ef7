"""What was printed, as a part of a machine's page: it has no address of its own."""

from webui.feature import Pages

pages = Pages("prints", __name__)
