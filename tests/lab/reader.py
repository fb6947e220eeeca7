# SPDX-License-Identifier: MIT
"""A service that reads its certificate at each connection, as Exim does."""

import socket
import ssl
import threading


class Reader(threading.Thread):
    """TLS at ADDRESS, port 443, with what FILES() names at that moment: the chain
    and the key. What links show goes into service at once, without a reload."""

    def __init__(self, address, files):
        super().__init__(daemon=True)
        self.files = files
        self.listener = socket.create_server((address, 443), backlog=64)
        self.troubles = []

    def run(self):
        while True:
            try:
                plain, _ = self.listener.accept()
            except OSError:
                return
            with plain:
                self.serve(plain)

    def serve(self, plain):
        plain.settimeout(2)
        try:
            self.context().wrap_socket(plain, server_side=True).close()
        except OSError as error:
            self.troubles.append(str(error))

    def context(self):
        """Two files are opened one after the other: the links may move between."""
        for last in (False, False, True):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            try:
                context.load_cert_chain(*self.files())
                return context
            except OSError:
                if last:
                    raise
        raise AssertionError

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.join()
