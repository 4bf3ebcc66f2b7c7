"""Fetches a list of files with aiohttp, as its users write it: tasks behind a semaphore, each file written to a folder.

    python3 aiohttp_images.py LIST FOLDER [AT_ONCE]
"""

import asyncio
import os
import sys

import aiohttp


async def main(path, folder, at_once):
    with open(path) as f:
        urls = f.read().split()
    slots = asyncio.Semaphore(at_once)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=at_once)) as session:

        async def fetch(url):
            async with slots, session.get(url) as response:
                response.raise_for_status()
                body = await response.read()
            with open(os.path.join(folder, url.rsplit("/", 1)[1]), "wb") as f:
                f.write(body)

        await asyncio.gather(*map(fetch, urls))


asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 64))
