"""The namespace of the prints on a machine's page, which have no address of their own."""

from webui.feature import Pages

pages = Pages("prints", __name__)
