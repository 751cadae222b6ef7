"""What the generated calls lack: trying again, whole lists, and errors that are raised."""

from loquet_client.connecting import connect
from loquet_client.lists import apages, pages
from loquet_client.problems import Refused, done

__all__ = ["Refused", "apages", "connect", "done", "pages"]
