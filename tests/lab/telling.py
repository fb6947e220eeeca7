# SPDX-License-Identifier: MIT
"""How a lie is told: over which transport, how often, before or after the truth."""

import random

from .liar import honest


def octets(change):
    """The true answer, with its octets changed by CHANGE(bytearray)."""
    async def lie(say):
        data = bytearray(await say.truth())
        say.send(bytes(change(data) or data))
    return lie


def message(change):
    """The true answer, with the parsed message changed by CHANGE(message)."""
    async def lie(say):
        answer = await say.parsed()
        say.send((change(answer) or answer).to_wire(max_size=65535))
    return lie


def over_tcp(lie):
    """LIE is told over TCP; over UDP TC is set, and nothing else is said."""
    async def tell(say):
        if say.tcp:
            await lie(say)
        else:
            say.datagram(say.truncated())
    return tell


def only_over_tcp(lie):
    """The truth over UDP, LIE over TCP."""
    async def tell(say):
        await (lie if say.tcp else honest)(say)
    return tell


def only_over_udp(lie):
    async def tell(say):
        await (honest if say.tcp else lie)(say)
    return tell


def before_the_truth(lie, pause=0.0):
    async def tell(say):
        await lie(say)
        await say.wait(pause)
        await honest(say)
    return tell


def alternate(*lies):
    """Several machines behind one address: they answer in turn."""
    turn = {"now": 0}

    async def tell(say):
        turn["now"] += 1
        await lies[turn["now"] % len(lies)](say)
    return tell


def at_random(*lies):
    dice = random.Random(1)

    async def tell(say):
        await dice.choice(lies)(say)
    return tell
