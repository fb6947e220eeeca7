# SPDX-License-Identifier: MIT
"""Name servers that lie: each stands before a true one, at an address of its own.

A lie is a coroutine that is given a Say, one question and all that can be done
about it. It tells what it likes about the questions it is about (TLSA unless
its attribute `about` says otherwise); every other one gets the true answer.
"""

import asyncio
import socket
import struct
import threading

import dns.flags
import dns.message
import dns.rdatatype

UDP_SIZE = 4000     # larger than most would send: nothing here is lost on its way
PORT = 53


async def honest(say):
    say.send(await say.truth())


def framed(data):
    return struct.pack("!H", len(data)) + data


def opcode(query):
    return query[2] >> 3 & 15 if len(query) > 2 else 0


def question_end(message):
    """Where the question section of MESSAGE (with one question) ends."""
    at = 12
    while message[at]:
        at += 1 + message[at]
    return at + 5


def rdtype(query):
    """The name of the type that QUERY asks for; "UPDATE" of an update."""
    if opcode(query) == 5:
        return "UPDATE"
    end = question_end(query)
    return dns.rdatatype.to_text(int.from_bytes(query[end - 4:end - 2], "big"))


def about(*types):
    """Decorates a lie that is about questions of other TYPES."""
    def mark(lie):
        lie.about = types
        return lie
    return mark


class Say:
    """One question, come over UDP or TCP, and the ways to answer it."""

    def __init__(self, liars, address, query, peer=None, writer=None):
        self.liars, self.address, self.query = liars, address, query
        self.peer, self.writer = peer, writer
        self.tcp = writer is not None

    @property
    def type(self):
        return rdtype(self.query)

    async def truth(self, query=None):
        """What the true server answers, whole: it is asked over TCP."""
        return await self.liars.ask_true_server(self.address, query or self.query)

    async def parsed(self):
        return dns.message.from_wire(await self.truth())

    def send(self, data):
        """DATA as one message; over UDP only what fits, and TC with the rest."""
        if self.tcp:
            self.raw(framed(data))
        elif len(data) > UDP_SIZE:
            self.datagram(self.truncated())
        else:
            self.datagram(data)

    def truncated(self):
        head = bytearray(self.query[:question_end(self.query)])
        head[2:4] = (0x86 | self.query[2] & 1).to_bytes(1, "big") + b"\0"
        return bytes(head[:6]) + bytes(6) + bytes(head[12:])

    def datagram(self, data):
        self.liars.fronts[self.address].udp.sendto(data, self.peer)

    def datagram_from(self, source, data):
        """As if another server had answered: SOURCE is an (address, port)."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.bind(source)
            stranger.sendto(data, self.peer)

    def raw(self, data):
        self.writer.write(data)

    def hang_up(self):
        self.writer.close()

    async def wait(self, seconds):
        await asyncio.sleep(seconds)


class Front(asyncio.DatagramProtocol):
    """One address: its lie, and its sockets."""

    def __init__(self, liars, address, lie, back, tcp=True):
        self.liars, self.address, self.lie, self.back = liars, address, lie, back
        self.wants_tcp, self.told = tcp, 0

    async def listen(self):
        self.udp, _ = await self.liars.loop.create_datagram_endpoint(
            lambda: self, local_addr=(self.address, PORT))
        self.tcp = await asyncio.start_server(
            self.serve_tcp, self.address, PORT) if self.wants_tcp else None

    def close(self):
        self.udp.close()
        if self.tcp:
            self.tcp.close()

    async def tell(self, say):
        lie = self.lie
        if rdtype(say.query) not in getattr(lie, "about", ("TLSA",)):
            lie = honest
        self.told += lie is not honest
        await lie(say)

    def datagram_received(self, data, peer):
        self.liars.begin(self.tell(Say(self.liars, self.address, data, peer)))

    async def serve_tcp(self, reader, writer):
        try:
            while query := await self.tcp_query(reader):
                await self.tell(Say(self.liars, self.address, query, writer=writer))
        except ConnectionResetError:
            pass    # clients may go
        except Exception as error:
            self.liars.failures.append(repr(error))
        finally:
            writer.close()

    async def tcp_query(self, reader):
        """The next one on a connection; nothing where the client has gone."""
        try:
            size, = struct.unpack("!H", await reader.readexactly(2))
            return await reader.readexactly(size)
        except (asyncio.IncompleteReadError, OSError):
            return None


class Liars:
    """Any number of lying addresses before one true server."""

    def __init__(self, back):
        self.back = back
        self.fronts, self.tasks, self.failures = {}, set(), []
        self.few = asyncio.Semaphore(20)    # servers take so many connections
        self.loop = asyncio.new_event_loop()
        self.loop.set_exception_handler(self.note)
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def note(self, _loop, context):
        """A lie that fails to be told would pass for silence. Clients may go."""
        error = context.get("exception")
        if not isinstance(error, ConnectionError):
            self.failures.append(repr(error or context["message"]))

    def begin(self, work):
        task = self.loop.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.ended)

    def ended(self, task):
        self.tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error:
            self.failures.append(repr(error))

    def put(self, address, lie=honest, **more):
        """Let ADDRESS tell LIE from now on."""
        if address in self.fronts:
            self.fronts[address].lie = lie
            return self
        front = Front(self, address, lie, more.pop("back", self.back), **more)
        self.fronts[address] = front
        self.do(front.listen())
        return self

    def do(self, work):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(10)

    async def ask_true_server(self, address, query):
        """NSD drops its connections when a zone has been transferred: once more then."""
        async with self.few:
            try:
                return await self.ask_over_tcp(self.fronts[address].back, query)
            except (ConnectionError, asyncio.IncompleteReadError):
                return await self.ask_over_tcp(self.fronts[address].back, query)

    async def ask_over_tcp(self, server, query):
        reader, writer = await asyncio.open_connection(server, PORT)
        try:
            writer.write(framed(query))
            size, = struct.unpack("!H", await reader.readexactly(2))
            return await reader.readexactly(size)
        finally:
            writer.close()

    def stop(self):
        self.do(self.close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    async def close(self):
        for front in self.fronts.values():
            front.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
