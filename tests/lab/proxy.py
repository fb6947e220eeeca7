# SPDX-License-Identifier: MIT
"""Stands before a server's address and delays, drops or garbles what passes, or
takes TCP to another server.

The hook decides about every piece: hook(data, towards_server) returns the data
to pass on (perhaps changed), or None to drop it. It is called for a whole
datagram over UDP, for what one read returned over TCP.
"""

import asyncio
import threading


def pass_all(data, _towards_server):
    return data


class Proxy:
    """Forwards UDP and TCP from FRONT to BACK, requests late by DELAY_MS.

    One round trip costs DELAY_MS; so does opening a TCP connection.
    """

    def __init__(self, front, back, delay_ms=0, hook=pass_all, port=53, tcp_back=None):
        self.front, self.back, self.port = front, back, port
        self.tcp_back = tcp_back or back
        self.delay, self.hook = delay_ms / 1000, hook
        self.requests = 0
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def start(self):
        self.thread.start()
        asyncio.run_coroutine_threadsafe(self.listen(), self.loop).result(10)
        return self

    async def listen(self):
        self.udp, _ = await self.loop.create_datagram_endpoint(
            lambda: Front(self), local_addr=(self.front, self.port))
        self.tcp = await asyncio.start_server(self.serve_tcp, self.front, self.port)

    def stop(self):
        asyncio.run_coroutine_threadsafe(self.close(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    async def close(self):
        self.udp.close()
        self.tcp.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def serve_tcp(self, reader, writer):
        self.requests += 1
        await asyncio.sleep(self.delay)
        back_reader, back_writer = await asyncio.open_connection(self.tcp_back, self.port)
        await asyncio.gather(self.pipe(reader, back_writer, True),
                             self.pipe(back_reader, writer, False),
                             return_exceptions=True)

    async def pipe(self, reader, writer, towards_server):
        """Every piece leaves `delay` after it came, and in order."""
        delay = self.delay if towards_server else 0
        pieces = asyncio.Queue()

        async def send():
            while (piece := await pieces.get()) is not None:
                due, data = piece
                await asyncio.sleep(due - self.loop.time())
                writer.write(data)
                await writer.drain()
            writer.close()

        sender = asyncio.ensure_future(send())
        try:
            while data := await reader.read(65536):
                data = self.hook(data, towards_server)
                if data is not None:
                    pieces.put_nowait((self.loop.time() + delay, data))
        finally:
            pieces.put_nowait(None)
            await sender


class Front(asyncio.DatagramProtocol):
    """Takes datagrams from clients; each is forwarded from a socket of its own."""

    def __init__(self, proxy):
        self.proxy = proxy

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, client):
        self.proxy.requests += 1
        data = self.proxy.hook(data, True)
        if data is not None:
            self.proxy.loop.call_later(self.proxy.delay, lambda:
                                       asyncio.ensure_future(self.forward(data, client)))

    async def forward(self, data, client):
        back, _ = await self.proxy.loop.create_datagram_endpoint(
            lambda: Back(self, client), remote_addr=(self.proxy.back, self.proxy.port))
        back.sendto(data)
        self.proxy.loop.call_later(5, back.close)


class Back(asyncio.DatagramProtocol):
    """Takes the server's answer back to the client who asked."""

    def __init__(self, front, client):
        self.front, self.client = front, client

    def datagram_received(self, data, _server):
        data = self.front.proxy.hook(data, False)
        if data is not None:
            self.front.transport.sendto(data, self.client)
