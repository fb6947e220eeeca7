# SPDX-License-Identifier: MIT
"""A small Internet on one machine: signed DNS, an ACME server, certbot, nginx.

Works only inside `tests/lab/enter`, which gives it namespaces of its own.
"""
