"""Members whose name has a word in it, a new one, and the same again without waiting in line."""

import asyncio
import os
import sys
from uuid import uuid4

from loquet_api.api.members import get_members, post_members
from loquet_api.models import Member, NewMember
from loquet_client import Refused, apages, connect, done, pages


def main(address: str, token: str, word: str) -> int:
    """Print who is found, before and after."""
    client = connect(address, token)
    before: list[Member] = list(pages(get_members.sync, client=client, search=word))
    new = NewMember(display_name=f"{word} {uuid4().hex[:8]}")
    made = done(post_members.sync(client=client, body=new))
    if not isinstance(made, Member):
        return 1

    async def again() -> list[Member]:
        return [member async for member in apages(get_members.asyncio, client=client, search=word)]

    after = asyncio.run(again())
    print(f"{len(before)} before, {len(after)} after, {made.display_name} is {made.id}")
    try:
        done(post_members.sync(client=client, body=NewMember(display_name="")))
    except Refused as refused:
        print(refused)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], os.environ["LOQUET_TOKEN"], sys.argv[2]))
